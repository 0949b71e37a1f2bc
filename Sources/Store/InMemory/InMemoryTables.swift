internal import JobModel

/// What the in-memory store holds, with a way back: every change notes how it is undone, so that a
/// batch whose condition fails in the middle leaves nothing behind and costs what it changed, not what
/// there is.
struct InMemoryTables {
  private(set) var instances: [InstanceID: Instance] = [:]
  private(set) var jobStates: [JobName: JobState] = [:]
  private(set) var slots: [JobName: [Instant: Slot]] = [:]
  private(set) var runs: [RunID: Run] = [:]
  private(set) var runsOfSlots: [SlotKey: Set<Int>] = [:]
  private(set) var active: Set<RunID> = []
  private(set) var launches: [RunID: [Int: Launch]] = [:]
  private(set) var history: [RunID: [Int: HistoryEvent]] = [:]
  private(set) var scopes: [RunID: [String: [UInt8]]] = [:]
  private(set) var messages: [String: OutboxMessage] = [:]
  private var epoch = 0
  private var undo: [(inout InMemoryTables) -> Void] = []

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
    slots[key.job, default: [:]][key.scheduledAt] = slot
    undo.append { $0.slots[key.job]?[key.scheduledAt] = former }
    return true
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
    put(run)
    return true
  }

  private mutating func put(_ run: Run) {
    let former = runs[run.id]
    set(run.id, run)
    undo.append { $0.set(run.id, former) }
  }

  /// The run and what is derived from it.
  private mutating func set(_ id: RunID, _ run: Run?) {
    runs[id] = run
    if run == nil {
      runsOfSlots[id.slot]?.remove(id.rerun)
    } else {
      runsOfSlots[id.slot, default: []].insert(id.rerun)
    }
    if run?.status == .running { active.insert(id) } else { active.remove(id) }
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

  private mutating func put(_ message: OutboxMessage) {
    let former = messages[message.id]
    messages[message.id] = message
    undo.append { $0.messages[message.id] = former }
  }
}
