internal import ArgumentParser
internal import Foundation
internal import JobModel
internal import StatesLanguage

/// `jobd machine`: definitions in the Amazon States Language, without a job file or a daemon.
struct MachineCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "machine",
    abstract: "Check or run a state machine definition (Amazon States Language).",
    subcommands: [Validate.self, Run.self])

  struct Validate: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Report every mistake in a definition.",
      discussion: """
        Prints one line for each mistake, with the place in the file and the JSON pointer, and nothing for a \
        definition without any. What AWS accepts but this jobd does not run yet is a warning.

        Exit status: 0 there is no error (there may be warnings), 2 there is one, or the file cannot be read.

        EXAMPLES
          jobd machine validate month-end.asl.json
          jobd machine validate --json - < month-end.asl.json
        """)

    @Argument(help: ArgumentHelp("The definition, as JSON; - for standard input.", valueName: "file"))
    var file: String

    @Flag(help: "Print a JSON array of {severity, pointer, line, message}.")
    var json = false

    func run() throws {
      let text = try MachineFile.read(file)
      var diagnostics = StateMachine.validate(text)
      diagnostics += StateMachine.unsupported(text).map { diagnostic in
        var warning = diagnostic
        warning.severity = .warning
        return warning
      }
      diagnostics.sort { ($0.line, $0.pointer) < ($1.line, $1.pointer) }
      if json {
        Terminal.write(JSONValue.array(diagnostics.map(\.json)).prettyText + "\n")
      } else {
        for diagnostic in diagnostics { Terminal.write(MachineFile.line(diagnostic, file: file) + "\n") }
      }
      if diagnostics.contains(where: { $0.severity == .error }) { throw ExitCode(2) }
    }
  }

  struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Run one execution of a definition to its end.",
      discussion: """
        Prints one JSON object: the status, and the output, or the error and its cause. Nothing is stored.

        Exit status: 0 it succeeded, 1 it failed, 2 the call, the input or the definition is wrong.

        EXAMPLES
          jobd machine run month-end.asl.json --input '{"currency": "JPY"}'
          jobd machine run month-end.asl.json --history --skip-waits
          jobd machine run month-end.asl.json --local        ECS tasks are processes on this machine
          jobd machine run month-end.asl.json --state-machine close-books=close-books.asl.json
          jobd machine run wait.asl.json --context '{"Execution": {"Name": "rehearsal"}}'
        """)

    @Argument(help: ArgumentHelp("The definition, as JSON; - for standard input.", valueName: "file"))
    var file: String

    @Option(help: ArgumentHelp("The execution's input.", valueName: "json"))
    var input = "{}"

    @Option(help: ArgumentHelp("Members of the context object, merged over the default one.", valueName: "json"))
    var context = "{}"

    @Flag(help: "Print the events of the history too.")
    var history = false

    @Flag(help: "Run ECS tasks as processes on this machine, with no AWS, and allow commands (local:run).")
    var local = false

    @Option(
      name: .customLong("state-machine"),
      help: ArgumentHelp(
        "A machine that states:startExecution may start, under this name; may be given several times.",
        valueName: "name=file"))
    var stateMachines: [String] = []

    @Flag(name: .customLong("skip-waits"), help: "Do not wait in Wait states and before retries.")
    var skipWaits = false

    func run() async throws {
      let text = try MachineFile.read(file)
      let input = try MachineFile.json(input, option: "--input")
      let given = try MachineFile.json(context, option: "--context")
      let machine = try MachineFile.machine(text, file: file)
      var others: [JobName: StateMachine] = [:]
      for entry in stateMachines {
        let (name, file) = try MachineFile.named(entry)
        others[name] = try MachineFile.machine(try MachineFile.read(file), file: file)
      }
      guard let job = JobName("machine") else { preconditionFailure("'machine' is a job name") }
      let time = SystemTime()
      let runner = MachineRunner(
        job: job, machine: machine, input: input,
        context: MachineFile.context(file: file, input: input, at: time.now(), given: given), time: time,
        random: SystemRandom(), skipsWaits: skipWaits)
      let drivers = MachineDrivers(
        machine: machine, others: others, isLocal: local, time: time, random: SystemRandom())
      let outcome = try await drivers.perform(runner)
      var members = outcome.result.json
      if history { members["history"] = .array(outcome.history.map(\.json)) }
      Terminal.write(JSONValue.object(members).prettyText + "\n")
      guard case .succeeded = outcome.result else { throw ExitCode(1) }
    }
  }
}

/// What both commands do with files and texts.
private enum MachineFile {
  static func read(_ file: String) throws -> String {
    let data: Data
    do {
      data =
        file == "-"
        ? try FileHandle.standardInput.readToEnd() ?? Data() : try Data(contentsOf: URL(fileURLWithPath: file))
    } catch {
      complain("cannot read \(file): \(error.localizedDescription)")
      throw ExitCode(2)
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      complain("\(file) is not UTF-8")
      throw ExitCode(2)
    }
    return text
  }

  static func machine(_ text: String, file: String) throws -> StateMachine {
    let (machine, diagnostics) = StateMachine.parse(text)
    if let machine { return machine }
    for diagnostic in diagnostics where diagnostic.severity == .error { complain(line(diagnostic, file: file)) }
    throw ExitCode(2)
  }

  /// `NAME=FILE`.
  static func named(_ text: String) throws -> (name: JobName, file: String) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let name = JobName(String(parts[0])), !parts[1].isEmpty else {
      complain("--state-machine \(text): it must be a name and a file, such as close-books=close-books.asl.json")
      throw ExitCode(2)
    }
    return (name, String(parts[1]))
  }

  static func json(_ text: String, option: String) throws -> JSONValue {
    do {
      return try JSONValue.parse(text)
    } catch {
      complain("\(option) is no JSON: \(error)")
      throw ExitCode(2)
    }
  }

  static func line(_ diagnostic: Diagnostic, file: String) -> String {
    let place = diagnostic.pointer.isEmpty ? "/" : diagnostic.pointer
    return "\(file):\(diagnostic.line): \(diagnostic.severity.rawValue): \(diagnostic.message) at \(place)"
  }

  static func complain(_ message: String) {
    Terminal.complain(message)
  }

  /// The context object of a rehearsal: ids in AWS's shape, made from the file's name.
  static func context(file: String, input: JSONValue, at now: Instant, given: JSONValue) -> JSONValue {
    let last = file == "-" ? "machine" : URL(fileURLWithPath: file).lastPathComponent
    let name = String(last.prefix { $0 != "." })
    let arn = "arn:aws:states:us-east-1:000000000000"
    let standard: JSONValue = [
      "Execution": [
        "Id": .string("\(arn):execution:\(name):run"), "Input": input, "Name": "run",
        "RoleArn": "arn:aws:iam::000000000000:role/jobd", "StartTime": .string(now.millisecondText),
        "RedriveCount": 0,
      ],
      "StateMachine": ["Id": .string("\(arn):stateMachine:\(name)"), "Name": .string(name)],
    ]
    return merge(given, over: standard)
  }

  private static func merge(_ given: JSONValue, over standard: JSONValue) -> JSONValue {
    guard case .object(let members) = given, case .object(var merged) = standard else { return given }
    for member in members {
      merged[member.key] = merged[member.key].map { merge(member.value, over: $0) } ?? member.value
    }
    return .object(merged)
  }
}

extension Diagnostic {
  fileprivate var json: JSONValue {
    [
      "severity": .string(severity.rawValue), "pointer": .string(pointer), "line": .integer(Int64(line)),
      "message": .string(message),
    ]
  }
}

extension ExecutionResult {
  fileprivate var json: JSONObject {
    switch self {
    case .succeeded(let output): ["status": "SUCCEEDED", "output": output]
    case .failed(let error, let cause): ExecutionResult.json("FAILED", error, cause)
    case .timedOut(let error, let cause): ExecutionResult.json("TIMED_OUT", error, cause)
    case .aborted(let error, let cause): ExecutionResult.json("ABORTED", error, cause)
    }
  }

  private static func json(_ status: String, _ error: String?, _ cause: String?) -> JSONObject {
    var members: JSONObject = ["status": .string(status)]
    members["error"] = error.map(JSONValue.string)
    members["cause"] = cause.map(JSONValue.string)
    return members
  }
}
