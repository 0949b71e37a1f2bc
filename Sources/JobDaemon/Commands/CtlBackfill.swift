internal import ArgumentParser
internal import ControlAPI
internal import JobModel

struct CtlBackfill: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backfill",
    abstract: "Run the slots of a range of days, a few at a time.",
    discussion: """
      The daemon does it by itself, also through a restart: slots that have succeeded are left alone (unless \
      --force is given), and so are those that are running. The job's own policies hold beside --max-parallel: \
      only with `overlap: allow` do several of its runs go on at a time, and its pool bounds them too. \
      With --wait the command tells how far it is and ends with 0 where every slot has succeeded, with 1 where \
      not, or where it was cancelled.

      Examples:
        jobd ctl backfill nightly-report --from 2026-11-01 --to 2026-11-20 --wait
        jobd ctl backfill import-orders --from 2026-11-19 --to 2026-11-19 --max-parallel 4 --note "late files"
        jobd ctl backfill nightly-report --status
        jobd ctl backfill nightly-report --cancel
      """)

  @Argument(help: "The job's name.")
  var job: JobName

  @Option(help: ArgumentHelp("The first day, in the job's time zone.", valueName: "date"))
  var from: CivilDate?

  @Option(help: ArgumentHelp("The last day.", valueName: "date"))
  var to: CivilDate?

  @Option(help: ArgumentHelp("How many runs at a time (default: 1).", valueName: "n"))
  var maxParallel: Int?

  @Flag(help: "Also slots that have succeeded.")
  var force = false

  @Option(help: "Why, for the runs' records.")
  var note: String?

  @Flag(help: "Follow it to its end.")
  var wait = false

  @Flag(help: "Show the latest backfill of the job, and how far it is.")
  var status = false

  @Flag(help: "Show every backfill of the job.")
  var list = false

  @Flag(help: "Start no more slots; runs that are going on go on.")
  var cancel = false

  @OptionGroup var options: CtlOptions

  private var isStart: Bool { !status && !list && !cancel }

  func validate() throws {
    if [status, list, cancel].count(where: { $0 }) > 1 {
      throw ValidationError("--status, --list and --cancel are different things: give one of them.")
    }
    if isStart {
      guard let from, let to else {
        throw ValidationError("give --from and --to, the first and the last day; or --status, --list or --cancel.")
      }
      if to < from { throw ValidationError("--to \(to) is before --from \(from).") }
    } else if from != nil || to != nil || maxParallel != nil || force || note != nil || (wait && !status) {
      throw ValidationError("--status, --list and --cancel take none of the options of a new backfill.")
    }
    if let maxParallel, !(1...Limits.backfillParallel).contains(maxParallel) {
      throw ValidationError("--max-parallel must be from 1 to \(Limits.backfillParallel).")
    }
  }

  func run() async throws {
    try await options.perform { client throws(ControlFailure) in
      if cancel {
        options.show(try await client.cancelBackfill(job)) { $0.backfill($1) }
        return .done
      }
      if list {
        options.show(try await client.backfills(job)) { $0.backfills($1) }
        return .done
      }
      if let from, let to {
        let request = BackfillRequest(
          from: from, to: to, maxParallel: maxParallel ?? 1, force: force, requestedBy: CtlOptions.requestedBy,
          note: note)
        return try await show(try await client.startBackfill(job, request), client)
      }
      guard let latest = try await client.backfills(job).backfills.first else {
        throw ControlFailure(.notFound("\(job) has had no backfill"))
      }
      return try await show(latest, client)
    }
  }

  private func show(
    _ backfill: BackfillAnswer, _ client: ControlClient
  ) async throws(ControlFailure) -> CommandStatus {
    guard wait else {
      options.show(backfill) { $0.backfill($1) }
      return .done
    }
    let json = options.json
    let end = try await client.follow(backfill, options.rendering) { line in
      if !json { Terminal.write(line + "\n") }
    }
    options.show(end) { $0.backfill($1) }
    return end.hasSucceeded ? .done : .failed
  }
}
