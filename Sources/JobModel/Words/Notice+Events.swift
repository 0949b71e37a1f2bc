/// What is told beside failures. Their `MESSAGE` is the event as a word.
extension Notice {
  /// - Parameter run: a run that has succeeded, after one that had not.
  public init(recovered run: Run, launches: [Launch], host: String? = nil) {
    var members: JSONObject = [
      "run": .string(run.id.description), "attempts": .integer(Int64(max(run.launches, launches.count))),
      "startedAt": .string(run.startedAt.description),
    ]
    if let endedAt = run.endedAt { members["endedAt"] = .string(endedAt.description) }
    members["taskArns"] = Notice.taskARNs(launches)
    self.init(
      subject: "\(run.id.job) recovered on \(run.day)",
      body: Notice.body(
        .recovered, "RECOVERED", slot: run.id.slot, day: run.day, timezone: run.policy.timezone, host: host, members))
  }

  /// - Parameter slot: one that was not run, with its reason.
  ///   - others: how many earlier slots were missed with it.
  public init(missed slot: Slot, others: Int = 0, timezone: String, host: String? = nil) {
    let reason = slot.reason ?? "its time passed and it was not run"
    self.init(
      subject: "\(slot.key.job) missed on \(slot.day): \(reason)",
      body: Notice.body(
        .missed, "MISSED", slot: slot.key, day: slot.day, timezone: timezone, host: host,
        [
          "reason": .string(Notice.cut(reason, toBytes: Notice.maximumTextBytes)),
          "missedBefore": .integer(Int64(others)),
          "rerun": .string("jobd ctl rerun \(slot.key.job) --slot \(slot.key.scheduledAt)"),
        ]))
  }

  /// - Parameters:
  ///   - slot: one that has not succeeded by its time.
  ///   - run: the slot's latest run; nil where it has had none.
  ///   - lateAt: the time by which it should have succeeded.
  public init(late slot: Slot, run: Run?, lateAt: Instant, timezone: String, host: String? = nil) {
    let reason = Notice.reason(ofLate: slot, run: run)
    var members: JSONObject = [
      "lateAt": .string(lateAt.description), "state": .string(slot.state.rawValue),
      "reason": .string(Notice.cut(reason, toBytes: Notice.maximumTextBytes)),
    ]
    if let run {
      members["run"] = .string(run.id.description)
      members["attempts"] = .integer(Int64(run.launches))
      members["startedAt"] = .string(run.startedAt.description)
    }
    members["show"] = .string("jobd ctl show \(run?.id.description ?? slot.key.job.description)")
    self.init(
      subject: "\(slot.key.job) late on \(slot.day): \(reason)",
      body: Notice.body(
        .late, "LATE", slot: slot.key, day: slot.day, timezone: timezone, host: host, members))
  }

  /// - Parameters:
  ///   - run: one that goes on.
  ///   - limit: for how long it was to go on at most.
  public init(tooLong run: Run, limit: Duration, launches: [Launch], host: String? = nil) {
    let words = Notice.words(limit)
    self.init(
      subject: "\(run.id.job) too long on \(run.day): it goes on for more than \(words)",
      body: Notice.body(
        .tooLong, "TOO_LONG", slot: run.id.slot, day: run.day, timezone: run.policy.timezone, host: host,
        [
          "run": .string(run.id.description), "attempts": .integer(Int64(max(run.launches, launches.count))),
          "startedAt": .string(run.startedAt.description), "limitSeconds": .integer(limit.components.seconds),
          "reason": .string("the run goes on for more than \(words)"), "taskArns": Notice.taskARNs(launches),
          "stop": .string("jobd ctl stop \(run.id)"),
        ]))
  }

  /// What a slot does instead of having succeeded.
  private static func reason(ofLate slot: Slot, run: Run?) -> String {
    switch slot.state {
    case .running:
      return run.map { "run \($0.id) goes on since \($0.startedAt)" } ?? "it is running"
    case .pending:
      if let reason = slot.reason { return reason }
      return switch slot.wait {
      case .overlap: "it waits for another run of the job to be over"
      case .pool: "it waits for a place in the job's pool"
      case .upstream: "it waits for the jobs that it comes after"
      case .pause: "it waits for the job to be resumed"
      case nil: "it has not been started"
      }
    case .skipped, .missed: return slot.reason ?? "it is \(slot.state.rawValue)"
    case .succeeded, .failed, .timedOut, .aborted:
      return run.map { "run \($0.id) ended as \($0.status.rawValue)" } ?? "it is \(slot.state.rawValue)"
    }
  }
}
