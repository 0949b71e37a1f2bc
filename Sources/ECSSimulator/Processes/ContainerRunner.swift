internal import Foundation
internal import Subprocess

/// Runs one container as a process, from its start to its end.
struct ContainerRunner: Sendable {
  let folders: TaskFolders
  let table: ProcessTable
  let logBytes: Int

  /// Returns when the process has ended. A cancelled task kills the process group and reports nothing.
  ///
  /// - Parameter output: takes what a container writes whose output is wanted, before the report of its end.
  func run(
    _ launch: ContainerLaunch, report: @Sendable (ContainerReport) -> Void, output: @Sendable ([UInt8]) -> Void
  ) async {
    defer { table.didExit(launch.key) }
    guard let program = launch.arguments.first, !program.isEmpty else {
      return report(
        .failedToStart("CannotStartContainerError: no command: an image has none here, so name one in the task"))
    }
    let texts = launch.arguments + launch.environment.flatMap { [$0.key, $0.value] }
    guard !texts.contains(where: { $0.utf8.contains(0) }) else {
      return report(.failedToStart("CannotStartContainerError: a NUL in the command or the environment"))
    }
    do {
      try folders.make(task: launch.key.task, container: launch.name)
    } catch {
      return report(.failedToStart("CannotCreateContainerError: \(error.localizedDescription)"))
    }
    await start(program, launch, report: report, output: output)
  }

  private func start(
    _ program: String, _ launch: ContainerLaunch, report: @Sendable (ContainerReport) -> Void,
    output: @Sendable ([UInt8]) -> Void
  ) async {
    let folder = folders.workingFolder(task: launch.key.task, container: launch.name)
    var options = PlatformOptions()
    options.createSession = true
    options.teardownSequence = [.send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .zero)]
    var process: pid_t?
    do {
      let result = try await Subprocess.run(
        program.contains("/") ? .path(path(program)) : .name(program),
        arguments: Arguments(Array(launch.arguments.dropFirst())), environment: environment(launch, home: folder),
        workingDirectory: path(folder), platformOptions: options, input: .none, output: .sequence,
        error: .combinedWithOutput
      ) { execution in
        process = execution.processIdentifier.value
        table.didStart(launch.key, execution.processIdentifier.value)
        report(.started)
        var log = ContainerLog(
          path: folders.log(task: launch.key.task, container: launch.name), limit: logBytes)
        let note = ContainerRunner.note(launch.secrets)
        note.withUnsafeBytes { log.append($0) }
        if launch.isLogged, !note.isEmpty { output(Array(note)) }
        for try await buffer in execution.standardOutput {
          buffer.withUnsafeBytes { bytes in
            log.append(bytes)
            if launch.isLogged { output(Array(bytes)) }
          }
        }
      }
      // What the process left behind ends with it, as in a container.
      _ = kill(-result.processIdentifier.value, SIGKILL)
      if Task.isCancelled { return }
      switch result.terminationStatus {
      case .exited(let code): report(.exited(Int(code)))
      case .signaled(let signal): report(.exited(128 + Int(signal)))
      }
    } catch {
      if Task.isCancelled { return }
      if let process {
        // Its output could not be read: it has been torn down.
        _ = kill(-process, SIGKILL)
        report(.exited(128 + Int(SIGKILL)))
      } else {
        report(.failedToStart("CannotStartContainerError: failed to start '\(program)': \(error)"))
      }
    }
  }

  /// Tells the reader of a log why a variable is missing.
  private static func note(_ secrets: [String]) -> [UInt8] {
    guard !secrets.isEmpty else { return [] }
    return Array("[no secrets are read here, so these are not set: \(secrets.joined(separator: ", "))]\n".utf8)
  }

  /// The container's own variables, and no other: nothing of the daemon's environment reaches a job.
  private func environment(_ launch: ContainerLaunch, home: String) -> Subprocess.Environment {
    var variables = [
      "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": home, "LANG": "C.UTF-8",
    ]
    variables.merge(launch.environment) { $1 }
    var environment: [Subprocess.Environment.Key: String] = [:]
    for (name, value) in variables where !name.isEmpty && !name.contains("=") {
      if let key = Subprocess.Environment.Key(rawValue: name) { environment[key] = value }
    }
    return .custom(environment)
  }

  /// The library's path type, which it does not export by name.
  private func path<Path: ExpressibleByStringLiteral>(_ text: String) -> Path
  where Path.StringLiteralType == String {
    Path(stringLiteral: text)
  }
}
