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

  private struct Watched {
    var watchedAt: Duration
    var ageAtWatch: Duration
    var dueAt: Duration
    /// In a batch that has not been answered yet.
    var isAsked = false
    /// How many tasks it may share a call with; halved while ECS refuses the whole call for one of them.
    var groupSize = Limits.describeTasksBatch
    /// Answers in a row without it.
    var absences = 0
    var lastSeen: JSONValue?
    var lastSeenAt: Duration?

    func age(at now: Duration) -> Duration { ageAtWatch + (now - watchedAt) }
  }

  private struct Cluster {
    var backoff = Backoff(.seconds(2)...(.seconds(60)))
    var notBefore: Duration = .zero
  }

  /// Until what age a task that was never seen is simply too new.
  var appearance = ECSLimits.appearance
  private var tasks: [Key: Watched] = [:]
  private var clusters: [String: Cluster] = [:]

  var count: Int { tasks.count }

  func isWatched(_ key: Key) -> Bool { tasks[key] != nil }

  /// Whether the task was seen in a status behind the start.
  func hasStarted(_ key: Key) -> Bool {
    guard let status = tasks[key]?.lastSeen?["lastStatus"]?.stringValue else { return false }
    return !["PROVISIONING", "PENDING", "ACTIVATING"].contains(status)
  }

  /// - Parameter age: since its launch was committed; never less than zero.
  /// - Returns: when it is to be asked for.
  @discardableResult
  mutating func watch(_ key: Key, age: Duration, at now: Duration) -> Duration {
    if let watched = tasks[key] { return watched.dueAt }
    let dueAt = ObserverSchedule.next(after: now, interval: ObserverSchedule.shortest)
    tasks[key] = Watched(watchedAt: now, ageAtWatch: max(age, .zero), dueAt: dueAt)
    return dueAt
  }

  mutating func unwatch(_ key: Key) {
    tasks[key] = nil
    if !tasks.keys.contains(where: { $0.cluster == key.cluster }) { clusters[key.cluster] = nil }
  }

  /// When something is to be asked next; nil while there is nothing to ask.
  func nextDueAt() -> Duration? {
    tasks.lazy.filter { !$0.value.isAsked }.map { max($0.value.dueAt, clusters[$0.key.cluster]?.notBefore ?? .zero) }
      .min()
  }

  /// The calls that are due. A call that is not full takes along tasks that are due next: that costs
  /// nothing and saves a later call.
  mutating func takeBatches(at now: Duration) -> [Batch] {
    var batches: [Batch] = []
    let free = tasks.filter { !$0.value.isAsked && clusters[$0.key.cluster]?.notBefore ?? .zero <= now }
    let groups = Dictionary(grouping: free) { Group(cluster: $0.key.cluster, size: $0.value.groupSize) }
    for (group, members) in groups.sorted(by: { ($0.key.cluster, $0.key.size) < ($1.key.cluster, $1.key.size) }) {
      let dueCount = members.count { $0.value.dueAt <= now }
      guard dueCount > 0 else { continue }
      let callCount = (dueCount + group.size - 1) / group.size
      let ordered = members.sorted { ($0.value.dueAt, $0.key.arn) < ($1.value.dueAt, $1.key.arn) }
      var rest = ordered.prefix(callCount * group.size).map(\.key.arn)[...]
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
        tasks[key]?.dueAt = now + (isAlone ? .seconds(60) : .zero)
      }
    default:
      var cluster = clusters[batch.cluster] ?? Cluster()
      cluster.notBefore = now + cluster.backoff.next(using: &generator)
      clusters[batch.cluster] = cluster
    }
    return [:]
  }

  private mutating func seen(_ key: Key, _ task: JSONValue, at now: Duration) -> TaskEnd? {
    guard var watched = tasks[key] else { return nil }
    let status = task["lastStatus"]?.stringValue
    // DELETED is what ECS calls a stopped task that it is about to forget.
    if status == "STOPPED" || status == "DELETED" { return .stopped(task) }
    watched.lastSeen = task
    watched.lastSeenAt = now
    watched.absences = 0
    watched.dueAt = ObserverSchedule.next(
      after: now, interval: ObserverSchedule.interval(age: watched.age(at: now), status: status))
    tasks[key] = watched
    return nil
  }

  /// MISSING means too new, expired or elsewhere: decided by age and by what was last seen.
  private mutating func absent(_ key: Key, at now: Duration) -> TaskEnd? {
    guard var watched = tasks[key] else { return nil }
    watched.absences += 1
    watched.dueAt = now + ObserverSchedule.delay(absences: watched.absences)
    tasks[key] = watched
    guard watched.absences >= ECSLimits.absences else { return nil }
    let age = watched.age(at: now)
    if let lastSeenAt = watched.lastSeenAt {
      guard now - lastSeenAt > ECSLimits.stoppedTaskVisible else { return nil }
      let status = watched.lastSeen?["lastStatus"]?.stringValue ?? "there"
      return .unknown(
        why: "ECS does not show it any more; it was last seen \(status) \(minutes(now - lastSeenAt)) ago, "
          + "and ECS forgets a stopped task after an hour", lastSeen: watched.lastSeen)
    }
    guard age > appearance else { return nil }
    let why =
      age > ECSLimits.stoppedTaskVisible
      ? "ECS does not show it \(minutes(age)) after its launch; it has probably stopped, and ECS forgets a stopped "
        + "task after an hour"
      : "ECS has never shown it in cluster \(key.cluster) in the \(minutes(age)) since its launch; check the cluster "
        + "and the region"
    return .unknown(why: why, lastSeen: nil)
  }

  private func minutes(_ length: Duration) -> String { "\(length.wholeMilliseconds / 60_000) minutes" }

  /// The last part of an ARN: older and newer ARN formats differ only before it.
  private static func id(_ arn: String) -> Substring { arn.split(separator: "/").last ?? arn[...] }
}
