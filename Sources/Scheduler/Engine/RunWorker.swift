internal import JobModel
internal import Logging

/// Steps one run: takes a cause, commits what follows from it, and only then does it. One task a run, so
/// that a run's causes are taken one after the other; runs do not wait for each other.
struct RunWorker: Sendable {
  /// Where the run's causes arrive.
  let mailbox: AsyncStream<RunCore.Cause>
  let post: @Sendable (RunCore.Cause) -> Void
  let services: Services

  /// What a worker needs of the engine.
  struct Services: Sendable {
    let store: any RunStore
    let drivers: [any TaskDriver]
    let time: any TimeSource
    let random: any RandomSource
    let lease: LeaseKeeper
    let alarms: AlarmClock<Alarm>
    let logger: Logger
    /// Called after each commit.
    let changed: @Sendable (Run) async -> Void
    /// Called when the worker is done with the run, for whatever reason.
    let ended: @Sendable (RunID) async -> Void
    let storeHealth: StoreHealth

    func driver(for resource: String) -> (any TaskDriver)? { drivers.first { $0.handles(resource) } }
  }

  /// How long a stopped task is followed before the run goes on without it: Fargate's longest stop timeout
  /// is two minutes.
  static let stopGrace = Duration.seconds(180)

  /// Runs until the run is over, is another's, or the task is cancelled; a later process then picks it up.
  func run(_ core: RunCore, effects: [RunCore.Effect]) async {
    var core = core
    var generator = RandomGenerator(services.random)
    await withDiscardingTaskGroup { group in
      for effect in effects { await perform(effect, of: core.run.id, in: &group) }
      if core.isOver { return await services.changed(core.run) }
      for await cause in mailbox {
        let step = core.step(cause, at: services.time.now(), using: &generator)
        if step.writes.isEmpty { continue }
        guard await commit(step.writes, of: core.run.id) else { break }
        await services.changed(core.run)
        for effect in step.effects { await perform(effect, of: core.run.id, in: &group) }
        if core.isOver { break }
      }
      group.cancelAll()
    }
    let id = core.run.id
    await services.alarms.remove { $0.run == id }
    await services.ended(id)
  }

  /// Commits, however long the store refuses. False where the run is another's now.
  private func commit(_ writes: [StoreWrite], of run: RunID) async -> Bool {
    var attempt = 0
    while !Task.isCancelled {
      do {
        let result = try await services.store.commit(writes)
        services.storeHealth.succeeded()
        if result == .committed { return true }
        logger(run).warning("another instance has taken the run over")
        return false
      } catch {
        attempt += 1
        services.storeHealth.failed(error)
        logger(run).error("the store did not take a step of the run", metadata: ["error": "\(error)"])
        let delay = Duration.seconds(min(30, 1 << min(attempt - 1, 5)))
        do { try await services.time.sleep(for: delay) } catch { return false }
      }
    }
    return false
  }

  private func perform(
    _ effect: RunCore.Effect, of run: RunID, in group: inout DiscardingTaskGroup
  ) async {
    switch effect {
    case .arm(let timer, let at): await services.alarms.set(.timer(run, timer), at: at)
    case .disarm(let timer): await services.alarms.remove(.timer(run, timer))
    case .finished: logger(run).info("the run is over")
    case .start(let launch, let recovering):
      group.addTask {
        await report(launch) { driver throws(CancellationError) in
          try await driver.start(launch, recovering: recovering)
        }
      }
    case .follow(let launch):
      group.addTask {
        await report(launch) { driver throws(CancellationError) in try await driver.follow(launch) }
      }
    case .stop(let launch, let reason):
      group.addTask { await stop(launch, reason: reason) }
    }
  }

  /// Lets a driver act, under a trusted lease, and posts what it says. A cancelled driver says nothing.
  private func report(
    _ launch: Launch,
    _ act: (any TaskDriver) async throws(CancellationError) -> LaunchReport
  ) async {
    guard let driver = services.driver(for: launch.resource) else { return }
    do {
      try await services.lease.waitUntilTrusted()
      let report = try await act(driver)
      post(.report(launch: launch.id.number, report))
    } catch {}
  }

  /// Stops a task and follows it until it is over, but no longer than ``stopGrace``.
  private func stop(_ launch: Launch, reason: String) async {
    guard let driver = services.driver(for: launch.resource) else { return }
    let isOver = await withTaskGroup(of: Bool.self) { group in
      group.addTask {
        do {
          try await driver.stop(launch, reason: reason)
          if launch.taskARN != nil { _ = try await driver.follow(launch) }
          return true
        } catch {
          return false
        }
      }
      group.addTask {
        do { try await services.time.sleep(for: Self.stopGrace) } catch { return false }
        logger(launch.id.run).warning(
          "a stopped task is not over yet; the run goes on without it",
          metadata: ["task-arn": "\(launch.taskARN ?? "")", "launch": "\(launch.id)"])
        return true
      }
      let first = await group.next() ?? false
      group.cancelAll()
      return first
    }
    if isOver { post(.launchIsOver(launch.id.number)) }
  }

  private func logger(_ run: RunID) -> Logger {
    var logger = services.logger
    logger[metadataKey: "job"] = "\(run.job)"
    logger[metadataKey: "run"] = "\(run)"
    return logger
  }
}

/// What the one alarm clock wakes for.
enum Alarm: Hashable, Sendable {
  /// A job may have a slot due.
  case job(JobName)
  case timer(RunID, Int)

  var run: RunID? { if case .timer(let run, _) = self { run } else { nil } }
}
