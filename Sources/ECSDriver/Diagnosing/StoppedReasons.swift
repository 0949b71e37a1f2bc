internal import JobModel

/// The texts that a job looks for in what ECS says of its stopped tasks.
enum StoppedReasons {
  /// A name for each text that the task's stop reason, or a container's reason, contains; in the order of the
  /// texts, and without regard to case.
  static func names(of task: StoppedTask, _ policy: TaskPolicy) -> [String] {
    guard !policy.stoppedReasons.isEmpty else { return [] }
    let said = ([task.stoppedReason] + task.containers.map(\.reason)).compactMap { $0?.lowercased() }
    return policy.stoppedReasons.enumerated().compactMap { place, text in
      let wanted = text.lowercased()
      return !wanted.isEmpty && said.contains { $0.contains(wanted) } ? FailureName.stoppedReason(place) : nil
    }
  }
}
