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
        jobd next --job nightly-report --after 2026-12-24 --count 3

      Of a job all schedules are shown together, as the daemon would plan them:
      also what a calendar leaves out or moves. --json lists what runs.

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

  @Option(help: ArgumentHelp("Show when this job of the job file is due.", valueName: "name"))
  var job: String?

  @OptionGroup var file: JobFileOption

  @Flag(help: "Answer questions in JSON, one a line, until the input ends.")
  var batch = false

  func run() throws {
    let time = SystemTime()
    let zones = TimeZoneRules.directory()
    do throws(NextQuery.Failure) {
      switch (expression, job, batch) {
      case (nil, nil, true):
        while let line = readLine() {
          Terminal.write(NextBatch.answer(line, now: time.now(), zones: zones) + "\n")
        }
      case (let text?, nil, false):
        let query = NextQuery(timezone: timezone ?? "UTC", after: after, start: start, count: count)
        let answer = try query.answer(text, now: time.now(), zones: zones)
        show(answer.firings) { answer.text(now: time.now()) }
      case (nil, let name?, false):
        let job = try scheduledJob(name: name, file: file.path, zones: zones, timezone: timezone)
        let answer = try NextQuery(after: after, start: start, count: count).answer(job, now: time.now())
        show(answer.running) { answer.text(now: time.now()) }
      default:
        throw NextQuery.Failure("give one of: an expression, --job NAME, --batch (see jobd next --help)")
      }
    } catch {
      Terminal.complain(error.message)
      throw ExitCode(2)
    }
  }

  private func show(_ firings: [Instant], _ text: () -> String) {
    Terminal.write((json ? NextQuery.Answer.json(firings).text : text()) + "\n")
  }
}
