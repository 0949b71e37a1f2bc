internal import ControlAPI
internal import ECSDriver
internal import JobModel
internal import Scheduler
internal import StatesLanguage

/// The control service over the engine and the store: reads come from the store, wishes go to the engine.
struct DaemonControl: ControlService {
  let engine: Engine
  let store: any RunStore
  let time: any TimeSource
  let jobFile: JobFileSource
  let storeDescription: String
  let logs: TaskLogs
  let backups: BackupFolder
  let startedAt: Instant
  let readiness: Readiness

  // MARK: Looking

  func status() async throws(ControlError) -> StatusAnswer {
    try checkReadiness()
    guard let instance = await engine.instance else { throw .unavailable("jobd is stopping") }
    let unsent = try await reading { store throws(StoreError) in try await store.unsentMessages(limit: 10_000) }
    let instances = try await reading { store throws(StoreError) in try await store.instances() }
    let jobs = await engine.jobs()
    let outbox = StatusAnswer.Outbox(
      unsent: unsent.count, oldestAt: unsent.map(\.createdAt).min(), lastError: unsent.compactMap(\.lastError).last)
    return StatusAnswer(
      version: Version.current, instance: instance.id, epoch: instance.epoch, startedAt: startedAt,
      now: time.now(), jobFile: jobFile.path, loadedAt: await jobFile.loadedAt ?? startedAt, jobs: jobs.count,
      pausedJobs: jobs.count { pause($0.state) != nil }, activeRuns: await engine.activeRunCount, outbox: outbox,
      store: StatusAnswer.Store(description: storeDescription, error: await engine.storeError?.message),
      otherInstances: instances.filter { $0.id != instance.id }.sorted { $0.id < $1.id })
  }

  func list(_ query: ListQuery) async throws(ControlError) -> ListAnswer {
    try checkReadiness()
    let now = time.now()
    let jobs = await engine.jobs()
    let days = Dictionary(
      uniqueKeysWithValues: jobs.map { entry in
        let last = query.date ?? entry.job.day(of: now)
        return (entry.job.name, last.adding(days: 1 - query.days)...last)
      })
    guard let first = days.values.map(\.lowerBound).min(), let last = days.values.map(\.upperBound).max() else {
      return ListAnswer(now: now, jobs: [])
    }
    let slots = try await reading { store throws(StoreError) in try await store.slots(days: first...last) }
    let latestIDs = Dictionary(grouping: slots) { DayOfJob(job: $0.key.job, day: $0.day) }
      .compactMapValues { $0.filter { $0.runs > 0 }.max { $0.key < $1.key }?.latestRun }
    let runs = Dictionary(
      try await reading { store throws(StoreError) in try await store.runs(Array(latestIDs.values)) }.map {
        ($0.id, $0)
      },
      uniquingKeysWith: { first, _ in first })
    let active = Dictionary(
      grouping: try await reading { store throws(StoreError) in try await store.activeRuns() }, by: \.id.job)
    let slotsByJob = Dictionary(grouping: slots, by: \.key.job)
    let waiting = Dictionary(
      grouping: try await reading { store throws(StoreError) in try await store.pendingSlots() }, by: \.key.job)
    var rows: [JobRow] = []
    for (job, state, nextDue) in jobs {
      guard let range = days[job.name] else { continue }
      let own = slotsByJob[job.name] ?? []
      let answers = stride(from: range.lowerBound.daysSince1970, through: range.upperBound.daysSince1970, by: 1)
        .map { number in
          let day = CivilDate(daysSince1970: number)
          let run = latestIDs[DayOfJob(job: job.name, day: day)].flatMap { runs[$0] }
          return DayAnswer(
            date: day, state: DayState(slots: own.filter { $0.day == day }), launches: run?.launches ?? 0,
            startedAt: run?.startedAt, endedAt: run?.endedAt)
        }
      let latest = own.filter { $0.day == range.upperBound }.max { $0.key < $1.key }
      rows.append(
        JobRow(
          job: job.name, description: job.job.description, schedules: job.job.schedules.map(\.expression),
          after: job.job.after,
          timezone: job.job.timezone, pause: pause(state), days: answers, nextAt: nextDue?.scheduledAt,
          running: (active[job.name] ?? []).map(\.id).sorted(),
          waiting: (waiting[job.name] ?? []).sorted { $0.key < $1.key }.map(WaitingSlot.init),
          reason: try await reason(of: latest?.latestRun.flatMap { runs[$0] }) ?? latest?.reason))
    }
    return ListAnswer(now: now, jobs: rows)
  }

  func show(_ name: JobName) async throws(ControlError) -> JobAnswer {
    let entry = try await entry(name)
    let now = time.now()
    let slots = try await reading { store throws(StoreError) in try await store.latestSlots(name, limit: 10) }
    let running = try await reading { store throws(StoreError) in try await store.activeRuns(of: name) }
    let times = entry.job.schedules.map { schedule in
      var times: [Instant] = []
      var last = max(now, entry.state.mark)
      while times.count < 3, let next = schedule.next(after: last, rateStart: entry.state.firstSeenAt) {
        if next.fate == .run { times.append(next.scheduledAt) }
        last = next.dueAt
      }
      return times
    }
    let whyNot = try await reading { _ throws(StoreError) in try await engine.whyNot(entry.job, entry.state) }
    return JobAnswer(
      entry.job.job, now: now, nextAt: times,
      explanations: entry.job.schedules.map { $0.expression.explanation(in: $0.zone) },
      pause: pause(entry.state), whyNot: whyNot,
      pool: try await pool(of: entry.job.job), backfill: try await activeBackfill(of: name),
      slots: try await answers(for: slots), running: running.map(\.id).sorted(),
      messages: try await messages(of: slots), version: try await version(of: name, entry.job.job.definition))
  }

  func showRun(_ id: RunID) async throws(ControlError) -> RunAnswer {
    let run = try await reading { store throws(StoreError) in try await store.run(id) }
    guard let run else { throw unknown(id) }
    let launches = try await reading { store throws(StoreError) in try await store.launches(of: id) }
    let messages = try await reading { store throws(StoreError) in try await store.messages(of: id) }
    let slot = try await reading { store throws(StoreError) in try await store.slot(id.slot) }
    let slots = try await answers(for: slot.map { [$0] } ?? [])
    let waits = try await reading { _ throws(StoreError) in try await engine.waits(of: run) }
    var answer = RunAnswer(
      run, timezone: await timezone(of: run), now: time.now(),
      waits: waits.map { RunAnswer.Wait(kind: $0.isRetry ? .retry : .wait, state: $0.state, until: $0.until) },
      launches: launches.map(LaunchAnswer.init), messages: messages.map(MessageAnswer.init), slot: slots.first)
    (answer.definitionVersion, answer.presentVersion, answer.isPresentDefinition) = try await versions(of: run)
    return answer
  }

  func history(_ name: JobName, limit: Int) async throws(ControlError) -> JobHistoryAnswer {
    let slots = try await reading { store throws(StoreError) in try await store.latestSlots(name, limit: limit) }
    if slots.isEmpty { _ = try await entry(name) }
    var zone = await timezone(of: name)
    if let latest = slots.lazy.compactMap(\.latestRun).first {
      let run = try await reading { store throws(StoreError) in try await store.run(latest) }
      if let run { zone = await timezone(of: run) }
    }
    return JobHistoryAnswer(now: time.now(), job: name, timezone: zone, slots: try await answers(for: slots))
  }

  func runMachine(_ id: RunID) async throws(ControlError) -> RunMachineAnswer {
    let run = try await reading { store throws(StoreError) in try await store.run(id) }
    guard let run else { throw unknown(id) }
    return RunMachineAnswer(run)
  }

  func waitForChange(_ id: RunID, after version: Int) async throws(ControlError) -> RunAnswer {
    do { try await engine.waitForChange(of: id, after: version) } catch { throw ControlError(error) }
    return try await showRun(id)
  }

  // MARK: Mending

  func run(_ job: JobName, _ request: RunRequest) async throws(ControlError) -> RunStarted {
    let environment = (request.environment ?? [:]).sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    let wish = RunWish(
      input: request.input, overrides: RunOverrides(environment: environment, command: request.command),
      requestedBy: request.requestedBy, note: request.note)
    return try await asking { () async throws(EngineRefusal) in
      try await started(try await engine.start(job, wish))
    }
  }

  func rerun(_ job: JobName, _ request: RerunRequest) async throws(ControlError) -> RunStarted {
    let target: RerunTarget =
      if let slot = request.slot { .slot(slot) } else if let date = request.date { .day(date) } else { .latest }
    let wish = RerunWish(
      target, force: request.force, isFromFailed: request.fromFailed, keepsDefinition: request.sameDefinition,
      requestedBy: request.requestedBy,
      note: request.note)
    return try await asking { () async throws(EngineRefusal) in
      try await started(try await engine.rerun(job, wish))
    }
  }

  func stop(_ run: RunID, reason: String) async throws(ControlError) {
    try await asking { () async throws(EngineRefusal) in try await engine.stop(run, reason: reason) }
  }

  func pause(_ job: JobName, _ request: PauseRequest) async throws(ControlError) {
    try await asking { () async throws(EngineRefusal) in
      try await engine.pause(job, note: request.note, until: request.until)
    }
  }

  func resume(_ job: JobName) async throws(ControlError) {
    try await asking { () async throws(EngineRefusal) in try await engine.resume(job) }
  }

  func reload() async throws(ControlError) -> ReloadAnswer {
    let reading = await jobFile.read()
    let lines = reading.diagnostics
    guard let jobs = reading.jobs else {
      return ReloadAnswer(jobFile: jobFile.path, isApplied: false, diagnostics: lines)
    }
    let change = try await asking { () async throws(EngineRefusal) in try await engine.reload(jobs) }
    await jobFile.accepted(reading, at: time.now())
    return ReloadAnswer(
      jobFile: jobFile.path, isApplied: true, added: change.added,
      changed: change.changed.map { ChangedJob(job: $0.job, parts: $0.parts) }, removed: change.removed,
      unchanged: change.unchanged, diagnostics: lines)
  }

  // MARK: Parts

  private struct DayOfJob: Hashable {
    var job: JobName
    var day: CivilDate
  }

  private func started(_ run: RunID) async throws(EngineRefusal) -> RunStarted {
    let entry = try await engine.job(run.job)
    return RunStarted(run: run, day: entry.job.day(of: run.slot.scheduledAt), timezone: entry.job.job.timezone)
  }

  private func entry(_ name: JobName) async throws(ControlError) -> (job: CompiledJob, state: JobState) {
    try await asking { () async throws(EngineRefusal) in try await engine.job(name) }
  }

  /// UTC for a job that is no longer in the job file.
  func timezone(of name: JobName) async -> String {
    (try? await engine.job(name))?.job.job.timezone ?? "UTC"
  }

  /// The job's, and of a job that is no longer in the job file the one that it had.
  func timezone(of run: Run) async -> String {
    (try? await engine.job(run.id.job))?.job.job.timezone ?? run.policy.timezone
  }

  /// One that is over by itself is none any more, although it is still written down.
  private func pause(_ state: JobState) -> Pause? {
    state.pause.flatMap { $0.isOver(at: time.now()) ? nil : $0 }
  }

  /// Why a run has no success to show, in one line.
  private func reason(of run: Run?) async throws(ControlError) -> String? {
    guard let run, run.status != .running, run.status != .succeeded else { return nil }
    let launches = try await reading { store throws(StoreError) in
      try await store.latestLaunches(of: run.id, failed: false, limit: 1)
    }
    return RunAnswer.reason(run, launches.map(LaunchAnswer.init))
  }

  private func answers(for slots: [Slot]) async throws(ControlError) -> [SlotAnswer] {
    var answers: [SlotAnswer] = []
    for slot in slots {
      let runs = try await reading { store throws(StoreError) in try await store.runs(of: slot.key) }
      var summaries: [RunSummary] = []
      for run in runs.sorted(by: { $0.id < $1.id }) {
        summaries.append(RunSummary(run, reason: try await reason(of: run)))
      }
      answers.append(SlotAnswer(slot, runs: summaries))
    }
    return answers
  }

  func unknown(_ id: RunID) -> ControlError {
    .notFound("there is no run \(id)", remedy: "jobd ctl history \(id.job) lists the runs that there are")
  }

  func reading<Value: Sendable>(
    _ read: (any RunStore) async throws(StoreError) -> Value
  ) async throws(ControlError) -> Value {
    try checkReadiness()
    do { return try await read(store) } catch { throw ControlError(error) }
  }

  func asking<Value: Sendable>(
    _ ask: () async throws(EngineRefusal) -> Value
  ) async throws(ControlError) -> Value {
    try checkReadiness()
    do { return try await ask() } catch { throw ControlError(error) }
  }

  /// Before the jobs are there, a list would be empty, and every job unknown.
  private func checkReadiness() throws(ControlError) {
    guard readiness.isReady else { throw .unavailable("jobd is still starting", remedy: "Ask again in a moment") }
  }
}

extension ControlError {
  init(_ error: StoreError) {
    self = .unavailable("the store does not answer: \(error.message)")
  }

  init(_ refusal: EngineRefusal) {
    self =
      switch refusal {
      case .unknownJob(let job):
        .notFound("there is no job \(job) in the job file", remedy: "jobd ctl list shows the jobs that there are")
      case .unknownRun(let run):
        .notFound("there is no run \(run)", remedy: "jobd ctl history \(run.job) lists the runs that there are")
      case .noSlot(let job, let when):
        .notFound("\(job) has no slot at \(when)", remedy: "jobd ctl run \(job) runs it now, for a slot of its own")
      case .isRunning(let run):
        .refused("\(run) is running", remedy: "jobd ctl show \(run) shows how far it is; jobd ctl stop \(run) stops it")
      case .hasSucceeded(let slot, let day):
        .refused("\(slot.job) has SUCCEEDED on \(day)", remedy: "to run it again all the same, add --force")
      case .isOver(let run, let status):
        .refused("\(run) is over: \(status.rawValue)")
      case .poolIsFull(let place):
        .refused(
          "pool \(place.name) is full (limit: \(place.limit))",
          remedy: "jobd ctl list shows what is running; try again when one is over")
      case .isBackfilled(let other):
        .refused(
          "\(other.job): a backfill from \(other.from) to \(other.to) is going on already",
          remedy: "wait for it (jobd ctl backfill \(other.job) --status --wait), or cancel it (--cancel)")
      case .nothingFailed(let run):
        .refused(
          "\(run) has SUCCEEDED: no state of it failed", remedy: "without --from-failed it is run from the start")
      case .cannotGoOn(let run, let why):
        .refused("a rerun cannot go on with \(run): \(why)", remedy: "without --from-failed it is run from the start")
      case .unfit(let job, let why): .invalid("\(job): \(why)")
      case .store(let error): ControlError(error)
      case .notReady: .unavailable("jobd is starting or stopping")
      }
  }
}
