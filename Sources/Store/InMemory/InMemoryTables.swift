internal import JobModel

/// What the in-memory store holds, with a way back: every change notes how it is undone, so that a
/// batch whose condition fails in the middle leaves nothing behind and costs what it changed, not what
/// there is.
struct InMemoryTables {
  var instances: [InstanceID: Instance] = [:]
  var jobStates: [JobName: JobState] = [:]
  var slots: [JobName: [Instant: Slot]] = [:]
  var pending: Set<SlotKey> = []
  var runs: [RunID: Run] = [:]
  var runsOfSlots: [SlotKey: Set<Int>] = [:]
  var active: Set<RunID> = []
  var succeeded: [JobName: Set<RunID>] = [:]
  var launches: [RunID: [Int: Launch]] = [:]
  var history: [RunID: [Int: HistoryEvent]] = [:]
  var scopes: [RunID: [String: [UInt8]]] = [:]
  var messages: [String: OutboxMessage] = [:]
  /// The runs whose history, and whose logs, a retention has removed.
  var withoutHistory: Set<RunID> = []
  var withoutLogs: Set<RunID> = []
  var pools: [String: Int] = [:]
  var backfills: [JobName: [Instant: Backfill]] = [:]
  var stopRequests: [RunID: String] = [:]
  var answers: [RunID: [Int: TaskAnswer]] = [:]
  var children: [SlotKey: ChildRun] = [:]
  /// By job and name.
  var childNames: [JobName: [String: SlotKey]] = [:]
  private var epoch = 0
  var versions: [JobName: [KeptVersion]] = [:]
  var undo: [(inout InMemoryTables) -> Void] = []

  mutating func commit(_ batch: [StoreWrite]) -> CommitResult {
    undo.removeAll(keepingCapacity: true)
    for (index, write) in batch.enumerated() where !perform(write) {
      let steps = undo
      for step in steps.reversed() { step(&self) }
      return .conflict(at: index)
    }
    return .committed
  }

  mutating func register(_ id: InstanceID, startedAt: Instant, leaseUntil: Instant) -> Instance {
    epoch += 1
    let instance = Instance(id: id, epoch: epoch, leaseUntil: leaseUntil, startedAt: startedAt)
    instances[id] = instance
    return instance
  }

  mutating func removeInstance(_ id: InstanceID) {
    if !active.contains(where: { runs[$0]?.owner.instance == id }) { instances[id] = nil }
  }

  /// Performs one write; answers whether its condition held.
  private mutating func perform(_ write: StoreWrite) -> Bool {
    switch write {
    case .insertSlot(let slot): return put(slot, replacing: nil)
    case .updateSlot(let slot): return put(slot, replacing: slot.version - 1)
    case .insertRun(let run):
      guard runs[run.id] == nil else { return false }
      put(run)
    case .insertChild(let child): return put(child)
    case .updateRun(let run): return update(run, ownedBy: run.owner)
    case .adoptRun(let run, let former, let now):
      if let instance = instances[former.instance], instance.epoch == former.epoch, instance.leaseUntil > now {
        return false
      }
      return update(run, ownedBy: former)
    case .insertLaunch(let launch): return put(launch, ifThere: false)
    case .updateLaunch(let launch): return put(launch, ifThere: true)
    case .appendHistory(let run, let events): return append(events, to: run)
    case .putScope(let run, let scope, let snapshot): put(snapshot, run, scope)
    case .removeScope(let run, let scope): put(nil, run, scope)
    case .insertJobState(let state): return put(state, replacing: nil)
    case .updateJobState(let state): return put(state, replacing: state.version - 1)
    case .insertMessage(let message):
      if messages[message.id] == nil { put(message) }
    case .updateMessage(let message):
      guard messages[message.id]?.version == message.version - 1 else { return false }
      put(message)
    case .advancePool(let pool, let from):
      let former = pools[pool]
      guard former ?? 0 == from else { return false }
      pools[pool] = from + 1
      undo.append { $0.pools[pool] = former }
    case .insertBackfill(let backfill): return put(backfill, replacing: nil)
    case .updateBackfill(let backfill): return put(backfill, replacing: backfill.version - 1)
    case .requestStop(let run, let reason):
      if stopRequests[run] == nil { put(reason, stopping: run) }
    case .useDefinition(let job, let definition, let now): use(definition, by: job, at: now)
    case .insertAnswer, .removeAnswer, .expectOpen, .expectUnanswered: return performAnswer(write)
    case .renewLease(let id, let epoch, let until):
      guard let instance = instances[id], instance.epoch == epoch else { return false }
      instances[id]?.leaseUntil = until
      undo.append { $0.instances[id] = instance }
    }
    return true
  }

  private mutating func put(_ slot: Slot, replacing version: Int?) -> Bool {
    let key = slot.key
    let former = slots[key.job]?[key.scheduledAt]
    guard former?.version == version else { return false }
    set(key, slot)
    undo.append { $0.set(key, former) }
    return true
  }

  /// The slot and what is derived from it.
  mutating func set(_ key: SlotKey, _ slot: Slot?) {
    slots[key.job, default: [:]][key.scheduledAt] = slot
    if slot?.state == .pending { pending.insert(key) } else { pending.remove(key) }
  }

  private mutating func put(_ state: JobState, replacing version: Int?) -> Bool {
    let former = jobStates[state.job]
    guard former?.version == version else { return false }
    jobStates[state.job] = state
    undo.append { $0.jobStates[state.job] = former }
    return true
  }

  private mutating func update(_ run: Run, ownedBy owner: Ownership) -> Bool {
    guard let former = runs[run.id], former.owner == owner, former.version == run.version - 1 else { return false }
    put(run.beginning(as: former))
    if run.status != .running {
      put(nil, stopping: run.id)
      removeAnswers(of: run.id)
    }
    return true
  }

  private mutating func put(_ run: Run) {
    let former = runs[run.id]
    set(run.id, run)
    undo.append { $0.set(run.id, former) }
  }

  /// The run and what is derived from it.
  mutating func set(_ id: RunID, _ run: Run?) {
    runs[id] = run
    if run == nil {
      runsOfSlots[id.slot]?.remove(id.rerun)
    } else {
      runsOfSlots[id.slot, default: []].insert(id.rerun)
    }
    if run?.status == .running { active.insert(id) } else { active.remove(id) }
    if run?.status == .succeeded {
      succeeded[id.job, default: []].insert(id)
    } else {
      succeeded[id.job]?.remove(id)
    }
  }

  private mutating func put(_ child: ChildRun) -> Bool {
    guard children[child.slot] == nil, childNames[child.slot.job]?[child.name] == nil else { return false }
    children[child.slot] = child
    childNames[child.slot.job, default: [:]][child.name] = child.slot
    undo.append { $0.removeChild(child.slot) }
    return true
  }

  mutating func removeChild(_ slot: SlotKey) {
    guard let child = children.removeValue(forKey: slot) else { return }
    childNames[slot.job]?[child.name] = nil
  }

  private mutating func put(_ launch: Launch, ifThere isThere: Bool) -> Bool {
    let id = launch.id
    let former = launches[id.run]?[id.number]
    guard (former != nil) == isThere else { return false }
    launches[id.run, default: [:]][id.number] = launch
    undo.append { $0.launches[id.run]?[id.number] = former }
    return true
  }

  private mutating func append(_ events: [HistoryEvent], to run: RunID) -> Bool {
    for event in events {
      guard history[run]?[event.id] == nil else { return false }
      history[run, default: [:]][event.id] = event
      undo.append { $0.history[run]?[event.id] = nil }
    }
    return true
  }

  private mutating func put(_ snapshot: [UInt8]?, _ run: RunID, _ scope: String) {
    let former = scopes[run]?[scope]
    scopes[run, default: [:]][scope] = snapshot
    undo.append { $0.scopes[run]?[scope] = former }
  }

  private mutating func put(_ backfill: Backfill, replacing version: Int?) -> Bool {
    let (job, createdAt) = (backfill.job, backfill.createdAt)
    let former = backfills[job]?[createdAt]
    guard former?.version == version else { return false }
    backfills[job, default: [:]][createdAt] = backfill
    undo.append { $0.backfills[job]?[createdAt] = former }
    return true
  }

  private mutating func put(_ reason: String?, stopping run: RunID) {
    let former = stopRequests[run]
    stopRequests[run] = reason
    undo.append { $0.stopRequests[run] = former }
  }

  private mutating func put(_ message: OutboxMessage) {
    let former = messages[message.id]
    messages[message.id] = message
    undo.append { $0.messages[message.id] = former }
  }
}

extension Run {
  /// The run as it is now, with what it began with as it was inserted.
  fileprivate func beginning(as former: Run) -> Run {
    var run = former
    (run.status, run.owner, run.version) = (status, owner, version)
    (run.endedAt, run.launches) = (endedAt, launches)
    (run.output, run.error, run.cause) = (output, error, cause)
    return run
  }
}
