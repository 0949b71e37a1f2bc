public import JobModel

/// Whether a stopped task did its work, and if not, why.
public enum TaskVerdict: Equatable, Sendable {
  case succeeded
  /// `aliases`: names under which Retry and Catch may match, see ``ReasonRule``.
  case failed(Diagnosis, aliases: [String])
}

/// Judges a stopped task. Pure: DescribeTasks' JSON in, a verdict out.
public enum Judgement {
  /// - Parameters:
  ///   - task: a task whose `lastStatus` is STOPPED, in ECS's or Step Functions' spelling.
  ///   - essential: the names of the task definition's essential containers; nil where unknown.
  public static func verdict(of task: JSONValue, essential: Set<String>?) -> TaskVerdict {
    let task = StoppedTask(task)
    let counted = countedContainers(of: task, essential: essential)
    if endedByItself(task), !counted.isEmpty, counted.allSatisfy({ $0.exitCode == 0 }) { return .succeeded }
    return FailureDiagnosis(task: task, counted: counted).verdict
  }

  /// Whether the verdict depends on which containers are essential: only some of several containers
  /// have exited with 0.
  public static func needsEssentialContainers(_ task: JSONValue) -> Bool {
    let task = StoppedTask(task)
    guard endedByItself(task), task.containers.count > 1 else { return false }
    return Set(task.containers.map { $0.exitCode == 0 }).count > 1
  }

  /// Essential containers alone decide. Where they are unknown all count: better a success that is told
  /// as a failure than a failure that nobody hears of.
  private static func countedContainers(of task: StoppedTask, essential: Set<String>?) -> [StoppedTask.Container] {
    if let essential {
      let named = task.containers.filter { essential.contains($0.name) }
      if !named.isEmpty { return named }
    }
    return task.containers
  }

  /// Whether its containers ended the task, rather than ECS, its host or a person. A container that
  /// exits with 0 upon SIGTERM has not done its work.
  static func endedByItself(_ task: StoppedTask) -> Bool {
    let reason = task.stoppedReason ?? ""
    let saysSo = reason.hasPrefix("Essential container in task exited")
    switch task.stopCode {
    case "EssentialContainerExited": return true
    case nil: return saysSo || ReasonRule.rule(for: reason) == nil
    default: return saysSo
    }
  }
}
