import AWSClient
import Foundation
import JobFile
import JobModel
import Logging
import Synchronization
import TestSupport
import Testing

@testable import JobDaemon

@Suite("The daemon's health")
struct DaemonHealthTests {
  private let now = Instant("2026-11-21T00:00:00Z") ?? .distantPast
  private let well = DaemonHealth.View(
    isReady: true, instance: InstanceID("a"), leaseUntil: Instant("2026-11-21T00:00:10Z"))

  @Test("A daemon that is ready, writes and has its lease is healthy")
  func healthy() {
    #expect(DaemonHealth.problem(well, at: now) == nil)
  }

  private func problem(_ change: (inout DaemonHealth.View) -> Void) -> String? {
    var view = well
    change(&view)
    return DaemonHealth.problem(view, at: now)
  }

  @Test("Whatever keeps it from its work is a problem")
  func problems() {
    #expect(problem { $0.isReady = false } == "jobd is still starting")
    #expect(problem { $0.instance = nil } == "the engine does not run")
    #expect(problem { $0.writeError = "disk full" } == "the store does not take what is written: disk full")
    #expect(problem { $0.readError = "gone" } == "the store cannot be read: gone")
    #expect(problem { $0.leaseUntil = nil } == "the lease of this instance is not in force")
    #expect(problem { $0.leaseUntil = now } == "the lease of this instance is not in force")
  }
}

@Suite("Removing what is no longer kept")
struct RetentionServiceTests {
  /// Runs the service with a store that answers so, until it sleeps for the n-th time.
  private func lengths(
    _ answers: [Result<Int, StoreError>], retention: Retention? = Retention(), sleeps: Int
  ) async -> (waits: [Duration], calls: Int) {
    let time = ManualTime(now: Instant("2026-11-21T00:00:00Z") ?? .distantPast)
    let left = Mutex(answers)
    let calls = Mutex(0)
    let service = RetentionService(
      retention: { retention },
      prune: { _, _, _ throws(StoreError) in
        calls.withLock { $0 += 1 }
        return try left.withLock { $0.isEmpty ? .success(0) : $0.removeFirst() }.get()
      }, time: time, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    let task = Task { await service.go() }
    var waits: [Duration] = []
    for _ in 0..<sleeps {
      let before = time.uptime()
      await time.advanceToNextWake()
      waits.append(time.uptime() - before)
    }
    await time.waitForSleepers()
    task.cancel()
    await task.value
    return (waits, calls.withLock { $0 })
  }

  @Test("Soon after the start, in batches with a pause, until one is not full; then after an hour")
  func batches() async {
    let seen = await lengths([.success(200), .success(200), .success(7)], sleeps: 4)
    #expect(seen.waits == [.seconds(60), .milliseconds(200), .milliseconds(200), .seconds(3_600)])
    #expect(seen.calls == 4)
  }

  @Test("A store that refuses is asked again in an hour")
  func failure() async {
    let seen = await lengths([.failure(StoreError(code: .full, message: "disk full")), .success(1)], sleeps: 2)
    #expect(seen.waits == [.seconds(60), .seconds(3_600)])
    #expect(seen.calls == 2)
  }

  @Test("What keeps everything asks nothing of the store")
  func forever() async {
    let retention = Retention(runs: nil, history: nil, logs: nil)
    let seen = await lengths([], retention: retention, sleeps: 2)
    #expect(seen.calls == 0)
  }
}

@Suite("The ping's service")
struct PingServiceTests {
  private struct Transport: HTTPTransport {
    let urls: AsyncStream<String>
    let continuation: AsyncStream<String>.Continuation

    init() { (urls, continuation) = AsyncStream.makeStream(of: String.self) }

    func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse {
      continuation.yield(request.url)
      return HTTPResponse(status: 200)
    }
  }

  private func settings(_ url: String?, region: String? = nil) -> JobFileSource.Settings {
    var file = JobFile(region: region, jobs: [])
    file.deadManPing = url.map { JobFile.DeadManPing(url: $0, every: .seconds(60)) }
    return JobFileSource.Settings(file)
  }

  @Test("A reload changes the ping, and one that leaves it alone does not send another")
  func reload() async {
    let (changes, reload) = AsyncStream.makeStream(of: JobFileSource.Settings.self)
    let transport = Transport()
    let service = PingService(
      settings: { changes }, transport: transport,
      time: ManualTime(now: Instant("2026-11-21T00:00:00Z") ?? .distantPast),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, healthProblem: { nil }, ready: {})
    let task = Task { await service.go() }
    var urls = transport.urls.makeAsyncIterator()
    reload.yield(settings("https://one.example/a"))
    #expect(await urls.next() == "https://one.example/a")
    reload.yield(settings("https://one.example/a", region: "eu-west-1"))
    reload.yield(settings("https://two.example/b"))
    #expect(await urls.next() == "https://two.example/b")
    reload.yield(settings(nil))
    reload.yield(settings("https://one.example/c"))
    #expect(await urls.next() == "https://one.example/c")
    task.cancel()
    await task.value
  }
}

@Suite("Giving memory back")
struct MemoryServiceTests {
  @Test("Every ten seconds the store is told to, and not before")
  func releases() async throws {
    let time = ManualTime(now: .distantPast)
    let releases = Mutex(0)
    let service = MemoryService(time: time) { releases.withLock { $0 += 1 } }
    let running = Task { await service.go() }
    for round in 0..<3 {
      await time.waitForSleepers()
      #expect(releases.withLock { $0 } == round)
      #expect(time.untilNextWake() == .seconds(10))
      time.advance(by: .seconds(10))
    }
    running.cancel()
    await running.value
  }
}

@Suite("Locks of instances")
struct InstanceLockTests {
  @Test("What processes left that never registered is removed; locks of the living and the registered stay")
  func leftOvers() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("jobd-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let lock = try InstanceLock(stateDirectory: folder.path, instance: InstanceID("living"))
    defer { lock.release(InstanceID("living")) }
    let instances = folder.appendingPathComponent("instances")
    let old = Date(timeIntervalSince1970: 1_000_000_000)
    for name in ["dead", "registered", "new"] {
      let path = instances.appendingPathComponent("\(name).lock").path
      #expect(FileManager.default.createFile(atPath: path, contents: nil))
      if name != "new" { try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: path) }
    }
    try FileManager.default.setAttributes(
      [.modificationDate: old], ofItemAtPath: instances.appendingPathComponent("living.lock").path)
    let now = Instant(seconds: Int64(Date().timeIntervalSince1970))
    lock.removeLeftOvers(except: [InstanceID("registered")], at: now)
    let left = try FileManager.default.contentsOfDirectory(atPath: instances.path).sorted()
    #expect(left == ["living.lock", "new.lock", "registered.lock"])
  }
}
