internal import JobModel

/// A Task's Resource, and how the history names it.
struct TaskResource: Hashable, Sendable {
  /// As the user wrote it.
  let text: String
  /// `ecs`, `aws-sdk:dynamodb`, `lambda`.
  let service: String
  /// `runTask.sync`, `putItem`.
  let action: String

  init(_ text: String) {
    self.text = text
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    // arn:PARTITION:SERVICE:REGION:ACCOUNT:…
    let isARN = parts.count >= 6 && parts[0] == "arn"
    let isIntegration = isARN && parts[2] == "states" && parts[4].isEmpty
    let rest = isIntegration ? Array(parts[5...]) : isARN ? [parts[2]] + parts[5...] : parts
    let count = rest.first == "aws-sdk" && rest.count > 2 ? 2 : 1
    service = rest.prefix(count).joined(separator: ":")
    action = rest.dropFirst(count).joined(separator: ":")
  }

  /// Whether it is a Lambda function, named by its ARN.
  var isFunction: Bool { service == "lambda" && !text.contains(":states:::") }

  /// Whether somebody has to bring a token back before it is over.
  var waitsForToken: Bool { action.hasSuffix(".waitForTaskToken") }

  /// The members of every event of the task.
  var details: JSONObject {
    isFunction ? ["resource": .string(text)] : ["resource": .string(action), "resourceType": .string(service)]
  }

  /// The actions of the optimized integrations whose lists are short and settled (Step Functions guide,
  /// "Integrating services"); others are taken as they come.
  private static let actions: [String: Set<String>] = [
    "dynamodb": ["getItem", "putItem", "updateItem", "deleteItem"],
    "sns": ["publish", "publish.waitForTaskToken"],
    "sqs": ["sendMessage", "sendMessage.waitForTaskToken"],
    "ecs": ["runTask", "runTask.sync", "runTask.waitForTaskToken"],
    "lambda": ["invoke", "invoke.waitForTaskToken"],
    "events": ["putEvents", "putEvents.waitForTaskToken"],
    "states": [
      "startExecution", "startExecution.sync", "startExecution.sync:2", "startExecution.waitForTaskToken",
    ],
  ]

  static func check(_ text: String, at pointer: String, _ isThere: Bool, _ reader: inout DefinitionReader) {
    guard isThere else { return }
    // A placeholder that a template engine fills in later says nothing yet.
    if text.contains("${") { return }
    let resource = TaskResource(text)
    let isIntegration = text.hasPrefix("arn:") && text.contains(":states:::")
    guard text.contains(":"), !isIntegration || actions[resource.service]?.contains(resource.action) != false else {
      reader.schemaError(
        pointer,
        "The resource provided \(text) is not recognized. The value is not a valid resource ARN, or the resource is "
          + "not available in this region.")
      return
    }
  }
}
