internal import ArgumentParser
internal import ControlAPI
internal import JobModel

struct CtlList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Every job with its state today.",
    discussion: """
      A job's day is counted, and its times are printed, in its own time zone. With --days there is a mark a day.

      Examples:
        jobd ctl list
        jobd ctl list --date 2026-11-20
        jobd ctl list --days 14
        jobd ctl list --json | jq -r '.jobs[] | select(.days[-1].state == "FAILED") | .job'
      """)

  @Option(help: ArgumentHelp("The last day shown; today without it.", valueName: "date"))
  var date: CivilDate?

  @Option(help: "How many days, up to and including that one.")
  var days = 1

  @OptionGroup var options: CtlOptions

  func validate() throws {
    guard (1...ControlLimits.days).contains(days) else {
      throw ValidationError("--days must be from 1 to \(ControlLimits.days).")
    }
  }

  func run() async throws {
    try await options.perform { client throws(ControlFailure) in
      options.show(try await client.list(ListQuery(date: date, days: days))) { $0.list($1) }
      return .done
    }
  }
}

struct CtlShow: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "All about a job or a run.",
    discussion: """
      Examples:
        jobd ctl show nightly-report                     its schedule, policies, latest slots
        jobd ctl show nightly-report.20261121T030000Z.0  a run: why it failed, its tasks
      """)

  @Argument(help: ArgumentHelp("A job's name, or a run's id.", valueName: "job|run"))
  var subject: JobOrRun

  @OptionGroup var options: CtlOptions

  func run() async throws {
    try await options.perform { client throws(ControlFailure) in
      switch subject {
      case .job(let job): options.show(try await client.show(job)) { $0.job($1) }
      case .run(let run): options.show(try await client.showRun(run)) { $0.run($1) }
      }
      return .done
    }
  }
}

struct CtlStatus: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "How the daemon is: its version, jobs, store, and unsent notifications.",
    discussion: """
      Examples:
        jobd ctl status
        jobd ctl status --json | jq .outbox.unsent
      """)

  @OptionGroup var options: CtlOptions

  func run() async throws {
    try await options.perform { client throws(ControlFailure) in
      options.show(try await client.status()) { $0.status($1) }
      return .done
    }
  }
}
