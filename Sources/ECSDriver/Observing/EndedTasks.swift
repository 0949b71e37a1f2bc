internal import JobModel

/// The ends of tasks that nobody follows: a fast task may stop before RunTask's answer is committed.
/// Bounded in count and age, since a queue may tell of everybody's tasks.
struct EndedTasks: Sendable {
  private struct Ended {
    var task: JSONValue
    var version: Int64
  }

  private var tasks: [String: Ended] = [:]
  /// The tasks' ARNs as they came.
  private var order: [(arn: String, at: Duration)] = []

  var count: Int { tasks.count }

  mutating func remember(_ change: TaskStateChange, at now: Duration) {
    forget(at: now)
    if let known = tasks[change.arn] {
      if known.version > change.version { return }
    } else {
      if order.count >= ECSLimits.endedTasks { tasks[order.removeFirst().arn] = nil }
      order.append((change.arn, now))
    }
    tasks[change.arn] = Ended(task: change.task, version: change.version)
  }

  /// The stopped task; it stays, since several may ask.
  mutating func task(_ arn: String, at now: Duration) -> JSONValue? {
    forget(at: now)
    return tasks[arn]?.task
  }

  private mutating func forget(at now: Duration) {
    let old = order.prefix { now - $0.at > ECSLimits.endedTaskAge }
    for (arn, _) in old { tasks[arn] = nil }
    order.removeFirst(old.count)
  }
}
