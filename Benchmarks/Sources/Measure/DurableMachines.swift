internal import Foundation
internal import JobModel
internal import Logging
internal import Scheduler
internal import Store

/// Executions a second of a machine of ten Pass states: started as by hand, run by the engine, with slot, run, history
/// and outcome in SQLite before the next of the same job begins.
struct DurableMachines {
  private static let executions = 4_000
  private let definition: JSONValue
  private let folder: URL

  init(_ inputs: URL, _ folder: URL) throws {
    definition = try JSONValue.parse(String(contentsOf: inputs.appending(path: "ten-passes.asl.json"), encoding: .utf8))
    self.folder = folder
  }

  func measure() async throws -> JSONValue {
    var members = JSONObject()
    for jobs in [1, 64, 256] {
      members["\(jobs)"] = try await rates { try await run(jobs: jobs) }
    }
    return ["jobs": .object(members)]
  }

  private func run(jobs count: Int) async throws -> (Int, Duration) {
    let store = try freshStore(in: folder)
    let engine = Engine(
      store: store, drivers: [], notifier: NobodyListens(), time: SystemTime(), random: SystemRandom(),
      configuration: Engine.Configuration(instance: InstanceID("benchmark")),
      logger: Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() })
    let jobs = try (0..<count).map { number in
      try CompiledJob(
        Job(name: name("job-\(number)"), schedules: [], timezone: "UTC", machine: definition, overlap: .allow))
    }
    let (ready, isReady) = AsyncStream.makeStream(of: Void.self)
    let running = Task { try await engine.run(jobs: jobs) { isReady.yield() } }
    for await _ in ready { break }

    let each = count == 1 ? DurableMachines.executions / 4 : DurableMachines.executions / count
    let start = ContinuousClock.now
    let ids = try await withThrowingTaskGroup(of: [RunID].self) { group in
      for job in jobs {
        group.addTask {
          var ids: [RunID] = []
          for _ in 0..<each { ids.append(try await engine.start(job.name, RunWish(requestedBy: "benchmark"))) }
          return ids
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    let time = ContinuousClock.now - start

    let ended = try await store.runs(ids).filter { $0.status == .succeeded && $0.output != nil }.count
    running.cancel()
    _ = await running.result
    await store.close()
    guard ended == each * count else { throw Wrong(description: "\(ended) of \(each * count) executions succeeded") }
    return (ended, time)
  }
}

/// A machine that succeeds tells nobody.
private struct NobodyListens: Notifier {
  func send(_ message: OutboxMessage) async throws(NotificationError) {}
}
