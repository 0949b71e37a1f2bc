internal import ArgumentParser
internal import Foundation
internal import JobModel
internal import Scheduler

/// `jobd next`: when an expression or a job fires next. Needs no daemon and no AWS.
struct NextCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "next",
    abstract: "Show when a schedule expression, or a job, fires next.",
    discussion: """
      EXPRESSION is an EventBridge expression, cron(…), rate(…) or at(…), or a
      Unix cron expression of five fields, or @daily and its like. Quote it: the
      shell expands * otherwise.

      Times are instants such as 2026-11-21T03:00:00Z, or 2026-11-21T03:00 or
      2026-11-21 in the time zone.

      EXAMPLES:
        jobd next 'cron(0 3 * * ? *)' --timezone Asia/Tokyo
        jobd next '*/15 9-17 * * mon-fri' --count 10
        jobd next 'cron(0 4 L * ? *)' --after 2026-01-01 --json
        jobd next 'rate(90 minutes)' --start 2026-11-21T00:30:00Z
        jobd next --job nightly-report -c jobs.yaml

      With --batch each line of standard input is a question, and each line of
      the output its answer, {"next": […]} or {"error": …}. A question is
        {"expression": "0 3 * * *", "timezone": "Asia/Tokyo",
         "after": "2026-11-21T00:00:00Z", "start": …, "count": 2}
      on one line; only "expression" must be there.
      """)

  @Argument(help: "A schedule expression.")
  var expression: String?

  @Option(help: "The IANA time zone whose clocks the expression speaks of. (default: UTC, or the job's)")
  var timezone: String?

  @Option(help: "Show what comes strictly after this time. (default: now)")
  var after: String?

  @Option(help: "How many times to show.")
  var count = NextQuery.defaultCount

  @Option(help: "The first time of rate(…). (default: one period after --after)")
  var start: String?

  @Flag(help: "Print one JSON array of instants in UTC.")
  var json = false

  @Option(help: ArgumentHelp("Show the schedules of this job.", valueName: "name"))
  var job: String?

  @OptionGroup var file: JobFileOption

  @Flag(help: "Answer questions in JSON, one a line, until the input ends.")
  var batch = false

  func run() throws {
    let time = SystemTime()
    let zones = ProcessInfo.processInfo.environment["TZDIR"] ?? TimeZoneRules.systemDirectory
    do throws(NextQuery.Failure) {
      switch (expression, job, batch) {
      case (nil, nil, true):
        while let line = readLine() {
          Terminal.write(NextBatch.answer(line, now: time.now(), zones: zones) + "\n")
        }
      case (let text?, nil, false):
        try show([JobSchedule(expression: text, timezone: timezone ?? "UTC")], now: time.now(), zones: zones)
      case (nil, let name?, false):
        try show(try jobSchedules(name: name, file: file.path), now: time.now(), zones: zones)
      default:
        throw NextQuery.Failure("give one of: an expression, --job NAME, --batch (see jobd next --help)")
      }
    } catch {
      Terminal.complain(error.message)
      throw ExitCode(2)
    }
  }

  /// Every schedule in words with its times; as JSON, the times of all of them in order.
  private func show(_ schedules: [JobSchedule], now: Instant, zones: String) throws(NextQuery.Failure) {
    var answers: [NextQuery.Answer] = []
    for schedule in schedules {
      let query = NextQuery(
        timezone: timezone ?? schedule.timezone, after: after, start: start ?? schedule.start, count: count)
      answers.append(try query.answer(schedule.expression, now: now, zones: zones))
    }
    if json {
      let firings = Set(answers.flatMap(\.firings)).sorted().prefix(count)
      Terminal.write(NextQuery.Answer.json(Array(firings)).text + "\n")
    } else {
      Terminal.write(answers.map { $0.text(now: now) }.joined(separator: "\n\n") + "\n")
    }
  }
}
