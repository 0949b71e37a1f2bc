/// What of an execution a task belongs to, for whoever must not begin work there while the task may still live.
extension Execution {
  /// The innermost scope around a task's attempt that is not replaced by another: the attempt's own scope for as long
  /// as the Parallel or Map around it goes on (even once the branch or iteration itself is over), else the one in
  /// which that state stands, since it was left or is tried again.
  ///
  /// - Parameters:
  ///   - task: the attempt's number.
  ///   - scope: where it was invoked.
  public func reach(of task: Int, in scope: String) -> String {
    var reached = Scope.root
    for part in scope.split(separator: "/").dropFirst() {
      guard let fork = forks.values[reached], fork.tasksBefore < task else { return reached }
      reached += "/" + part
    }
    return reached
  }

  /// Whether one of two scopes is inside the other, or both are the same.
  public static func areNested(_ left: String, _ right: String) -> Bool {
    left == right || left.hasPrefix(right + "/") || right.hasPrefix(left + "/")
  }
}
