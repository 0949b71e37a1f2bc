internal import AWSClient
public import JobModel

/// How the watch over a task ended.
public enum TaskEnd: Equatable, Sendable {
  /// The stopped task, in ECS's spelling.
  case stopped(JSONValue)
  /// ECS does not show the task any more (or never did): what became of it cannot be known.
  case unknown(why: String, lastSeen: JSONValue?)
}

/// What the observer knows, and what it asks next, as a value. All times are of the monotonic clock.
struct ObserverState: Sendable {
  struct Key: Hashable, Sendable {
    var cluster: String
    var arn: String
  }

  /// One DescribeTasks call.
  struct Batch: Equatable, Sendable {
    var cluster: String
    var arns: [String]
  }

  private struct Cluster {
    var backoff = Backoff(.seconds(2)...(.seconds(60)))
    var notBefore: Duration = .zero
  }

  /// Until what age a task that was never seen is simply too new.
  var appearance = ECSLimits.appearance
  private var tasks: [Key: WatchedTask] = [:]
  /// Events name a task by its ARN alone.
  private var keys: [String: Set<Key>] = [:]
  private var clusters: [String: Cluster] = [:]
  private var ended = EndedTasks()
  private(set) var trust = EventTrust()

  var count: Int { tasks.count }

  /// - Parameter age: since its launch was committed; never less than zero.
  /// - Returns: when it is to be asked for.
  @discardableResult
  mutating func watch(_ key: Key, age: Duration, at now: Duration) -> Duration {
    if let watched = tasks[key] { return watched.dueAt(trustedUntil: trust.until) }
    let dueAt = ObserverSchedule.next(after: now, interval: ObserverSchedule.shortest)
    tasks[key] = WatchedTask(age: age, dueAt: dueAt, at: now)
    keys[key.arn, default: []].insert(key)
    return dueAt
  }

  mutating func unwatch(_ key: Key) {
    tasks[key] = nil
    keys[key.arn]?.remove(key)
    if keys[key.arn]?.isEmpty == true { keys[key.arn] = nil }
    if !tasks.keys.contains(where: { $0.cluster == key.cluster }) { clusters[key.cluster] = nil }
  }

  /// When something is to be asked next; nil while there is nothing to ask.
  func nextDueAt() -> Duration? { tasks.lazy.compactMap { dueAt($0.key, $0.value) }.min() }

  /// The same of the tasks of one call.
  func nextDueAt(of batch: Batch) -> Duration? {
    batch.arns.lazy.map { Key(cluster: batch.cluster, arn: $0) }
      .compactMap { key in tasks[key].flatMap { dueAt(key, $0) } }.min()
  }

  private func dueAt(_ key: Key, _ watched: WatchedTask) -> Duration? {
    watched.isAsked ? nil : max(watched.dueAt(trustedUntil: trust.until), clusters[key.cluster]?.notBefore ?? .zero)
  }

  /// Whether calls for this cluster's tasks wait, since one has failed.
  func isHeldBack(_ cluster: String) -> Bool { clusters[cluster] != nil }

  /// The calls that are due. A call that is not full takes along tasks that are due next: that costs
  /// nothing and saves a later call.
  mutating func takeBatches(at now: Duration) -> [Batch] {
    var batches: [Batch] = []
    let trusted = trust.until
    var groups: [Group: [(dueAt: Duration, arn: String)]] = [:]
    for (key, watched) in tasks where !watched.isAsked && clusters[key.cluster]?.notBefore ?? .zero <= now {
      groups[Group(cluster: key.cluster, size: watched.groupSize), default: []]
        .append((watched.dueAt(trustedUntil: trusted), key.arn))
    }
    for (group, dueTimes) in groups.sorted(by: { ($0.key.cluster, $0.key.size) < ($1.key.cluster, $1.key.size) }) {
      let dueCount = dueTimes.count { $0.dueAt <= now }
      guard dueCount > 0 else { continue }
      let callCount = (dueCount + group.size - 1) / group.size
      var rest = dueTimes.sorted(by: <).prefix(callCount * group.size).map(\.arn)[...]
      while !rest.isEmpty {
        batches.append(Batch(cluster: group.cluster, arns: Array(rest.prefix(group.size))))
        rest = rest.dropFirst(group.size)
      }
    }
    for batch in batches {
      for arn in batch.arns { tasks[Key(cluster: batch.cluster, arn: arn)]?.isAsked = true }
    }
    return batches
  }

  private struct Group: Hashable {
    var cluster: String
    var size: Int
  }

  /// Takes DescribeTasks' answer apart, task by task: one that cannot be read is as absent as one that
  /// is not there, and the others are none the worse.
  mutating func answered(
    _ batch: Batch, _ answer: JSONValue, at now: Duration, using generator: inout some RandomNumberGenerator
  ) -> [Key: TaskEnd] {
    guard let described = answer["tasks"]?.arrayValue else {
      let error = AWSError(
        kind: .ambiguous, code: "MalformedResponse", message: "DescribeTasks answered without a list `tasks`")
      return failed(batch, error, at: now, using: &generator)
    }
    clusters[batch.cluster] = nil
    var byID: [Substring: JSONValue] = [:]
    for task in described {
      if let arn = taskARN(task), task["lastStatus"]?.stringValue != nil { byID[ObserverState.id(arn)] = task }
    }
    var ends: [Key: TaskEnd] = [:]
    for arn in batch.arns {
      let key = Key(cluster: batch.cluster, arn: arn)
      tasks[key]?.isAsked = false
      tasks[key]?.groupSize = Limits.describeTasksBatch
      if let task = byID[ObserverState.id(arn)] {
        if let end = seen(key, task, at: now) { ends[key] = end }
      } else if let end = absent(key, at: now) {
        ends[key] = end
      }
    }
    for key in ends.keys { unwatch(key) }
    return ends
  }

  /// A call that did not succeed says nothing about its tasks: they are asked for again, later.
  mutating func failed(
    _ batch: Batch, _ error: AWSError, at now: Duration, using generator: inout some RandomNumberGenerator
  ) -> [Key: TaskEnd] {
    let keys = batch.arns.map { Key(cluster: batch.cluster, arn: $0) }
    for key in keys { tasks[key]?.isAsked = false }
    switch error.code {
    // A cluster that does not exist shows no task.
    case "ClusterNotFoundException" where error.kind == .refused:
      var ends: [Key: TaskEnd] = [:]
      for key in keys { if let end = absent(key, at: now) { ends[key] = end } }
      for key in ends.keys { unwatch(key) }
      return ends
    // One identifier that ECS does not take spoils the whole call: ask in halves until it stands alone.
    case "InvalidParameterException" where error.kind == .refused,
      "ClientException" where error.kind == .refused:
      let isAlone = keys.count == 1
      for key in keys {
        if !isAlone { tasks[key]?.groupSize = (keys.count + 1) / 2 }
        tasks[key]?.ask(at: now + (isAlone ? .seconds(60) : .zero))
      }
    default:
      var cluster = clusters[batch.cluster] ?? Cluster()
      cluster.notBefore = now + cluster.backoff.next(using: &generator)
      clusters[batch.cluster] = cluster
    }
    return [:]
  }

  private mutating func seen(_ key: Key, _ task: JSONValue, at now: Duration) -> TaskEnd? {
    guard let watched = tasks[key] else { return nil }
    if TaskLifecycle.isOver(task["lastStatus"]?.stringValue) {
      if watched.lastSeen != nil { trust.missedEnd(at: now) }
      return .stopped(task)
    }
    tasks[key]?.answered(task, at: now)
    return nil
  }

  private mutating func absent(_ key: Key, at now: Duration) -> TaskEnd? {
    tasks[key]?.missing(at: now)
    guard let watched = tasks[key],
      let why = watched.whyUnknown(cluster: key.cluster, appearance: appearance, at: now)
    else { return nil }
    return .unknown(why: why, lastSeen: watched.lastSeen)
  }

  /// The last part of an ARN: older and newer ARN formats differ only before it.
  private static func id(_ arn: String) -> Substring { arn.split(separator: "/").last ?? arn[...] }
}

// MARK: - Events

extension ObserverState {
  /// An event told of a task. What it says is believed where it is no older than what is known.
  ///
  /// - Parameter sentAgo: how long the event was on its way.
  mutating func told(_ change: TaskStateChange, sentAgo: Duration, at now: Duration) -> [Key: TaskEnd] {
    guard let keys = keys[change.arn] else {
      if change.isConclusive { ended.remember(change, at: now) }
      return [:]
    }
    var ends: [Key: TaskEnd] = [:]
    for key in keys {
      guard let watched = tasks[key] else { continue }
      if change.isConclusive, change.version >= watched.version {
        ends[key] = .stopped(change.task)
      } else {
        tasks[key]?.told(change, at: now - max(sentAgo, .zero))
        if change.isEnd { tasks[key]?.toldOfEnd(at: now) }
      }
    }
    if change.isEnd { trust.told() }
    for key in ends.keys { unwatch(key) }
    return ends
  }

  /// The end that an event told of before anybody watched the task.
  mutating func earlierEnd(of arn: String, at now: Duration) -> TaskEnd? {
    guard let task = ended.task(arn, at: now) else { return nil }
    trust.told()
    return .stopped(task)
  }

  /// The queue was read: for a while its events are expected to tell of ends, and asking is slow.
  mutating func queueWorked(at now: Duration) { trust.queueWorked(at: now) }

  /// What is due by the normal schedule is due again.
  mutating func queueFailed() { trust.queueFailed() }
}

// MARK: - Starts

extension ObserverState {
  /// Somebody waits for the task to start: it is asked for by the normal schedule until it has, since a rule
  /// may send ends alone.
  mutating func awaitStart(_ key: Key) { tasks[key]?.awaitStart() }

  mutating func ignoreStart(_ key: Key) { tasks[key]?.awaitsStart = false }

  /// Whether the task has reached RUNNING or a later status; false where it is not watched.
  func hasStarted(_ key: Key) -> Bool { tasks[key]?.hasStarted ?? false }

  /// The newest that is known of a watched task.
  func lastSeen(_ key: Key) -> JSONValue? { tasks[key]?.lastSeen }
}
