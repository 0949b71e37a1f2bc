public import JobModel

/// Whether a stopped task did its work, and if not, why.
public enum TaskVerdict: Equatable, Sendable {
  case succeeded
  /// It says by an exit code that there was nothing to do.
  case skipped(Diagnosis)
  /// `aliases`: names under which Retry and Catch may match, see ``FailureName``.
  case failed(Diagnosis, aliases: [String])
}

/// Judges a stopped task. Pure: DescribeTasks' JSON in, a verdict out.
public enum Judgement {
  /// - Parameters:
  ///   - task: a task whose `lastStatus` is STOPPED, in ECS's or Step Functions' spelling.
  ///   - essential: the names of the task definition's essential containers; nil where unknown.
  public static func verdict(
    of task: JSONValue, essential: Set<String>?, policy: TaskPolicy = .none
  ) -> TaskVerdict {
    let task = StoppedTask(task)
    let counted = countedContainers(of: task, essential: essential)
    let endings = counted.map { ContainerEnding($0, policy) }
    guard endedByItself(task), !endings.isEmpty, !endings.contains(.failed) else {
      return FailureDiagnosis(task: task, counted: counted, policy: policy).verdict
    }
    return endings.contains(.skipped) ? .skipped(skipDiagnosis(task, counted, policy)) : .succeeded
  }

  /// Whether the verdict depends on which containers are essential: the several containers do not all say the same.
  public static func needsEssentialContainers(_ task: JSONValue, policy: TaskPolicy = .none) -> Bool {
    let task = StoppedTask(task)
    guard endedByItself(task), task.containers.count > 1 else { return false }
    return Set(task.containers.map { ContainerEnding($0, policy) }).count > 1
  }

  private static func skipDiagnosis(
    _ task: StoppedTask, _ counted: [StoppedTask.Container], _ policy: TaskPolicy
  ) -> Diagnosis {
    let said = counted.filter { ContainerEnding($0, policy) == .skipped }.map { container in
      "container \"\(clipped(container.name, to: 255))\"" + container.exitCode.map { " exited with code \($0)" }.orEmpty
    }
    return Diagnosis(
      class: .skipped, sentence: said.joined(separator: ", ") + ": nothing to do (skipExitCodes)",
      exitCodes: task.exitCodes)
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

/// What one container's exit code says.
enum ContainerEnding: Hashable, Sendable {
  case succeeded
  case skipped
  /// Also without an exit code: absent never means 0.
  case failed

  init(_ container: StoppedTask.Container, _ policy: TaskPolicy) {
    guard let code = container.exitCode else {
      self = .failed
      return
    }
    self =
      code == 0 || policy.successExitCodes.contains(code)
      ? .succeeded : policy.skipExitCodes.contains(code) ? .skipped : .failed
  }
}
