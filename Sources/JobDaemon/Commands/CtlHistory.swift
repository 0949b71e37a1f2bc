internal import ArgumentParser
internal import ControlAPI
internal import JobModel
internal import StatesLanguage

struct CtlHistory: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: "A job's latest slots, or a run's events.",
    discussion: """
      Of a run: its events on the job's clocks, with their ids. What happens in a branch or an iteration is indented \
      and begins with its name: of a branch the first state that was entered, of an iteration #0, #1, …. What is too \
      long for the terminal is shortened, and events that say nothing new are left out, unless --full is given. With \
      --json they are Step Functions' own, as GetExecutionHistory gives them; with --follow an object a line.

      Examples:
        jobd ctl history nightly-report --limit 100
        jobd ctl history nightly-report.20261121T030000Z.0
        jobd ctl history nightly-report.20261121T030000Z.0 --errors     what failed, and why
        jobd ctl history nightly-report.20261121T030000Z.0 --tail 20 --follow
        jobd ctl history nightly-report.20261121T030000Z.0 --json | jq '.events[] | select(.type == "TaskFailed")'
      """)

  @Argument(help: ArgumentHelp("A job's name, or a run's id.", valueName: "job|run"))
  var subject: JobOrRun

  @Option(
    name: [.customLong("limit"), .customLong("tail")],
    help: "How many of a job's slots, or of a run's latest events (default: 30 slots, every event).")
  var limit: Int?

  @Flag(help: "Of a run: only what failed, timed out or was stopped.")
  var errors = false

  @Flag(help: "Of a run: every event, and nothing shortened.")
  var full = false

  @Flag(name: [.long, .customShort("f")], help: "Of a run: go on until it is over.")
  var follow = false

  @OptionGroup var options: CtlOptions

  func validate() throws {
    if case .job = subject, errors || full || follow {
      throw ValidationError("--errors, --full and --follow are for a run: give its id (jobd ctl history JOB shows it).")
    }
    guard let limit else { return }
    if limit < 1 { throw ValidationError("--limit must be at least 1.") }
    if case .job = subject, limit > ControlLimits.slots {
      throw ValidationError("--limit must be at most \(ControlLimits.slots).")
    }
  }

  func run() async throws {
    try await options.perform { client throws(ControlFailure) in
      switch subject {
      case .job(let job):
        options.show(try await client.history(job, limit: limit ?? 30)) { $0.jobHistory($1) }
      case .run(let run):
        if options.json { try await write(run, client) } else { try await tell(run, client) }
      }
      return .done
    }
  }

  private func tell(_ run: RunID, _ client: ControlClient) async throws(ControlFailure) {
    let timezone = try await client.showRun(run).timezone
    var text = HistoryText(options.rendering, timezone: timezone, isFull: full, onlyFailures: errors)
    var isEmpty = true
    try await client.readHistory(of: run, last: limit, isFollowed: follow) { event in
      for line in text.lines(event) {
        Terminal.write(line + "\n")
        isEmpty = false
      }
    }
    if isEmpty { Terminal.write(errors ? "Nothing has failed.\n" : "No events.\n") }
  }

  /// Event by event, so that a long history is never in memory as a whole.
  private func write(_ run: RunID, _ client: ControlClient) async throws(ControlFailure) {
    let isFollowed = follow
    let onlyErrors = errors
    var count = 0
    if !isFollowed { Terminal.write("{\n  \"events\": [") }
    try await client.readHistory(of: run, last: limit, isFollowed: isFollowed) { event in
      guard !onlyErrors || HistoryText.isFailure(event) else { return }
      if isFollowed { return Terminal.write(event.json.text + "\n") }
      let lines = event.json.prettyText.split(separator: "\n").map { "    " + $0 }
      Terminal.write((count == 0 ? "\n" : ",\n") + lines.joined(separator: "\n"))
      count += 1
    }
    if !isFollowed { Terminal.write(count == 0 ? "]\n}\n" : "\n  ]\n}\n") }
  }
}
