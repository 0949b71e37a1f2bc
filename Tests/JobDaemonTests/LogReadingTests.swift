import ControlAPI
@testable import JobDaemon
import JobModel
import Synchronization
import Testing

@Suite("Reading a run's logs")
struct LogReadingTests {
  /// Answers in the order of the script, and writes down what it was asked.
  private final class Script: ControlTransport {
    private let state: Mutex<(answers: [(status: Int, body: String)], paths: [String])>

    init(_ answers: [(status: Int, body: String)]) { state = Mutex((answers, [])) }

    var paths: [String] { state.withLock { $0.paths } }
    var isOver: Bool { state.withLock { $0.answers.isEmpty } }

    func send(
      method: String, path: String, body: [UInt8]?
    ) async throws(ControlTransportError) -> (status: Int, body: [UInt8]) {
      let answer = state.withLock { state in
        state.paths.append(path)
        return state.answers.isEmpty ? nil : state.answers.removeFirst()
      }
      guard let answer else { throw ControlTransportError(code: .notThere, message: "the script is over") }
      return (answer.status, Array(answer.body.utf8))
    }
  }

  /// Sleeps for no time at all, and counts it.
  private final class HastyTime: TimeSource {
    private let slept = Mutex(Duration.zero)

    func now() -> Instant { Instant(seconds: 0) + uptime() }
    func uptime() -> Duration { slept.withLock { $0 } }
    func sleep(for duration: Duration) async throws { slept.withLock { $0 += duration } }
  }

  private struct Outcome {
    var lines: [String] = []
    var notes: [String] = []
    var paths: [String] = []
    var failure: ControlFailure?
    var isScriptOver = false
    var slept = Duration.zero
  }

  private let run: RunID

  init() throws {
    run = try #require(RunID("nightly-report.20261121T030000Z.0"))
  }

  private func read(
    _ answers: [(status: Int, body: String)], _ query: LogsQuery = LogsQuery(), isFollowed: Bool = false
  ) async -> Outcome {
    let (script, time) = (Script(answers), HastyTime())
    let client = ControlClient(transport: script, socketPath: "/s")
    var reading = LogReading(run: run, query: query, isFollowed: isFollowed)
    var outcome = Outcome()
    do throws(ControlFailure) {
      try await reading.read(client, time: time) { line, zone in
        outcome.lines.append("\(line.message) (\(zone))")
      } note: {
        outcome.notes.append($0)
      }
    } catch {
      outcome.failure = error
    }
    (outcome.paths, outcome.isScriptOver, outcome.slept) = (script.paths, script.isOver, time.uptime())
    return outcome
  }

  private func page(
    _ launch: Int?, of latest: Int? = nil, _ messages: [String] = [], next: String? = nil, isAtEnd: Bool = true,
    isOver: Bool = true, isRunning: Bool = false, notes: [String] = []
  ) -> (status: Int, body: String) {
    let answer = LogsAnswer(
      run: run, timezone: "UTC", launch: launch, latestLaunch: latest ?? launch,
      lines: messages.map { LogsAnswer.Line(at: Instant(seconds: 0), container: "app", message: $0) }, next: next,
      isAtEnd: isAtEnd, isOver: isOver, isRunning: isRunning, notes: notes)
    return (200, Rendering.jsonLine(answer))
  }

  private func failure(_ code: ControlError.Code, _ message: String) -> (status: Int, body: String) {
    (code.httpStatus, Rendering.jsonLine(["error": ControlError(code: code, message: message)]))
  }

  private func shown(_ launches: Int, _ status: RunStatus) -> (status: Int, body: String) {
    let owner = Ownership(instance: InstanceID("a"), epoch: 1)
    let stored = Run(
      id: run, day: CivilDate(year: 2026, month: 11, day: 21), trigger: .schedule, status: status, owner: owner,
      definition: "{}", input: "{}", startedAt: Instant(seconds: 0), launches: launches)
    let all = (1...launches).map { number in
      LaunchAnswer(
        Launch(
          id: LaunchID(run: run, number: number), task: number, state: "Run", resource: "r", request: [:],
          intendedAt: Instant(seconds: 0)))
    }
    return (200, Rendering.jsonLine(RunAnswer(stored, timezone: "UTC", now: Instant(seconds: 0), launches: all)))
  }

  @Test("Pages are read to the end, each from where the one before ended, and of the same launch")
  func pages() async {
    let outcome = await read(
      [
        page(2, ["a"], next: "p1", isAtEnd: false), page(2, ["b"], next: "p2", isAtEnd: false),
        page(2, of: 3, ["c"], next: "p3"),
      ], LogsQuery(tail: 7))
    #expect(outcome.lines == ["a (UTC)", "b (UTC)", "c (UTC)"])
    let logs = "/v1/runs/\(run)/logs"
    #expect(outcome.paths == ["\(logs)?tail=7", "\(logs)?launch=2&after=p1", "\(logs)?launch=2&after=p2"])
    #expect(outcome.notes.isEmpty)
    #expect(outcome.slept == .zero)
  }

  @Test("Where there is nothing, that is said, and why")
  func nothing() async {
    #expect(await read([page(1)]).notes == ["launch 1 of \(run) has written nothing"])
    #expect(await read([page(1, isOver: false)]).notes == ["launch 1 of \(run) has written nothing yet"])
    #expect(await read([page(nil, isRunning: true)]).notes == ["\(run) has launched nothing yet"])
    #expect(await read([page(nil)]).notes == ["\(run) has launched nothing"])
    let outcome = await read([page(1, notes: ["container web logs with splunk"])])
    #expect(outcome.notes == ["container web logs with splunk"])
  }

  @Test("What is followed goes on from launch to launch until the run is over")
  func follow() async {
    let outcome = await read(
      [
        page(nil, isOver: false, isRunning: true),
        page(1, ["a"], next: "p", isOver: false, isRunning: true, notes: ["n"]),
        page(1, of: 2, ["b"], next: "q", isRunning: true, notes: ["n"]),
        page(1, of: 2, next: "q", isRunning: true), page(1, of: 2, next: "q", isRunning: true),
        page(2, ["c"], next: "r", isOver: true), page(2, next: "r"), page(2, next: "r"),
      ], isFollowed: true)
    #expect(outcome.failure == nil)
    #expect(outcome.isScriptOver)
    #expect(outcome.lines == ["a (UTC)", "b (UTC)", "c (UTC)"])
    #expect(outcome.notes == ["n", "launch 2"])
    #expect(outcome.paths[5].hasSuffix("/logs?launch=2"))
  }

  @Test("A launch that was named is the only one that is followed")
  func fixed() async {
    let outcome = await read(
      [page(1, of: 2, isRunning: true), page(1, of: 2, isRunning: true)], LogsQuery(launch: 1), isFollowed: true)
    #expect(outcome.isScriptOver)
    #expect(outcome.failure == nil)
    #expect(outcome.paths.allSatisfy { $0.contains("launch=1") })
  }

  @Test("A launch without logs is passed over where another one follows")
  func passedOver() async {
    let outcome = await read(
      [
        failure(.notFound, "it never ran"), shown(1, .running), failure(.notFound, "it never ran"), shown(2, .running),
        page(2, ["a"], next: "p"), page(2), page(2),
      ], isFollowed: true)
    #expect(outcome.failure == nil)
    #expect(outcome.lines == ["a (UTC)"])
    #expect(outcome.notes == ["it never ran", "launch 2"])
    let alone = await read([failure(.notFound, "it never ran")])
    #expect(alone.failure?.exitStatus == .invalid)
    let named = await read([failure(.notFound, "it never ran")], LogsQuery(launch: 1), isFollowed: true)
    #expect(named.failure?.message == "it never ran")
  }

  @Test("A daemon that restarts is waited for, and one that stays away is not waited for without end")
  func restart() async {
    let outcome = await read(
      [failure(.unavailable, "starting"), page(1, ["a"], next: "p"), page(1), page(1)], isFollowed: true)
    #expect(outcome.failure == nil)
    #expect(outcome.lines == ["a (UTC)"])
    let gone = await read([], isFollowed: true)
    #expect(gone.failure?.exitStatus == .absent)
    #expect(gone.paths.count == 61)
    #expect(gone.slept == .seconds(60))
    #expect(await read([failure(.unavailable, "starting")]).failure?.message == "starting")
  }
}
