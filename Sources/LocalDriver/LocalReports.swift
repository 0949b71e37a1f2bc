internal import JobModel

/// What a Task state hears of a command's end.
enum LocalReports {
  static func report(_ end: LocalProcess.End, of command: LocalCommand) -> LaunchReport {
    switch end {
    case .exited(0, let output, let error):
      let result = success(output, error)
      return .succeeded(output: result, result: result)
    case .exited(let code, let output, let error): return .failed(failure(code, output, error, command))
    case .notStarted(let why): return .failed(cannotStart(command, why))
    case .lost(let why): return .failed(unknown("what became of the command could not be found out: \(why)"))
    }
  }

  private static func success(_ output: KeptOutput, _ error: KeptOutput) -> JSONValue {
    var members: JSONObject = [
      "ExitCode": 0, "Stdout": .string(output.text), "Stderr": .string(error.text),
    ]
    if output.isWhole, let parsed = try? JSONValue.parse(output.text) { members["Output"] = parsed }
    return .object(members)
  }

  private static func failure(
    _ code: Int, _ output: KeptOutput, _ error: KeptOutput, _ command: LocalCommand
  ) -> TaskFailure {
    let lines = error.text.split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
    let last = Diagnosis.lastLines(of: lines, count: LocalLimits.causeLines, bytes: LocalLimits.causeBytes)
    let cause: JSONValue = [
      "ExitCode": .integer(Int64(code)), "Stderr": .string(last.joined(separator: "\n")),
    ]
    return TaskFailure(
      error: FailureName.localExitCode(code), aliases: [FailureName.localExitCode.rawValue], cause: cause.text,
      diagnosis: Diagnosis(
        class: .exitCode, sentence: "the command \(command.programName) ended with exit code \(code)",
        exitCodes: [command.programName: code], log: last),
      result: [
        "ExitCode": .integer(Int64(code)), "Stdout": .string(output.text), "Stderr": .string(error.text),
      ])
  }

  private static func cannotStart(_ command: LocalCommand, _ why: String) -> TaskFailure {
    TaskFailure(
      error: FailureName.localCannotStart.rawValue,
      cause: "The command \(command.command[0]) cannot be started: \(why)",
      diagnosis: Diagnosis(
        class: .failedToStart, sentence: "the command \(command.command[0]) cannot be started: \(why)"))
  }

  static func notAllowed(_ remedy: String) -> TaskFailure {
    TaskFailure(
      error: FailureName.permissions.rawValue, cause: "Commands on this host are not allowed: \(remedy)",
      diagnosis: Diagnosis(class: .refused, sentence: "commands on this host are not allowed: \(remedy)"))
  }

  static let stoppedBefore = TaskFailure(
    error: FailureName.taskFailed.rawValue, cause: "The command was stopped before it began")

  static func unknown(_ why: String) -> TaskFailure {
    TaskFailure(
      error: FailureName.unknownCall.rawValue, cause: why, diagnosis: Diagnosis(class: .unknown, sentence: why))
  }
}
