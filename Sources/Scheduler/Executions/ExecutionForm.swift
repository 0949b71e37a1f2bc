/// The resources that start another execution: how long the Task state waits, and what it gets.
public enum ExecutionForm: Hashable, Sendable {
  /// `states:startExecution`: over once the execution has begun.
  case start
  /// `states:startExecution.sync`: over with the execution; its input and output are texts.
  case sync
  /// `states:startExecution.sync:2`: the same, with input and output as JSON.
  case syncParsed
  /// `states:startExecution.waitForTaskToken`: over when somebody brings the token back.
  case callback
  /// `aws-sdk:sfn:startExecution`: as ``start``, with names and times as the SDK integrations have them.
  case sdk
  /// `aws-sdk:sfn:startExecution.waitForTaskToken`.
  case sdkCallback

  private static let forms: [String: ExecutionForm] = [
    "states:startExecution": .start, "states:startExecution.sync": .sync,
    "states:startExecution.sync:2": .syncParsed, "states:startExecution.waitForTaskToken": .callback,
    "aws-sdk:sfn:startExecution": .sdk, "aws-sdk:sfn:startExecution.waitForTaskToken": .sdkCallback,
  ]

  /// Nil for every other resource.
  public init?(_ resource: String) {
    // arn:PARTITION:states:::SERVICE:ACTION
    let parts = resource.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
    guard parts.count == 6, parts[0] == "arn", parts[1].hasPrefix("aws"), parts[2] == "states", parts[3].isEmpty,
      parts[4].isEmpty, let form = ExecutionForm.forms[String(parts[5])]
    else { return nil }
    self = form
  }

  /// Whether the state is over when the execution is.
  public var waitsForEnd: Bool { self == .sync || self == .syncParsed }
  var isSDK: Bool { self == .sdk || self == .sdkCallback }
}
