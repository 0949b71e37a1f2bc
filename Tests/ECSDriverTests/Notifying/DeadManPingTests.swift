import AWSClient
import JobModel
import Logging
import Synchronization
import TestSupport
import Testing

@testable import ECSDriver

@Suite("The dead-man ping")
struct DeadManPingTests {
  /// Keeps what is logged.
  private final class Log: Sendable {
    let lines = Mutex<[String]>([])

    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }
    var all: [String] { lines.withLock { $0 } }

    private struct Handler: LogHandler {
      var log: Log
      var metadata: Logger.Metadata = [:]
      var logLevel = Logger.Level.trace

      subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
      }

      func log(event: Logging.LogEvent) {
        let texts = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }
        log.lines.withLock { $0.append("\(event.level) \(event.message)\(texts.joined())") }
      }
    }
  }

  private static let url = "https://hc.example.com/0a1b2c3d-uuid"
  private static let name = "https://hc.example.com"

  /// Runs pings with a wait of a minute on manual clocks; `steps` moves them.
  private func pinging(
    _ transport: any HTTPTransport, log: Log, health: @escaping @Sendable () async -> String? = { nil },
    steps: (ManualTime) async -> Void
  ) async throws {
    let time = ManualTime(now: .reference)
    let ping = try DeadManPing(
      url: Self.url, every: .seconds(60), transport: transport, time: time, logger: log.logger, healthProblem: health)
    let task = Task { await ping.run() }
    await steps(time)
    task.cancel()
    await task.value
  }

  @Test("It comes at once and then every interval, with one line of the log")
  func regular() async throws {
    let transport = ScriptedTransport([.answer(200, "OK")])
    let log = Log()
    try await pinging(transport, log: log) { time in
      for count in 1...3 {
        await time.waitForSleepers()
        #expect(transport.requests.count == count)
        #expect(time.untilNextWake() == .seconds(60))
        time.advance(by: .seconds(60))
      }
      await time.waitForSleepers()
    }
    #expect(transport.requests.count == 4)
    #expect(transport.requests.allSatisfy { $0.method == "GET" && $0.url == Self.url && $0.body.isEmpty })
    #expect(transport.requests.allSatisfy { $0.totalTimeout == .seconds(10) })
    #expect(log.all == ["info the dead-man ping is taken url=\(Self.name)"])
  }

  @Test("One failure is tried again soon, and is no news")
  func hiccup() async throws {
    let transport = ScriptedTransport([.failure(.timeout), .answer(200)])
    let log = Log()
    try await pinging(transport, log: log) { time in
      await time.waitForSleepers()
      #expect(time.untilNextWake() == .seconds(2))
      time.advance(by: .seconds(2))
      await time.waitForSleepers()
      #expect(time.untilNextWake() == .seconds(58))
    }
    #expect(transport.requests.count == 2)
    #expect(log.all == ["info the dead-man ping is taken url=\(Self.name)"])
  }

  @Test("An outage is one line, its end another; neither holds the path")
  func outage() async throws {
    let transport = ScriptedTransport { index in
      switch index {
      case 0..<2: .failure(.connectionFailed, "\(Self.name): no route to /0a1b2c3d-uuid")
      case 2..<4: .answer(500)
      default: .answer(200)
      }
    }
    let log = Log()
    try await pinging(transport, log: log) { time in
      // Each of the first two: the ping, the other try two seconds later, and the rest of the minute.
      for _ in 0..<4 { await time.advanceToNextWake() }
      await time.waitForSleepers()
    }
    #expect(transport.requests.count == 5)
    #expect(
      log.all == [
        "warning the dead-man ping is not taken error=ConnectionFailed: \(Self.name): no route to … url=\(Self.name)",
        "notice the dead-man ping is taken again url=\(Self.name)",
      ])
  }

  @Test("It stays away while jobd is not healthy, and says so once")
  func unhealthy() async throws {
    let transport = ScriptedTransport([.answer(200)])
    let log = Log()
    let problem = Mutex<String?>("the store refuses: disk full")
    try await pinging(transport, log: log, health: { problem.withLock { $0 } }) { time in
      for _ in 0..<2 { await time.advanceToNextWake() }
      await time.waitForSleepers()
      #expect(transport.requests.isEmpty)
      problem.withLock { $0 = nil }
      time.advance(by: .seconds(60))
      await time.waitForSleepers()
      #expect(transport.requests.count == 1)
    }
    #expect(
      log.all == [
        "warning the dead-man ping is withheld: jobd is not healthy reason=the store refuses: disk full url=\(Self.name)",
        "notice the dead-man ping is taken again url=\(Self.name)",
      ])
  }

  @Test("A slow monitor is asked once at a time, and the next ping comes on time")
  func slow() async throws {
    let time = ManualTime(now: .reference)
    let inFlight = Mutex((now: 0, most: 0))
    let transport = ScriptedTransport { _ in
      inFlight.withLock { counts in
        counts.now += 1
        counts.most = max(counts.most, counts.now)
      }
      try? await time.sleep(for: .seconds(90))
      inFlight.withLock { $0.now -= 1 }
      return .answer(200)
    }
    let ping = try DeadManPing(
      url: Self.url, every: .seconds(60), transport: transport, time: time, logger: Log().logger,
      healthProblem: { nil })
    let task = Task { await ping.run() }
    await time.advanceToNextWake()
    await time.waitForSleepers()
    #expect(time.untilNextWake() == .seconds(1))
    #expect(inFlight.withLock { $0.most } == 1)
    task.cancel()
    await task.value
  }

  @Test("It stops with the process, without a word")
  func stops() async throws {
    let server = try LoopbackServer { _, _ in .hang }
    defer { server.stop() }
    let log = Log()
    let ping = try DeadManPing(
      url: server.url, every: .seconds(60), transport: CurlTransport(time: SystemTime()), time: SteppingTime(),
      logger: log.logger, healthProblem: { nil })
    let task = Task { await ping.run() }
    await server.waitForRequests(1)
    task.cancel()
    await task.value
    #expect(log.all.isEmpty)
  }

  @Test("A URL in the clear is refused when the ping is made")
  func plain() {
    #expect(throws: SecretURLError.self) {
      try DeadManPing(
        url: "http://hc.example.com/x", every: .seconds(60), transport: ScriptedTransport([.answer(200)]),
        time: SteppingTime(), logger: Log().logger, healthProblem: { nil })
    }
  }
}
