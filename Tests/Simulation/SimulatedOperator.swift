internal import JobModel
internal import Scheduler
internal import Synchronization

/// Somebody at the command line, who asks one process or another, and is sometimes not answered.
final class SimulatedOperator: Sendable {
  private let world: World
  private let chance: Chance
  private let state = Mutex<(asked: Int, answered: Int)>((0, 0))

  init(world: World) {
    self.world = world
    chance = Chance(seed: world.scenario.seed, for: "operator")
  }

  var isWaiting: Bool { state.withLock { $0.asked > $0.answered } }

  func ask(
    _ kind: Scenario.Disturbance.WishKind, _ process: SimulatedProcess, jobs: [SimulatedJob],
    whenAnswered: @escaping @Sendable () async -> Void = {}
  ) async {
    guard let wish = await wish(kind, process, jobs) else { return }
    let number = state.withLock { state in
      state.asked += 1
      return state.asked
    }
    world.record.add(.asked(wish, process: process.number, number: number))
    Task { [self] in
      let answer = await fulfil(wish, process.engine)
      world.record.add(.answered(wish, number: number, answer))
      state.withLock { $0.answered += 1 }
      await whenAnswered()
    }
  }

  private func wish(_ kind: Scenario.Disturbance.WishKind, _ process: SimulatedProcess, _ jobs: [SimulatedJob]) async
    -> Wish?
  {
    let job = chance.pick(jobs)
    switch kind {
    case .start: return .start(job.name)
    case .rerun: return .rerun(job.name, force: false)
    case .forcedRerun: return .rerun(job.name, force: true)
    case .pause: return .pause(job.name)
    case .resume: return .resume(job.name)
    case .backfill, .forcedBackfill:
      return .backfill(job.name, days: chance.number(1...3), force: kind == .forcedBackfill)
    case .cancelBackfill: return .cancelBackfill(job.name)
    case .stop:
      let runs = await process.runningRuns()
      return runs.isEmpty ? nil : .stop(chance.pick(runs))
    }
  }

  private func fulfil(_ wish: Wish, _ engine: Engine) async -> Observation.Answer {
    let by = "operator"
    do throws(EngineRefusal) {
      switch wish {
      case .start(let job): return .run(try await engine.start(job, RunWish(requestedBy: by)))
      case .rerun(let job, let force):
        return .run(try await engine.rerun(job, RerunWish(.latest, force: force, requestedBy: by)))
      case .stop(let run): try await engine.stop(run, reason: "asked")
      case .pause(let job): try await engine.pause(job, note: nil)
      case .resume(let job): try await engine.resume(job)
      case .backfill(let job, let days, let force):
        let today = try await engine.job(job).job.day(of: world.clock.wallClock)
        let from = CivilDate(daysSince1970: today.daysSince1970 - days)
        _ = try await engine.startBackfill(
          job, from: from, to: today, maxParallel: 2, force: force, requestedBy: by, note: nil)
      case .cancelBackfill(let job): _ = try await engine.cancelBackfill(job)
      }
      return .done
    } catch {
      return .refused("\(error)")
    }
  }
}
