internal import ArgumentParser
internal import ControlAPI
internal import Foundation
internal import JobModel

/// `jobd ctl task`: brings the token of a task back.
struct CtlTask: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "task",
    abstract: "Answer for a task that waits for its token.",
    discussion: """
      A Task state whose resource ends in .waitForTaskToken hands out a token ($$.Task.Token) and waits until somebody \
      brings it back. The answer may come before jobd knows that the task has begun; only the first one counts.

      Exit status: 0 the answer counts, 2 it is no token, or the output is too long, 3 the task is over already.

      Examples:
        jobd ctl task succeed "$TASK_TOKEN" --output '{"rows": 12}'
        jobd ctl task heartbeat "$TASK_TOKEN"
      """,
    subcommands: [CtlTaskSucceed.self, CtlTaskFail.self, CtlTaskHeartbeat.self])
}

/// What every answer needs.
struct TaskTokenArgument: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "The token, or - to read it from standard input, where no other process sees it.", valueName: "token"))
  var token: String

  func validate() throws {
    if token.isEmpty { throw ValidationError("The token is empty.") }
  }

  /// - Throws: `ControlFailure` where standard input holds none.
  func read() throws(ControlFailure) -> String {
    guard token == "-" else { return token }
    let text = readLine()?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    if text.isEmpty { throw ControlFailure(exitStatus: .invalid, message: "standard input holds no token") }
    return text
  }

  func answer(_ content: TaskAnswer.Content, _ options: CtlOptions, _ said: String) async throws {
    try await options.perform { client throws(ControlFailure) in
      try await client.answerTask(TaskAnswerRequest(token: try read(), content: content))
      options.show(["answered": said]) { _, _ in
        content == .heartbeat ? "The heartbeat counts.\n" : "The task is answered: \(said)\n"
      }
      return .done
    }
  }
}

struct CtlTaskSucceed: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "succeed",
    abstract: "The task is done.",
    discussion: """
      Examples:
        jobd ctl task succeed "$TASK_TOKEN" --output '{"rows": 12}'
        jobd ctl task succeed - --output @result.json < token-file
      """)

  @OptionGroup var task: TaskTokenArgument

  @Option(
    help: ArgumentHelp("The task's result, or @ and a file that holds it; without it {}.", valueName: "json"),
    transform: jsonOrFileArgument)
  var output: JSONValue?

  @OptionGroup var options: CtlOptions

  func run() async throws { try await task.answer(.succeeded(output: output ?? [:]), options, "SUCCEEDED") }
}

struct CtlTaskFail: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fail",
    abstract: "The task has failed.",
    discussion: """
      Retry and Catch of the state match the error by its name; without one it is States.TaskFailed.

      Examples:
        jobd ctl task fail "$TASK_TOKEN" --error Import.NoFile --cause "nothing has come from the shops"
      """)

  @OptionGroup var task: TaskTokenArgument

  @Option(help: "The error's name.")
  var error: String?

  @Option(help: "Why, in words.")
  var cause: String?

  @OptionGroup var options: CtlOptions

  func run() async throws { try await task.answer(.failed(error: error, cause: cause), options, "FAILED") }
}

struct CtlTaskHeartbeat: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "heartbeat",
    abstract: "The task still works: its HeartbeatSeconds count anew.",
    discussion: """
      Examples:
        jobd ctl task heartbeat "$TASK_TOKEN"
      """)

  @OptionGroup var task: TaskTokenArgument

  @OptionGroup var options: CtlOptions

  func run() async throws { try await task.answer(.heartbeat, options, "HEARTBEAT") }
}
