import JobModel
import Scheduler
import Synchronization
import TestSupport

/// Somebody at the command line: one wish after the other, each to the process that it is told.
final class SimulatedOperator: Sendable {
  enum Wish: Sendable {
    case pauseOrResume(Engine)
    case start(Engine)
    case stop(Engine)
    case backfill(Engine)
  }

  private struct State {
    var isDone = false
    /// The runs that were there when the pause was in force; nil while the job is not paused.
    var runsAtPause: Set<RunID>?
    var complaints: [String] = []
  }

  let job: JobName = "pauses"
  private let store: any RunStore
  private let state = Mutex(State())
  private let wishes: AsyncStream<Wish>
  private let wish: AsyncStream<Wish>.Continuation

  init(store: any RunStore) {
    self.store = store
    (wishes, wish) = AsyncStream.makeStream(of: Wish.self)
    Task {
      for await wish in wishes { try? await fulfil(wish) }
      state.withLock { $0.isDone = true }
    }
  }

  var isDone: Bool { state.withLock { $0.isDone } }
  var complaints: [String] { state.withLock { $0.complaints } }

  func ask(_ wish: Wish) { self.wish.yield(wish) }
  func finish() { wish.finish() }

  private func fulfil(_ wish: Wish) async throws {
    switch wish {
    case .start(let engine): _ = try await engine.start("skips", input: nil, requestedBy: "test")
    case .stop(let engine):
      if let run = try await store.activeRuns().first { try await engine.stop(run.id, reason: "test") }
    case .backfill(let engine):
      let (from, to) = (CivilDate(year: 2026, month: 11, day: 15), CivilDate(year: 2026, month: 11, day: 18))
      _ = try await engine.startBackfill(
        "fills", from: from, to: to, maxParallel: 2, force: false, requestedBy: "test", note: nil)
    case .pauseOrResume(let engine):
      guard let before = state.withLock({ $0.runsAtPause }) else {
        try await engine.pause(job, note: nil)
        let runs = try await runs()
        return state.withLock { $0.runsAtPause = runs }
      }
      let begun = try await runs().subtracting(before)
      if !begun.isEmpty { state.withLock { $0.complaints.append("\(begun) began while the job was paused") } }
      // Whether a process that dies meanwhile has done it is not known.
      state.withLock { $0.runsAtPause = nil }
      try await engine.resume(job)
    }
  }

  private func runs() async throws -> Set<RunID> {
    let slots = try await store.latestSlots(job, limit: 10_000)
    return Set(slots.filter { $0.trigger == .schedule }.compactMap(\.latestRun))
  }
}
