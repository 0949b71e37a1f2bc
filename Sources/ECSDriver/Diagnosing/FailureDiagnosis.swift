internal import JobModel

/// Puts a failed task into one sentence.
struct FailureDiagnosis {
  var task: StoppedTask
  /// The containers that decide.
  var counted: [StoppedTask.Container]
  var policy = TaskPolicy.none

  var verdict: TaskVerdict {
    let match = isStopCodeEnough ? nil : firstRule
    let finding = match.map { described($0.rule, $0.container) } ?? byStopCode ?? byExitCode ?? nothingKnown
    let diagnosis = Diagnosis(
      class: finding.diagnosis, sentence: "\(task.shortName): \(finding.sentence)", exitCodes: task.exitCodes)
    return .failed(diagnosis, aliases: aliases(finding))
  }

  private struct Finding {
    var diagnosis: Diagnosis.Class
    var alias: FailureName?
    var sentence: String
  }

  /// Codes beside which the reason is whatever the caller of StopTask wrote, or nothing new.
  private var isStopCodeEnough: Bool { task.stopCode == "UserInitiated" || task.stopCode == "SpotInterruption" }

  /// Containers say more than the task does; of containers those that decide, and of those the failed.
  private var firstRule: (rule: ReasonRule, container: StoppedTask.Container?)? {
    for container in failedFirst(counted) + (counted.isEmpty ? task.containers : []) {
      if ContainerEnding(container, policy) == .failed, let reason = container.reason,
        let rule = ReasonRule.rule(for: reason)
      {
        return (rule, container)
      }
    }
    return task.stoppedReason.flatMap(ReasonRule.rule).map { ($0, nil) }
  }

  private func failedFirst(_ containers: [StoppedTask.Container]) -> [StoppedTask.Container] {
    let failed = containers.filter { ContainerEnding($0, policy) == .failed }
    return failed.filter { $0.exitCode != nil } + failed.filter { $0.exitCode == nil }
  }

  private func described(_ rule: ReasonRule, _ container: StoppedTask.Container?) -> Finding {
    let named = container ?? failedFirst(counted).first { $0.exitCode != nil }
    let place = named.map { name($0) + exited($0) + ": " } ?? ""
    let reason = container?.reason ?? task.stoppedReason ?? ""
    return Finding(
      diagnosis: rule.diagnosis, alias: rule.alias,
      sentence: place + quoted(reason) + (rule.remedy.map { "; \($0)" } ?? ""))
  }

  /// Codes whose reason text told nothing (ECS API, Task, `stopCode`).
  private var byStopCode: Finding? {
    let reason = task.stoppedReason.map { ": \(quoted($0))" } ?? ""
    switch task.stopCode {
    case "TaskFailedToStart":
      return Finding(
        diagnosis: .failedToStart, alias: .taskFailedToStart,
        sentence: "it failed to start\(containerReason ?? reason)")
    case "SpotInterruption":
      return Finding(
        diagnosis: .spot, alias: .spotInterruption,
        sentence: "Spot capacity was taken back\(reason); retry, or run it on FARGATE rather than FARGATE_SPOT")
    case "TerminationNotice", "InfrastructureHealth":
      return Finding(
        diagnosis: .stopped, alias: .hostTerminated, sentence: "ECS took its host away\(reason); run it again")
    case "UserInitiated":
      return Finding(diagnosis: .stopped, alias: .taskStopped, sentence: "somebody stopped it\(reason)")
    case "ServiceSchedulerInitiated":
      return Finding(
        diagnosis: .stopped, alias: .taskStopped, sentence: "the service scheduler stopped it\(reason)")
    case nil, "EssentialContainerExited": return nil
    case let code?:
      return Judgement.endedByItself(task)
        ? nil : Finding(diagnosis: .stopped, alias: .taskStopped, sentence: "ECS stopped it (\(code))\(reason)")
    }
  }

  private var byExitCode: Finding? {
    guard let container = failedFirst(counted).first, let code = container.exitCode else { return nil }
    let reason = container.reason.map { ": \(quoted($0))" } ?? ""
    let others = failedFirst(counted).dropFirst().filter { $0.exitCode != nil }.map { name($0) + exited($0) }
    let also = others.isEmpty ? "" : ", " + others.joined(separator: ", ")
    return Finding(
      diagnosis: .exitCode, alias: nil,
      sentence: name(container) + exited(container) + FailureDiagnosis.meaning(code) + reason + also)
  }

  private var nothingKnown: Finding {
    let reason = task.stoppedReason.map { ": \(quoted($0))" } ?? ""
    guard let container = failedFirst(counted).first else {
      return Finding(
        diagnosis: .unknown, alias: nil, sentence: "it stopped, and ECS names no container that ran\(reason)")
    }
    let status = container.lastStatus.map { " (last seen \($0))" } ?? ""
    return Finding(
      diagnosis: .unknown, alias: nil,
      sentence: "\(name(container)) has no exit code\(status)\(containerReason ?? reason)")
  }

  private var containerReason: String? {
    task.containers.first { $0.reason != nil }.map { ": \(name($0)): \(quoted($0.reason ?? ""))" }
  }

  private func aliases(_ finding: Finding) -> [String] {
    var names: [FailureName] = []
    if let alias = finding.alias { names.append(alias) }
    if !names.contains(.taskFailedToStart), hasNotStarted(finding) { names.append(.taskFailedToStart) }
    let codes = Set(failedFirst(counted).compactMap(\.exitCode)).sorted()
    if !codes.isEmpty, Judgement.endedByItself(task) { names.append(.exitCode) }
    return names.map(\.rawValue) + codes.map(FailureName.exitCode) + StoppedReasons.names(of: task, policy)
  }

  /// Older agents stop a task that failed to start without the code that says so.
  private func hasNotStarted(_ finding: Finding) -> Bool {
    if task.stopCode == "TaskFailedToStart" { return true }
    switch finding.diagnosis {
    case .failedToStart, .image, .secrets: return !task.containers.contains { $0.exitCode != nil }
    default: return false
    }
  }

  private func name(_ container: StoppedTask.Container) -> String {
    "container \"\(clipped(container.name, to: 255))\""
  }

  private func exited(_ container: StoppedTask.Container) -> String {
    container.exitCode.map { " exited with code \($0)" } ?? ""
  }

  /// ECS's own text, on one line and not without end.
  private func quoted(_ reason: String) -> String {
    clipped(reason.split(whereSeparator: \.isNewline).joined(separator: " "), to: 1_000)
  }

  /// What a shell's user knows of exit codes (bash(1), EXIT STATUS; signal(7)).
  static func meaning(_ code: Int) -> String {
    switch code {
    case 126: " (the command is not executable)"
    case 127: " (the command was not found in the image)"
    case 134: " (aborted, SIGABRT)"
    case 137: " (killed, SIGKILL: by the memory limit, or after it did not heed SIGTERM in time)"
    case 139: " (segmentation fault, SIGSEGV)"
    case 143: " (terminated, SIGTERM)"
    default: ""
    }
  }
}
