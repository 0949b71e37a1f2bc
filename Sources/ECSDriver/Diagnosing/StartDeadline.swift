internal import JobModel

/// What becomes of a task that takes too long until it runs. Pure: what ECS shows in, a decision out.
enum StartDeadline {
  /// What is to be done about a task whose time to start is over.
  enum Decision: Equatable, Sendable {
    /// It runs, is over, or somebody stops it already.
    case leave
    case stop(HungStart)
    /// ECS does not show it at present, so nothing can be said of it.
    case lookAgain
  }

  /// What StopTask's reason says, by which the stopped task is known again, also by a later process.
  static let marker = "jobd: startTimeout"

  /// Statuses in which no container runs yet (ECS developer guide, "Task lifecycle").
  private static let starting: Set<String> = ["PROVISIONING", "PENDING", "ACTIVATING"]

  /// - Parameters:
  ///   - task: as DescribeTasks shows it, in ECS's spelling; nil where it does not.
  ///   - age: since its launch was committed.
  static func decision(for task: JSONValue?, age: Duration) -> Decision {
    guard let task, let status = task["lastStatus"]?.stringValue else { return .lookAgain }
    guard starting.contains(status) else { return .leave }
    let stopsAlready = task["desiredStatus"] == "STOPPED" && !isStoppedByDeadline(StoppedTask(task))
    return stopsAlready ? .leave : .stop(HungStart(status: status, seconds: age.components.seconds, task: task))
  }

  /// How old a task is by ECS's own account; nil where it does not say. A clock that is ahead makes none younger
  /// than new.
  static func age(of task: JSONValue, at now: Instant) -> Duration? {
    guard let createdAt = task["createdAt"]?.numberValue else { return nil }
    return max(.zero, now - Instant(milliseconds: Int64(createdAt * 1_000)))
  }

  /// Whether a task runs, and nobody has stopped it.
  static func runs(_ task: JSONValue) -> Bool {
    task["lastStatus"] == "RUNNING" && task["desiredStatus"] != "STOPPED"
  }

  /// Whether none of its containers runs yet, so far as ECS says.
  static func isStarting(_ task: JSONValue) -> Bool {
    task["lastStatus"]?.stringValue.map(starting.contains) ?? true
  }

  /// What to report of a task that was stopped. What really happened counts, where it ended by itself or for
  /// another reason before the stop had an effect.
  ///
  /// - Parameters:
  ///   - verdict: what the stopped task says by itself.
  ///   - hung: what was seen of it when its time was over; nil where this process has not stopped it.
  static func verdict(
    _ verdict: TaskVerdict, of task: JSONValue, hung: HungStart?
  ) -> TaskVerdict {
    guard case .failed(let diagnosis, let aliases) = verdict else { return verdict }
    let stopped = StoppedTask(task)
    guard isStoppedByDeadline(stopped) || (hung != nil && saysNothingElse(stopped)) else { return verdict }
    let hung = hung ?? HungStart(task: task)
    let names = Set([FailureName.taskStopped, .startTimeout, .taskFailedToStart].map(\.rawValue))
    return .failed(
      Diagnosis(class: .startTimeout, sentence: hung.sentence(stopped), exitCodes: diagnosis.exitCodes),
      aliases: HungStart.names(hasRun: !stopped.exitCodes.isEmpty) + aliases.filter { !names.contains($0) })
  }

  private static func isStoppedByDeadline(_ task: StoppedTask) -> Bool {
    task.stoppedReason?.contains(marker) == true
  }

  /// Whether a task that was asked to stop gives no reason of its own for its end.
  private static func saysNothingElse(_ task: StoppedTask) -> Bool {
    switch task.stopCode {
    case "UserInitiated": true
    case nil: task.stoppedReason == nil && task.exitCodes.isEmpty
    default: false
    }
  }
}

/// A task that did not come to run in time.
struct HungStart: Equatable, Sendable {
  /// In which it was when its time was over; nil where an earlier process saw it.
  var status: String?
  /// How old its launch was then.
  var seconds: Int64?
  /// As it was seen then, in ECS's spelling.
  var task: JSONValue

  /// - Parameter hasRun: its containers came to run after it was asked to stop, so that it has not failed to start.
  static func names(hasRun: Bool) -> [String] {
    [FailureName.startTimeout.rawValue] + (hasRun ? [] : [FailureName.taskFailedToStart.rawValue])
  }

  /// StopTask's reason.
  var stopReason: String {
    StartDeadline.marker + " reached" + status.map { " while the task was \($0)\(age)" }.orEmpty
  }

  func sentence(_ stopped: StoppedTask) -> String {
    // The reason that an earlier process gave says what that one saw.
    let was =
      status.map { "it was still \($0)\(age) (startTimeout)" }
      ?? "it did not run in time (\(clipped(stopped.stoppedReason ?? "startTimeout", to: ECSLimits.stopReasonLength)))"
    return "\(stopped.shortName): \(was), so jobd stopped it; \(remedy)"
  }

  private var age: String { seconds.map { " \($0) s after its launch" }.orEmpty }

  /// Of a task that goes on in spite of StopTask for longer than anybody waits for it. What becomes of it is not
  /// known: another attempt might run beside it.
  var unstopped: String { sentence(StoppedTask(task)) + "; it has not stopped yet and may still run" }

  /// What a task does in its status (ECS developer guide, "Task lifecycle").
  private var remedy: String {
    switch status {
    case "PROVISIONING":
      "ECS found no capacity or network interface for it: check the capacity provider and the subnets' free "
        + "addresses, or raise `startTimeout`"
    case "PENDING":
      "its image is being pulled or its container agent does not answer: check the image's size and the way to its "
        + "registry, or raise `startTimeout`"
    default: "retry, or raise `startTimeout`"
    }
  }
}
