/// The names under which Retry, Catch and `retry.on` may match what goes wrong with an ECS task: AWS's own, and
/// jobd's beside them. docs/errors.md says what each means; a test compares the two.
///
/// A failure has one name of AWS's, which the history shows, and carries the others as aliases.
public enum FailureName: String, CaseIterable, Sendable {
  // The states language's own, as far as a task's failures go.
  case taskFailed = "States.TaskFailed"
  case timeout = "States.Timeout"
  case runtime = "States.Runtime"

  // RunTask did not start a task.
  case launchFailed = "ECS.LaunchFailed"
  case taskDefinitionInvalid = "ECS.TaskDefinitionInvalid"
  case unknownFailures = "AmazonECS.Unknown"
  case serviceException = "ECS.AmazonECSException"
  case clientSide = "ECS.SdkClientException"
  case accessDenied = "ECS.AccessDeniedException"
  case blocked = "ECS.BlockedException"
  case client = "ECS.ClientException"
  case clusterNotFound = "ECS.ClusterNotFoundException"
  case conflict = "ECS.ConflictException"
  case invalidParameter = "ECS.InvalidParameterException"
  case platformIncompatible = "ECS.PlatformTaskDefinitionIncompatibilityException"
  case platformUnknown = "ECS.PlatformUnknownException"
  case server = "ECS.ServerException"
  case throttling = "ECS.ThrottlingException"
  case unsupportedFeature = "ECS.UnsupportedFeatureException"
  case capacityUnavailable = "ECS.CapacityUnavailable"
  case agentError = "ECS.AgentError"
  case placementConstraint = "ECS.PlacementConstraint"
  case containerInstanceInactive = "ECS.ContainerInstanceInactive"
  case containerInstanceMissing = "ECS.ContainerInstanceMissing"

  // A task was started, but nothing ran in it.
  case taskFailedToStart = "ECS.TaskFailedToStart"
  case startTimeout = "ECS.StartTimeout"
  case architectureMismatch = "ECS.ArchitectureMismatch"
  case cannotPullContainer = "ECS.CannotPullContainer"
  case secretsUnavailable = "ECS.SecretsUnavailable"
  case resourceInitialization = "ECS.ResourceInitialization"
  case containerStartFailed = "ECS.ContainerStartFailed"

  // It ran, and did not do its work.
  case exitCode = "ECS.ExitCode"
  case outOfMemory = "ECS.OutOfMemory"
  case spotInterruption = "ECS.SpotInterruption"
  case maintenance = "ECS.Maintenance"
  case hostTerminated = "ECS.HostTerminated"
  case healthCheckFailed = "ECS.HealthCheckFailed"
  case taskStopped = "ECS.TaskStopped"

  // Nobody can tell.
  case unknownLaunch = "ECS.UnknownLaunch"
  case unknownOutcome = "ECS.UnknownOutcome"
  case unknownCall = "Jobd.UnknownOutcome"

  // The run itself is over.
  case stopped = "Jobd.Stopped"
  case unrecoverable = "Jobd.Unrecoverable"

  /// Errors of an ECS task of which nobody can tell whether the task did its work: another attempt might run beside
  /// the first, or after it has succeeded.
  public static let uncertain: [FailureName] = [.unknownLaunch, .unknownOutcome]

  /// The name of one exit code: `ECS.ExitCode.75`.
  public static func exitCode(_ code: Int) -> String { "\(exitCode.rawValue).\(code)" }

  /// The name of the stop-reason text at a place of ``TaskPolicy/stoppedReasons``, from 0: `ECS.StoppedReason.1`
  /// for the first.
  public static func stoppedReason(_ place: Int) -> String { "\(stoppedReasonPrefix)\(place + 1)" }

  private static let stoppedReasonPrefix = "ECS.StoppedReason."

  /// What is wrong with a name that Retry, Catch or `retry.on` gives; nil for a name that can occur, or of which
  /// nobody here can judge: those of other services, and exceptions that are newer than this list.
  public static func problem(with name: String) -> String? {
    if let known = FailureName(rawValue: name) {
      guard known == .stopped || known == .unrecoverable else { return nil }
      return "\(name) ends the run; no Retry and no Catch sees it"
    }
    guard ["ecs.", "amazonecs.", "jobd."].contains(where: name.lowercased().hasPrefix), !isNumbered(name) else {
      return nil
    }
    // What `aws-sdk:ecs:…` gives, whose prefix is another one than that of `ecs:runTask`.
    if name.hasPrefix("Ecs."), name.hasSuffix("Exception") { return nil }
    let near = Suggestion.nearest(to: name, among: allCases.map(\.rawValue))
    if near == nil, name.hasPrefix("ECS."), name.hasSuffix("Exception") { return nil }
    return "\(name) is no error that ECS or jobd gives" + (near.map { "; did you mean \($0)?" } ?? "")
  }

  private static func isNumbered(_ name: String) -> Bool {
    if name.hasPrefix(stoppedReasonPrefix) {
      return Int(name.dropFirst(stoppedReasonPrefix.count)).map { $0 > 0 } == true
    }
    let prefix = exitCode.rawValue + "."
    return name.hasPrefix(prefix) && Int(name.dropFirst(prefix.count)) != nil
  }
}
