internal import AWSClient
internal import JobModel

/// A launch that did not come about, with the names that Step Functions gives it.
enum LaunchFailures {
  /// A definitive refusal: `ECS.<Exception>`, such as `ECS.ClusterNotFoundException`; an error of
  /// jobd's own client is `ECS.SdkClientException`, as with Step Functions. No task was started, and so
  /// `ECS.LaunchFailed` matches too.
  static func refused(_ error: AWSError, operation: String = "RunTask") -> TaskFailure {
    let isException = error.code.hasSuffix("Exception")
    let service: FailureName = error.httpStatus == nil ? .clientSide : .serviceException
    let code = "ECS.\(error.code)"
    let said = "\(error.code): \(error.message)"
    let sentence =
      error.kind == .refused
      ? "ECS refused \(operation): \(said)\(remedy(for: error))" : "\(operation) could not be sent to ECS: \(said)"
    return TaskFailure(
      error: isException ? code : service.rawValue,
      aliases: [FailureName.launchFailed.rawValue] + (isException ? [] : [code]), cause: cause(error),
      diagnosis: Diagnosis(class: error.kind == .refused ? .refused : .unknown, sentence: sentence))
  }

  /// The task definition of the state's own could not be registered: nothing was started.
  static func undefined(_ definition: TaskDefinitionError) -> TaskFailure {
    var failure = refused(definition.error, operation: definition.operation)
    let said = "\(definition.error.code): \(definition.error.message)"
    guard definition.error.kind == .refused else {
      failure.diagnosis?.sentence =
        "the task definition \(definition.family) could not be registered: \(said) (\(definition.operation))"
      return failure
    }
    failure.aliases += [FailureName.taskDefinitionInvalid.rawValue]
    let remedy =
      definition.error.code.contains("AccessDenied")
      ? self.remedy(for: definition.error)
      : "; mend `taskDefinitions.\(definition.family)` in the job file"
    failure.diagnosis?.sentence =
      "ECS refused \(definition.operation) for the task definition \(definition.family): \(said)\(remedy)"
    return failure
  }

  /// HTTP 200 with failures. The documentation says `AmazonECS.Unknown`, executions show
  /// `ECS.AmazonECSException`; a retrier may name either, or the class.
  ///
  /// - Parameter startedNone: whether no task at all was started, which is what `ECS.LaunchFailed` promises.
  static func failures(_ failures: [JSONValue], startedNone: Bool = true) -> TaskFailure {
    let envelope = AnswerSpelling.envelope(tasks: [], failures: failures)
    let reasons = failures.map(describe)
    let rules = failures.map { FailureRule.rule(for: text(of: $0)) }
    let rule = rules.first { $0 != nil } ?? nil
    var aliases: [FailureName] = startedNone ? [.serviceException, .launchFailed] : [.serviceException]
    for alias in rules.compactMap({ $0?.alias }) where !aliases.contains(alias) { aliases.append(alias) }
    let list = reasons.isEmpty ? "no reason given" : reasons.joined(separator: "; ")
    return TaskFailure(
      error: FailureName.unknownFailures.rawValue, aliases: aliases.map(\.rawValue), cause: envelope.text,
      diagnosis: Diagnosis(
        class: rule?.diagnosis ?? .unknown,
        sentence: "ECS started no task: \(clipped(list, to: 1_000))" + (rule?.remedy).map { "; \($0)" }.orEmpty),
      result: ["tasks": [], "failures": .array(failures)])
  }

  /// The launch may have started a task, and nobody can tell any more. An error of its own, so that
  /// only a retrier that accepts a second run names it.
  static func unknown(_ launch: Launch, why: String) -> TaskFailure {
    let sentence =
      "whether RunTask started a task is not known: \(why); look for a task started by "
      + "\(launch.startedBy ?? "jobd") in cluster \(launch.cluster ?? "default") before running the job again"
    return TaskFailure(
      error: FailureName.unknownLaunch.rawValue, cause: sentence,
      diagnosis: Diagnosis(class: .unknown, sentence: sentence))
  }

  /// In the form of the AWS SDK for Java, which Step Functions shows.
  private static func cause(_ error: AWSError) -> String {
    guard let status = error.httpStatus else { return error.message }
    return "\(error.message) (Service: AmazonECS; Status Code: \(status); Error Code: \(error.code); "
      + "Request ID: \(error.requestID ?? "null"); Proxy: null)"
  }

  private static func remedy(for error: AWSError) -> String {
    switch error.code {
    case "AccessDeniedException": "; allow it in the daemon's IAM policy (docs/operations.md lists what jobd needs)"
    case "ClusterNotFoundException": "; check `cluster` and the region"
    case "ClientException" where error.message.lowercased().contains("taskdefinition"):
      "; check `taskDefinition` and the region"
    case "PlatformTaskDefinitionIncompatibilityException", "PlatformUnknownException": "; check `platformVersion`"
    default: ""
    }
  }

  private static func text(of failure: JSONValue) -> String {
    [failure["reason"], failure["detail"]].compactMap { $0?.stringValue }.joined(separator: " ")
  }

  private static func describe(_ failure: JSONValue) -> String {
    let text = text(of: failure)
    return (text.isEmpty ? "no reason given" : text) + (failure["arn"]?.stringValue).map { " (\($0))" }.orEmpty
  }
}

/// What RunTask's `failures[].reason` means (ECS developer guide, "API failure reasons").
struct FailureRule: Sendable {
  var marker: String
  var diagnosis: Diagnosis.Class
  var alias: FailureName
  var remedy: String?

  static let rules: [FailureRule] = [
    .init(
      marker: "RESOURCE:", diagnosis: .capacity, alias: .capacityUnavailable,
      remedy: "the cluster has no instance with enough of it: retry later or add capacity"),
    .init(
      marker: "Capacity is unavailable", diagnosis: .capacity, alias: .capacityUnavailable,
      remedy: "retry later, or name subnets in more availability zones"),
    .init(
      marker: "capacity", diagnosis: .capacity, alias: .capacityUnavailable, remedy: "retry later"),
    .init(
      marker: "AGENT", diagnosis: .capacity, alias: .agentError,
      remedy: "the container agent of the instance is not connected"),
    .init(
      marker: "ATTRIBUTE", diagnosis: .capacity, alias: .placementConstraint,
      remedy: "no instance has an attribute that the task definition requires"),
    .init(
      marker: "LOCATION", diagnosis: .capacity, alias: .placementConstraint,
      remedy: "no instance is where the placement constraints want it"),
    .init(
      marker: "INACTIVE", diagnosis: .capacity, alias: .containerInstanceInactive,
      remedy: "the container instance was deregistered"),
    .init(marker: "MISSING", diagnosis: .capacity, alias: .containerInstanceMissing, remedy: nil),
  ]

  static func rule(for text: String) -> FailureRule? {
    rules.first { text.contains($0.marker) }
  }
}

extension String? {
  /// The text, or nothing.
  var orEmpty: String { self ?? "" }
}
