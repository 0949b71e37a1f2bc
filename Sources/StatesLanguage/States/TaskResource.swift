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
}
