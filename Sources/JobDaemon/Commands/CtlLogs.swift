internal import ArgumentParser
internal import ControlAPI
internal import ECSDriver
internal import JobModel

struct CtlLogs: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logs",
    abstract: "What the containers of a run have written.",
    discussion: """
      Of a job, its latest run; of a run, its latest launch. It is read from CloudWatch Logs, where the task \
      definition sends it there (`awslogs`); with `serve --local` it is what the process printed. With --follow the \
      command goes on until the run is over, from launch to launch. With --json each line is an object of its own.

      Examples:
        jobd ctl logs nightly-report --tail 50
        jobd ctl logs nightly-report.20261121T030000Z.0 --launch 1 --container app
        jobd ctl logs nightly-report --follow
      """)

  @Argument(help: ArgumentHelp("A job's name, or a run's id.", valueName: "job|run"))
  var subject: JobOrRun

  @Option(help: ArgumentHelp("One of the run's launches, by its number (default: the latest).", valueName: "n"))
  var launch: Int?

  @Option(help: ArgumentHelp("One of the task's containers (default: all).", valueName: "name"))
  var container: String?

  @Option(help: ArgumentHelp("The last lines only.", valueName: "lines"))
  var tail: Int?

  @Flag(name: [.long, .customShort("f")], help: "Go on with what is still to be written.")
  var follow = false

  @OptionGroup var options: CtlOptions

  func validate() throws {
    if let launch, launch < 1 { throw ValidationError("--launch must be at least 1.") }
    if let tail, !(1...ControlLimits.logLines).contains(tail) {
      throw ValidationError("--tail must be from 1 to \(ControlLimits.logLines).")
    }
    if container?.isEmpty == true { throw ValidationError("--container needs a name.") }
  }

  func run() async throws {
    let (rendering, json, namesContainer) = (options.rendering, options.json, container == nil)
    try await options.perform { client throws(ControlFailure) in
      let run = try await self.run(client)
      var reading = LogReading(
        run: run, query: LogsQuery(launch: launch, container: container, tail: tail), isFollowed: follow)
      try await reading.read(client) { line, zone in
        if json {
          Terminal.write(Rendering.jsonLine(line))
        } else {
          Terminal.write(rendering.log(line, zone, namesContainer: namesContainer))
        }
      } note: {
        Terminal.complain("jobd: \($0)")
      }
      return .done
    }
  }

  /// The run that is meant; of a job, the one that has begun last.
  private func run(_ client: ControlClient) async throws(ControlFailure) -> RunID {
    switch subject {
    case .run(let run): return run
    case .job(let job):
      let history = try await client.history(job, limit: 100)
      let latest = history.slots.flatMap(\.runs).max { ($0.startedAt, $0.id) < ($1.startedAt, $1.id) }
      guard let latest else {
        throw ControlFailure(.notFound("\(job) has not been run yet", remedy: "jobd ctl show \(job) says why"))
      }
      Terminal.complain("jobd: run \(latest.id), \(latest.status.rawValue)")
      return latest.id
    }
  }
}

/// Reads a run's logs page by page, and with `isFollowed` goes on until the run is over.
struct LogReading {
  let run: RunID
  let isFollowed: Bool
  private var query: LogsQuery
  /// Whether the launch was named: then no other one is gone on to.
  private let isFixed: Bool
  private var pace = LogFollow()
  private var toldNotes: Set<String> = []
  private var hasLines = false
  private var silences = 0

  /// How often a daemon that does not answer is asked again, a second apart.
  private static let patience = 60
  /// How soon to look whether a run has launched something.
  private static let interval = Duration.seconds(1)

  init(run: RunID, query: LogsQuery, isFollowed: Bool) {
    self.run = run
    self.query = query
    self.isFollowed = isFollowed
    isFixed = query.launch != nil
  }

  /// What there is to do after a page.
  private enum Step {
    case read(after: Duration)
    case end
  }

  /// - Parameters:
  ///   - print: gets each line with the zone of its job.
  ///   - note: gets what there is to say beside them.
  mutating func read(
    _ client: ControlClient, time: any TimeSource = SystemTime(),
    print: (LogsAnswer.Line, _ zone: String) -> Void, note: (String) -> Void
  ) async throws(ControlFailure) {
    while true {
      let step: Step
      do throws(ControlFailure) {
        let page = try await client.logs(run, query)
        silences = 0
        for line in page.lines { print(line, page.timezone) }
        for text in page.notes where toldNotes.insert(text).inserted { note(text) }
        hasLines = hasLines || !page.lines.isEmpty
        step = next(page, at: time.uptime(), note)
      } catch {
        step = try await mended(error, client, note)
      }
      guard case .read(let delay) = step else { return }
      if delay > .zero, (try? await time.sleep(for: delay)) == nil { return }
    }
  }

  private mutating func next(_ page: LogsAnswer, at now: Duration, _ note: (String) -> Void) -> Step {
    guard let launch = page.launch else {
      if isFollowed, page.isRunning { return .read(after: Self.interval) }
      note("\(run) has launched nothing\(page.isRunning ? " yet" : "")")
      return .end
    }
    // The place in a log is one launch's: a later one must not get it.
    query.launch = launch
    if let place = page.next { (query.after, query.tail) = (place, nil) }
    guard isFollowed else {
      if !page.isAtEnd { return .read(after: .zero) }
      if !hasLines, page.notes.isEmpty {
        note("launch \(launch) of \(run) has written nothing\(page.isOver ? "" : " yet")")
      }
      return .end
    }
    switch pace.next(hadLines: !page.lines.isEmpty, isAtEnd: page.isAtEnd, isOver: page.isOver, at: now) {
    case .read(let delay): return .read(after: delay)
    case .end: return afterLaunch(launch, latest: page.latestLaunch, isRunning: page.isRunning, note)
    }
  }

  /// The launch is over and has been read to its end.
  private mutating func afterLaunch(
    _ launch: Int, latest: Int?, isRunning: Bool, _ note: (String) -> Void
  ) -> Step {
    if isFixed { return .end }
    if let latest, latest > launch {
      note("launch \(launch + 1)")
      query.launch = launch + 1
      (query.after, query.tail, pace) = (nil, nil, LogFollow())
      return .read(after: .zero)
    }
    if isRunning { return .read(after: Self.interval) }
    if !hasLines { note("\(run) has written nothing") }
    return .end
  }

  /// A daemon that restarts is waited for; a launch without logs is passed over where others may come.
  private mutating func mended(
    _ failure: ControlFailure, _ client: ControlClient, _ note: (String) -> Void
  ) async throws(ControlFailure) -> Step {
    guard isFollowed else { throw failure }
    if failure.isPassing {
      silences += 1
      guard silences <= Self.patience else { throw failure.absent }
      return .read(after: Self.interval)
    }
    guard failure.error?.code == .notFound, !isFixed else { throw failure }
    let answer = try await client.showRun(run)
    guard let launch = query.launch ?? answer.launches.last?.number else { throw failure }
    query.launch = launch
    if toldNotes.insert(failure.message).inserted { note(failure.message) }
    return afterLaunch(launch, latest: answer.launches.last?.number, isRunning: answer.status == .running, note)
  }
}
