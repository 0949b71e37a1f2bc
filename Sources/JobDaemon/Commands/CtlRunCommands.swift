internal import ArgumentParser
internal import ControlAPI
internal import Foundation
internal import JobModel

struct CtlRun: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a job now, beside its schedule.",
    discussion: """
      --env and a command are for a job with a `task` and its container; a job with a state machine takes an \
      --input. With --wait the command tells each change and ends with 0 where the run succeeds, with 1 where not. \
      --env NAME, without a value, hands on this shell's own: a value on a command line can be seen by others.

      Examples:
        jobd ctl run nightly-report
        jobd ctl run month-end --input '{"currency": "EUR"}' --wait
        jobd ctl run month-end --input @march.json --note "the books of March, again"
        jobd ctl run nightly-report --env DRY_RUN=1 -- report --day 2026-11-20
      """)

  @Argument(help: "The job's name.")
  var job: JobName

  @Option(
    help: ArgumentHelp(
      "The run's input instead of the job's own: JSON, or @ and a file's path (@- for standard input).",
      valueName: "json|@file"), completion: .file(), transform: jsonOrFileArgument)
  var input: JSONValue?

  @Option(
    name: .customLong("env"),
    help: ArgumentHelp("A variable beside, or in place of, the job's own; may be repeated.", valueName: "name=value"))
  var environment: [String] = []

  @Option(
    help: ArgumentHelp(
      "The same as the words after --, as a JSON list: '[\"report\", \"--all\"]'.", valueName: "json"),
    transform: commandArgument)
  var command: [String]?

  @Option(help: "Why, for the run's records.")
  var note: String?

  @Flag(help: "Follow the run to its end.")
  var wait = false

  @OptionGroup var options: CtlOptions

  @Argument(
    parsing: .postTerminator,
    help: ArgumentHelp("After --: what to run in the container instead of the job's own command.", valueName: "command")
  )
  var words: [String] = []

  func validate() throws {
    if command != nil, !words.isEmpty {
      throw ValidationError("--command and the words after -- are the same: give one of them.")
    }
    _ = try variables(ProcessInfo.processInfo.environment)
  }

  func run() async throws {
    let variables = try variables(ProcessInfo.processInfo.environment)
    let request = RunRequest(
      input: input, environment: variables.isEmpty ? nil : variables, command: words.isEmpty ? command : words,
      requestedBy: CtlOptions.requestedBy, note: note)
    try await options.perform { client throws(ControlFailure) in
      try await options.follow(client, try await client.run(job, request), isFollowed: wait)
    }
  }

  /// What --env says. No message shows a value: it may be a secret.
  func variables(_ own: [String: String]) throws -> [String: String] {
    var variables: [String: String] = [:]
    for text in environment {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let name = parts[0]
      guard !name.isEmpty else { throw ValidationError("--env needs a name before the =, as in DRY_RUN=1.") }
      if variables[name] != nil { throw ValidationError("--env gives \(name) twice.") }
      guard let value = parts.count == 2 ? parts[1] : own[name] else {
        throw ValidationError("--env \(name) has no value, and this shell has no variable \(name): write \(name)=….")
      }
      variables[name] = value
    }
    return variables
  }
}

struct CtlRerun: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rerun",
    abstract: "Run a job's slot again: a day that has failed, say.",
    discussion: """
      Without --date and --slot it is the day of the job's latest slot; of a day with several slots the latest \
      that has not succeeded. A day that is running is refused, and one that has succeeded unless --force is \
      given; the exit status is then 3. With --from-failed a state machine goes on at the state that failed, with \
      what it had there, rather than from its start: branches and iterations that have succeeded keep their outputs. \
      The run has the job's definition as it is now, which may have been mended; with --same-definition that of the \
      slot's latest run, including the --env and the command with which it was started by hand.

      Examples:
        jobd ctl rerun nightly-report --date 2026-11-20 --wait
        jobd ctl rerun import-orders --slot 2026-11-20T03:15:00Z
        jobd ctl rerun month-end --from-failed --note "the bank answers again"
        jobd ctl rerun nightly-report --same-definition
      """)

  @Argument(help: "The job's name.")
  var job: JobName

  @Option(help: ArgumentHelp("The latest slot of this day, in the job's time zone.", valueName: "date"))
  var date: CivilDate?

  @Option(help: ArgumentHelp("The slot of this scheduled time, such as 2026-11-20T03:00:00Z.", valueName: "time"))
  var slot: Instant?

  @Flag(help: "Also when it has succeeded.")
  var force = false

  @Flag(help: "Go on at the state that failed, instead of from the start.")
  var fromFailed = false

  @Flag(help: "With the definition with which the slot's latest run began, rather than the job's present one.")
  var sameDefinition = false

  @Option(help: "Why, for the run's records.")
  var note: String?

  @Flag(help: "Follow the run to its end.")
  var wait = false

  @OptionGroup var options: CtlOptions

  func validate() throws {
    if date != nil, slot != nil { throw ValidationError("--date and --slot both name a slot: give one of them.") }
  }

  func run() async throws {
    try await options.perform { client throws(ControlFailure) in
      let request = RerunRequest(
        date: date, slot: slot, force: force, fromFailed: fromFailed, sameDefinition: sameDefinition,
        requestedBy: CtlOptions.requestedBy, note: note)
      return try await options.follow(client, try await client.rerun(job, request), isFollowed: wait)
    }
  }
}
