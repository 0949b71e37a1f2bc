internal import JobModel

/// What the observer knows of one task. All times are of the monotonic clock.
struct WatchedTask: Sendable {
  var watchedAt: Duration
  var ageAtWatch: Duration
  /// When it is to be asked for,
  private(set) var dueAt: Duration
  /// and when at the latest while events are expected to tell of its end; never before ``dueAt``.
  private(set) var latestAt: Duration
  /// In a batch that has not been answered yet.
  var isAsked = false
  /// How many tasks it may share a call with; halved while ECS refuses the whole call for one of them.
  var groupSize = Limits.describeTasksBatch
  /// Answers in a row without it.
  private(set) var absences = 0
  /// The newest that is known of it, by answer or event.
  private(set) var lastSeen: JSONValue?
  private(set) var lastSeenAt: Duration?
  /// ECS counts a task's changes (ECS API, Task, `version`); the highest seen, 0 where there was none.
  private(set) var version: Int64 = 0
  /// Whether it has reached RUNNING, or a later status.
  private(set) var hasStarted = false
  /// Somebody waits for ``hasStarted``: events need not tell of that.
  var awaitsStart = false
  /// An event said that it has stopped, and a verdict needs DescribeTasks' word.
  private(set) var isSaidToHaveStopped = false

  init(age: Duration, dueAt: Duration, at now: Duration) {
    watchedAt = now
    ageAtWatch = max(age, .zero)
    self.dueAt = dueAt
    latestAt = dueAt
  }

  func age(at now: Duration) -> Duration { ageAtWatch + (now - watchedAt) }

  var status: String? { lastSeen?["lastStatus"]?.stringValue }

  /// - Parameter trustedUntil: until when events are expected to tell of its end.
  func dueAt(trustedUntil: Duration) -> Duration { min(latestAt, max(dueAt, trustedUntil)) }

  /// Is to be asked for then, whatever events may tell.
  mutating func ask(at dueAt: Duration) {
    self.dueAt = dueAt
    latestAt = dueAt
  }

  /// It is no longer enough to ask slowly.
  mutating func awaitStart() {
    awaitsStart = true
    if !hasStarted { latestAt = dueAt }
  }

  /// ECS answered with it, alive.
  mutating func answered(_ task: JSONValue, at now: Duration) {
    // Answers are eventually consistent, too: an older one is no news.
    if taskVersion(task) >= version { lastSeen = task }
    noteStatus(of: task, at: now)
    absences = 0
    let needsAsking = isSaidToHaveStopped || awaitsStart && !hasStarted
    let interval =
      isSaidToHaveStopped
      ? ObserverSchedule.shortest : ObserverSchedule.interval(age: age(at: now), status: status)
    dueAt = ObserverSchedule.next(after: now, interval: interval)
    latestAt = needsAsking ? dueAt : ObserverSchedule.next(after: now, interval: ObserverSchedule.withEvents)
  }

  /// ECS answered without it.
  mutating func missing(at now: Duration) {
    absences += 1
    ask(at: now + ObserverSchedule.delay(absences: absences))
  }

  /// An event told of it, and does not end it.
  ///
  /// - Parameter then: when that was.
  mutating func told(_ change: TaskStateChange, at then: Duration) {
    if change.version > version || lastSeen == nil { lastSeen = change.task }
    noteStatus(of: change.task, at: then)
  }

  /// An event says that it has stopped, without what a verdict needs.
  mutating func toldOfEnd(at now: Duration) {
    isSaidToHaveStopped = true
    ask(at: min(dueAt, ObserverSchedule.next(after: now, interval: ObserverSchedule.shortest)))
  }

  /// It cannot have been there before its launch, whatever clock the event was dated by.
  private mutating func noteStatus(of task: JSONValue, at then: Duration) {
    version = max(version, taskVersion(task))
    lastSeenAt = max(lastSeenAt ?? then, then, watchedAt - ageAtWatch)
    hasStarted = hasStarted || TaskLifecycle.hasStarted(task)
  }
}

extension WatchedTask {
  /// MISSING means too new, expired or elsewhere: decided by age and by what was last seen.
  ///
  /// - Returns: why it cannot be known any more what became of it; nil while that is open.
  func whyUnknown(cluster: String, appearance: Duration, at now: Duration) -> String? {
    guard absences >= ECSLimits.absences else { return nil }
    let age = age(at: now)
    if let lastSeenAt {
      guard now - lastSeenAt > ECSLimits.stoppedTaskVisible else { return nil }
      return "ECS does not show it any more; it was last seen \(status ?? "there") \(minutes(now - lastSeenAt)) ago, "
        + "and ECS forgets a stopped task after an hour"
    }
    guard age > appearance, now - watchedAt > ECSLimits.search else { return nil }
    return age > ECSLimits.stoppedTaskVisible
      ? "ECS does not show it \(minutes(age)) after its launch; it has probably stopped, and ECS forgets a stopped "
        + "task after an hour"
      : "ECS has never shown it in cluster \(cluster) in the \(minutes(age)) since its launch; check the cluster "
        + "and the region"
  }

  private func minutes(_ length: Duration) -> String { "\(length.wholeMilliseconds / 60_000) minutes" }
}

func taskVersion(_ task: JSONValue) -> Int64 { task["version"]?.integerValue ?? 0 }

/// The order of a task's statuses (ECS developer guide, "Task lifecycle").
enum TaskLifecycle {
  /// On the way to STOPPED.
  static let ending: Set<String> = ["DEACTIVATING", "STOPPING", "DEPROVISIONING"]

  /// DELETED is what ECS calls a stopped task that it is about to forget.
  static func isOver(_ status: String?) -> Bool { status == "STOPPED" || status == "DELETED" }

  /// Whether it has reached RUNNING, or a later status: a task that failed to start has, too.
  static func hasStarted(_ task: JSONValue) -> Bool {
    let status = task["lastStatus"]?.stringValue
    if status == "RUNNING" || isOver(status) || ending.contains(status ?? "") { return true }
    return task["startedAt"].map { !$0.isNull } ?? false
  }
}
