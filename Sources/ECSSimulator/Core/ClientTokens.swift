internal import JobModel

/// RunTask's idempotency (ECS API, "Ensuring idempotency"): per cluster; the same token and parameters
/// give the original answer, its failures included; other parameters a conflict. A token lives for the
/// shorter of 24 hours and its tasks' life + 1 hour.
struct ClientTokens: Sendable {
  private struct Entry: Sendable {
    var input: JSONObject
    var answer: JSONValue
    var tasks: Set<String>
    var createdAt: Instant
    /// When the last of its tasks stopped; nil while one runs, or where there were none.
    var endedAt: Instant?

    func isAlive(at now: Instant) -> Bool {
      if now - createdAt >= .seconds(24 * 3_600) { return false }
      return endedAt.map { now - $0 < .seconds(3_600) } ?? true
    }
  }

  private struct Key: Hashable, Sendable {
    var cluster: String
    var token: String
  }

  private var entries: [Key: Entry] = [:]
  private var taskARNs: [Key: [String]] = [:]
  private var sweepAt = 1_024

  var count: Int { entries.count }

  /// The original answer; nil for a token that is not alive.
  func answer(
    to input: JSONObject, cluster: String, token: String, at now: Instant
  ) throws(ServiceError) -> JSONValue? {
    let key = Key(cluster: cluster, token: token)
    guard let entry = entries[key], entry.isAlive(at: now) else { return nil }
    if entry.input == input { return entry.answer }
    throw ServiceError(
      code: "ConflictException",
      message: "The client token has already been used with other parameters.",
      details: ["resourceIds": .array((taskARNs[key] ?? []).map { .string($0) })])
  }

  mutating func remember(
    _ input: JSONObject, answer: JSONValue, tasks: [(id: String, arn: String)], cluster: String, token: String,
    at now: Instant
  ) {
    let key = Key(cluster: cluster, token: token)
    entries[key] = Entry(input: input, answer: answer, tasks: Set(tasks.map(\.id)), createdAt: now)
    taskARNs[key] = tasks.map(\.arn)
    if entries.count >= sweepAt {
      entries = entries.filter { $0.value.isAlive(at: now) }
      taskARNs = taskARNs.filter { entries[$0.key] != nil }
      sweepAt = max(1_024, entries.count * 2)
    }
  }

  mutating func taskStopped(_ id: String, cluster: String, token: String, at now: Instant) {
    let key = Key(cluster: cluster, token: token)
    guard var entry = entries[key], entry.tasks.remove(id) != nil else { return }
    if entry.tasks.isEmpty { entry.endedAt = now }
    entries[key] = entry
  }
}
