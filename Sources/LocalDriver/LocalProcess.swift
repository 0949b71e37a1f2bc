internal import Foundation
internal import JobModel
internal import Subprocess

/// Runs one command from its start to its end, in a session of its own.
struct LocalProcess: Sendable {
  let command: LocalCommand
  /// What jobd tells it beside its own variables.
  let variables: [(name: String, value: String)]
  let mark: String

  /// How a command ended.
  enum End: Equatable, Sendable {
    case exited(Int, output: KeptOutput, error: KeptOutput)
    /// It never ran.
    case notStarted(String)
    /// It ran, and what became of it could not be found out.
    case lost(String)
  }

  /// Returns when the command is over and nothing of it is left. A cancelled task ends it first.
  ///
  /// - Parameter started: called once with the process that leads the command's session.
  func run(started: @Sendable (pid_t) -> Void) async throws(CancellationError) -> End {
    var leader: pid_t?
    var family: ProcessFamily { ProcessFamily(mark: mark, leader: leader) }
    do {
      let input = try StandardInput.open(command.input)
      let result = try await Subprocess.run(
        command.command[0].contains("/") ? .path(path(command.command[0])) : .name(command.command[0]),
        arguments: Arguments(Array(command.command.dropFirst())), environment: environment,
        workingDirectory: command.workingDirectory.map { path($0) }, platformOptions: options,
        input: .fileDescriptor(try descriptor(input), closeAfterSpawningProcess: true), output: .sequence,
        error: .sequence
      ) { execution in
        leader = execution.processIdentifier.value
        started(execution.processIdentifier.value)
        async let error = LocalProcess.keep(execution.standardError, in: KeptOutput(last: LocalLimits.errorBytes))
        let output = try await LocalProcess.keep(
          execution.standardOutput, in: KeptOutput(first: LocalLimits.outputBytes))
        return (output, try await error)
      }
      // What it left behind ends with it.
      family.end()
      if Task.isCancelled { throw CancellationError() }
      let (output, error) = result.closureResult
      return .exited(LocalProcess.code(of: result.terminationStatus), output: output, error: error)
    } catch {
      family.end()
      if Task.isCancelled { throw CancellationError() }
      return leader == nil ? .notStarted("\(error)") : .lost("\(error)")
    }
  }

  /// As a shell has it for a command that a signal ended: 128 and the signal's number.
  private static func code(of status: TerminationStatus) -> Int {
    switch status {
    case .exited(let code): Int(code)
    case .signaled(let signal): 128 + Int(signal)
    }
  }

  private static func keep(_ stream: SubprocessOutputSequence, in kept: KeptOutput) async throws -> KeptOutput {
    var kept = kept
    for try await buffer in stream {
      buffer.withUnsafeBytes { kept.append($0) }
    }
    return kept
  }

  private var options: PlatformOptions {
    var options = PlatformOptions()
    options.createSession = true
    options.teardownSequence = [
      .gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: LocalLimits.shutdownGrace),
      .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .zero),
    ]
    return options
  }

  /// Of the daemon's own environment, where credentials may stand, nothing but the home folder is handed on.
  private var environment: Subprocess.Environment {
    var values = ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"]
    values["HOME"] = ProcessInfo.processInfo.environment["HOME"]
    for (name, value) in command.environment { values[name] = value }
    for (name, value) in variables { values[name] = value }
    values[ProcessFamily.variable] = mark
    var environment: [Subprocess.Environment.Key: String] = [:]
    for (name, value) in values {
      if let key = Subprocess.Environment.Key(rawValue: name) { environment[key] = value }
    }
    return .custom(environment)
  }

  /// The library's type of descriptors, which it does not export by name either.
  private func descriptor<Descriptor: RawRepresentable>(
    _ number: Int32
  ) throws(StandardInput.Problem) -> Descriptor where Descriptor.RawValue == Int32 {
    guard let descriptor = Descriptor(rawValue: number) else {
      close(number)
      throw StandardInput.Problem(message: "\(number) is no file descriptor")
    }
    return descriptor
  }

  /// The library's path type, which it does not export by name.
  private func path<Path: ExpressibleByStringLiteral>(_ text: String) -> Path
  where Path.StringLiteralType == String {
    Path(stringLiteral: text)
  }
}
