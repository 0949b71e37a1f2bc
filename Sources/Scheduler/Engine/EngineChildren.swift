internal import JobModel
internal import Logging

/// Runs that are started by a Task state of another run (`states:startExecution`).
///
/// The claim is a row that holds the child's name (``ChildRun``), in the batch that inserts the slot and the run. The
/// name follows from the launch, so a second process that comes to start the same child finds it. The slot's instant is
/// only the first free one from when the launch was intended: nothing is recognised by it.
///
/// A child is started as by hand: whatever the job's schedules say and even while it is paused, but not beside another
/// run that its `overlap` forbids, and not into a full pool. To wait there would be to wait for ever where the parent
/// itself is in the way, so the state fails, and its Retry decides.
extension Engine {
  /// Starts the child of a launch, or finds the one that was started for it, or under its name with the same input.
  func startChild(
    _ request: ExecutionRequest, of launch: Launch
  ) async throws(CancellationError) -> Result<Run, TaskFailure> {
    try await persistently { () async throws in
      var scheduledAt = launch.intendedAt.besideSchedules
      while !Task.isCancelled {
        if let known = try await self.child(request, of: launch) { return known }
        switch try await self.beginChild(request, of: launch, at: scheduledAt) {
        case .began, .someoneWasFaster: break
        case .slotIsTaken: scheduledAt = try await self.freeInstant(for: request.machine, from: scheduledAt)
        case .refused(let failure): return .failure(failure)
        }
      }
      throw CancellationError()
    }
  }

  private enum ChildStart {
    case began
    case slotIsTaken
    /// Something else has changed; the next look shows what.
    case someoneWasFaster
    case refused(TaskFailure)
  }

  /// The child that has the name already; nil where there is none.
  private func child(
    _ request: ExecutionRequest, of launch: Launch
  ) async throws(StoreError) -> Result<Run, TaskFailure>? {
    guard let child = try await store.child(of: request.machine, named: request.childName(launch.id)) else {
      return nil
    }
    guard let run = try await store.run(child.run) else { return .failure(ExecutionFailures.unknown(child.run)) }
    if child.launch == launch.id || (run.status == .running && run.input == request.input.text) {
      return .success(run)
    }
    return .failure(
      ExecutionFailures(form: request.form).alreadyExists(ExecutionAnswer(request, run).arn, run: run.id))
  }

  private func beginChild(
    _ request: ExecutionRequest, of launch: Launch, at scheduledAt: Instant
  ) async throws -> ChildStart {
    let failures = ExecutionFailures(form: request.form)
    guard catalog[request.machine] != nil else { return .refused(failures.machineDoesNotExist(request.machineARN)) }
    if try await depth(of: launch.id.run) >= Limits.executionDepth {
      return .refused(
        failures.limitExceeded(
          "Executions are nested deeper than \(Limits.executionDepth): \(launch.id.run) is the last one"))
    }
    let key = SlotKey(job: request.machine, scheduledAt: scheduledAt)
    if try await store.slot(key) != nil { return .slotIsTaken }
    try await lease?.waitUntilTrusted()
    do throws(EngineRefusal) {
      let entry = try await freeEntry(request.machine)
      let slot = Slot(
        key: key, day: entry.job.day(of: scheduledAt), trigger: .execution, state: .running, runs: 1)
      let beginning = Beginning(
        slot: slot, input: request.input, requestedBy: launch.id.run.description, executionName: request.name)
      let child = ChildRun(slot: key, name: request.childName(launch.id), launch: launch.id)
      return try await begin(entry, beginning, .insertSlot(slot), others: [.insertChild(child)])
        ? .began : .someoneWasFaster
    } catch {
      switch error {
      case .isRunning(let run):
        return .refused(
          failures.limitExceeded("The job \(run.job) does not run beside itself (overlap), and \(run) is running"))
      case .poolIsFull(let place):
        return .refused(failures.limitExceeded("The pool \(place.name) is full (limit: \(place.limit))"))
      case .unknownJob: return .refused(failures.machineDoesNotExist(request.machineARN))
      case .store(let error): throw error
      case .notReady: throw CancellationError()
      default: return .refused(failures.limitExceeded("\(request.machine) cannot be started: \(error)"))
      }
    }
  }

  /// How many executions a run stands in.
  private func depth(of run: RunID) async throws(StoreError) -> Int {
    var depth = 0
    var slot = run.slot
    while depth < Limits.executionDepth, let child = try await store.child(at: slot) {
      depth += 1
      slot = child.launch.run.slot
    }
    return depth
  }

  /// Forks start many children in one millisecond; the next free instant is mostly right after the latest slot.
  private func freeInstant(for job: JobName, from taken: Instant) async throws(StoreError) -> Instant {
    let latest = try await store.latestSlots(job, limit: 1).first?.key.scheduledAt ?? taken
    let isNear = latest > taken && latest - taken < .seconds(60)
    return ((isNear ? latest : taken) + .milliseconds(1)).besideSchedules
  }

  // MARK: Its end

  /// The run once it is over, whichever instance has it; nil where it is no longer in the store.
  func childEnd(_ id: RunID) async throws(CancellationError) -> Run? {
    let bell = Bell()
    watchers[id, default: []].append(bell)
    defer {
      watchers[id]?.removeAll { $0 === bell }
      if watchers[id]?.isEmpty == true { watchers[id] = nil }
    }
    while true {
      let run = try await childNow(id)
      guard let run, run.status == .running else { return run }
      // Another instance's run rings no bell here.
      await bell.wait(atMost: mailboxes[id] == nil ? .seconds(1) : configuration.lease, time: time)
      if Task.isCancelled { throw CancellationError() }
    }
  }

  /// A child as it is; nil where it is no longer known.
  func childNow(_ id: RunID) async throws(CancellationError) -> Run? {
    try await persistently { try await self.store.run(id) }
  }

  /// Stops the child of a launch that is not waited for any longer. One that runs under its name for another launch is
  /// stopped too, as StopExecution would: that launch asked for the same execution.
  func stopChild(
    _ request: ExecutionRequest, of launch: Launch, reason: String
  ) async throws(CancellationError) {
    try await persistently {
      var id = launch.taskARN.flatMap { RunID($0) }
      if id == nil {
        let child = try await self.store.child(of: request.machine, named: request.childName(launch.id))
        id = child?.launch == launch.id ? child?.run : nil
      }
      guard let id else { return }
      do throws(EngineRefusal) {
        try await self.stop(id, reason: "\(launch.id.run) no longer waits for it: \(reason)")
      } catch {
        if case .store(let error) = error { throw error }
        // It is over, or gone.
      }
    }
  }

  // MARK: Parts

  /// Does something however long the store refuses.
  private func persistently<Value: Sendable>(
    _ act: () async throws -> Value
  ) async throws(CancellationError) -> Value {
    while true {
      do {
        return try await act()
      } catch let error as StoreError {
        storeHealth.failed(error)
        logger.error("the store does not answer for an execution", metadata: ["error": "\(error)"])
      } catch {
        throw CancellationError()
      }
      do { try await time.sleep(for: .seconds(1)) } catch { throw CancellationError() }
    }
  }

  static func waitUntilCancelled() async throws(CancellationError) -> Never {
    let (silence, end) = AsyncStream.makeStream(of: Never.self)
    for await _ in silence {}
    end.finish()
    throw CancellationError()
  }
}
