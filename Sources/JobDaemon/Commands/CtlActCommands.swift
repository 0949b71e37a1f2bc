internal import ArgumentParser
internal import ControlAPI
internal import JobModel

struct CtlRun: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a job now, beside its schedule.",
    discussion: """
      With --wait the command tells each change and ends with 0 where the run succeeds, with 1 where not.

      Examples:
        jobd ctl run nightly-report
        jobd ctl run month-end --input '{"currency": "EUR"}' --wait
      """)

  @Argument(help: "The job's name.")
  var job: JobName

  @Option(help: ArgumentHelp("The run's input instead of the job's own.", valueName: "json"), transform: jsonArgument)
  var input: JSONValue?

  @Option(help: "Why, for the run's records.")
  var note: String?

  @Flag(help: "Follow the run to its end.")
  var wait = false

  @OptionGroup var options: CtlOptions

  func run() async throws {
    try await options.perform { client throws(ControlFailure) in
      let request = RunRequest(input: input, requestedBy: CtlOptions.requestedBy, note: note)
      let started = try await client.run(job, request)
      return try await options.follow(client, started, isFollowed: wait)
    }
  }
}

struct CtlRerun: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rerun",
    abstract: "Run a job's slot again: a day that has failed, say.",
    discussion: """
      Without --date and --slot it is the day of the job's latest slot; of a day with several slots the latest
      that has not succeeded. A day that is running is refused, and one that has succeeded unless --force is
      given; the exit status is then 3.

      Examples:
        jobd ctl rerun nightly-report --date 2026-11-20 --wait
        jobd ctl rerun import-orders --slot 2026-11-20T03:15:00Z
      """)

  @Argument(help: "The job's name.")
  var job: JobName

  @Option(help: ArgumentHelp("The latest slot of this day, in the job's time zone.", valueName: "date"))
  var date: CivilDate?

  @Option(help: ArgumentHelp("The slot of this scheduled time, such as 2026-11-20T03:00:00Z.", valueName: "time"))
  var slot: Instant?

  @Flag(help: "Also when it has succeeded.")
  var force = false

  @Flag(help: "Follow the run to its end.")
  var wait = false

  @OptionGroup var options: CtlOptions

  func validate() throws {
    if date != nil, slot != nil { throw ValidationError("--date and --slot both name a slot: give one of them.") }
  }

  func run() async throws {
    try await options.perform { client throws(ControlFailure) in
      let request = RerunRequest(date: date, slot: slot, force: force, requestedBy: CtlOptions.requestedBy)
      let started = try await client.rerun(job, request)
      return try await options.follow(client, started, isFollowed: wait)
    }
  }
}

struct CtlStop: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stop",
    abstract: "End a run as ABORTED, and stop its tasks.",
    discussion: """
      Examples:
        jobd ctl stop nightly-report.20261121T030000Z.0 --reason "wrong data"
      """)

  @Argument(help: ArgumentHelp("The run's id.", valueName: "run"))
  var runID: RunID

  @Option(help: "Why: shown in ECS and in the run's records.")
  var reason: String?

  @OptionGroup var options: CtlOptions

  func run() async throws {
    try await options.perform { client throws(ControlFailure) in
      try await client.stop(runID, reason: reason ?? "stopped by \(CtlOptions.requestedBy)")
      options.show(["stopped": runID.description]) { _, _ in "\(runID) is being stopped.\n" }
      return .done
    }
  }
}

struct CtlPause: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause",
    abstract: "Let a job's coming slots pass, until it is resumed.",
    discussion: """
      A run that is going on goes on. Slots that become due are recorded as SKIPPED.

      Examples:
        jobd ctl pause nightly-report --note "stock-taking until Monday"
      """)

  @Argument(help: "The job's name.")
  var job: JobName

  @Option(help: "Why: shown in the list.")
  var note: String?

  @OptionGroup var options: CtlOptions

  func run() async throws {
    try await options.perform { client throws(ControlFailure) in
      try await client.pause(job, PauseRequest(note: note))
      options.show(["paused": job.description]) { _, _ in "\(job) is paused: jobd ctl resume \(job)\n" }
      return .done
    }
  }
}

struct CtlResume: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume",
    abstract: "Let a paused job run again at its times.",
    discussion: """
      Examples:
        jobd ctl resume nightly-report
      """)

  @Argument(help: "The job's name.")
  var job: JobName

  @OptionGroup var options: CtlOptions

  func run() async throws {
    try await options.perform { client throws(ControlFailure) in
      try await client.resume(job)
      options.show(["resumed": job.description]) { _, _ in "\(job) runs at its times again.\n" }
      return .done
    }
  }
}

struct CtlReload: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reload",
    abstract: "Read the job file again: all of it, or with a mistake nothing.",
    discussion: """
      Examples:
        jobd check && jobd ctl reload
      """)

  @OptionGroup var options: CtlOptions

  func run() async throws {
    try await options.perform { client throws(ControlFailure) in
      let answer = try await client.reload()
      if options.json || answer.isApplied {
        options.show(answer) { $0.reload($1) }
      } else {
        Terminal.complain(String(options.rendering.reload(answer).dropLast()))
      }
      return answer.isApplied ? .done : .invalid
    }
  }
}
