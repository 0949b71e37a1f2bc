internal import JobModel

/// Whether there is such a resource: the services and actions that Step Functions calls, and how (Step Functions
/// guide, "Integrating optimized services").
extension TaskResource {
  /// The actions of the optimized integrations whose lists are short and settled.
  private static let actions: [String: Set<String>] = [
    "apigateway": ["invoke", "invoke.waitForTaskToken"],
    "dynamodb": ["getItem", "putItem", "updateItem", "deleteItem"],
    "sns": ["publish", "publish.waitForTaskToken"],
    "sqs": ["sendMessage", "sendMessage.waitForTaskToken"],
    "ecs": ["runTask", "runTask.sync", "runTask.waitForTaskToken"],
    "http": ["invoke"],
    "lambda": ["invoke", "invoke.waitForTaskToken"],
    "events": ["putEvents", "putEvents.waitForTaskToken"],
    "states": [
      "startExecution", "startExecution.sync", "startExecution.sync:2", "startExecution.waitForTaskToken",
    ],
  ]

  /// The services with longer lists, which are not held against an action.
  private static let services: Set<String> = [
    "athena", "batch", "bedrock", "codebuild", "databrew", "eks", "elasticmapreduce", "emr-containers",
    "emr-serverless", "glue", "mediaconvert", "sagemaker",
  ]

  /// Those of them that never wait for a token to come back.
  private static let withoutCallback = services.subtracting(["bedrock", "eks"])

  /// - Returns: whether there may be such a resource.
  static func check(_ text: String, at pointer: String, _ reader: inout DefinitionReader) -> Bool {
    // A placeholder that a template engine fills in later says nothing yet.
    if text.contains("${") { return true }
    func refuse(_ more: String = "") -> Bool {
      reader.schemaError(
        pointer,
        "The resource provided \(text) is not recognized. The value is not a valid resource ARN, or the resource is "
          + "not available in this region." + more)
      return false
    }
    guard text.contains(":") else { return refuse() }
    guard text.hasPrefix("arn:"), text.contains(":states:::") else { return true }
    let resource = TaskResource(text)
    let action = resource.action
    if let known = actions[resource.service] {
      if !known.contains(action) { return refuse(hint(action, among: known)) }
    } else if resource.service.hasPrefix("aws-sdk:") {
      if action.isEmpty || action.contains(".sync") {
        return refuse(action.isEmpty ? "" : "; SDK integrations cannot run a job (.sync)")
      } else if let first = action.first, first.isUppercase {
        reader.warning(
          pointer, "SDK integrations name actions in camel case: '\(first.lowercased() + action.dropFirst())'")
      }
    } else if services.contains(resource.service) {
      if resource.waitsForToken, withoutCallback.contains(resource.service) {
        return refuse("; \(resource.service) cannot wait for a callback (.waitForTaskToken)")
      }
    } else {
      let known = services.union(actions.keys)
      reader.warning(
        pointer,
        "'\(resource.service)' is no service with an optimized integration" + hint(resource.service, among: known)
      )
    }
    return true
  }

  /// Whether a task may stay for as long as somebody else likes.
  var mayWaitForEver: Bool {
    let isIntegration = text.hasPrefix("arn:") && text.contains(":states:::")
    return waitsForToken || action.contains(".sync") || !isIntegration && !isFunction
  }

  /// Whether somebody sends heartbeats: the holder of a token, or an activity's worker.
  var takesHeartbeats: Bool { waitsForToken || text.contains(":activity:") }
}
