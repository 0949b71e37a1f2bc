internal import JobModel
internal import StatesLanguage

/// Warns of Task states whose resource this jobd does not perform: such a state is good ASL, but fails when it
/// is reached.
enum PerformedResources {
  /// The actions of each optimized integration that jobd performs; all of them also with `.waitForTaskToken` but
  /// DynamoDB's.
  private static let actions: [String: [String]] = [
    "ecs": ["runTask", "runTask.sync"],
    "states": ["startExecution", "startExecution.sync", "startExecution.sync:2"],
    "sns": ["publish"], "sqs": ["sendMessage"], "events": ["putEvents"], "lambda": ["invoke"],
    "dynamodb": ["getItem", "putItem", "updateItem", "deleteItem"],
  ]
  private static let withoutToken: Set = ["dynamodb"]
  private static let tokenSuffix = ".waitForTaskToken"

  static func diagnostics(_ text: String) -> [Diagnostic] {
    guard let (definition, map) = try? JSONValue.parseWithSourceMap(text) else { return [] }
    return TaskStates(of: definition).found.compactMap { state in
      guard !isPerformed(state.resource) else { return nil }
      let pointer = state.pointer + "/Resource"
      return Diagnostic(
        severity: .warning, pointer: pointer, line: map.line(of: pointer),
        message: "this jobd performs ECS tasks, executions of its own, SNS, SQS, DynamoDB, EventBridge, Lambda, "
          + "aws-sdk:… and local:run; a run that reaches \(state.resource) fails with States.Runtime")
    }
  }

  /// Mistakes of a file that does not allow commands on this host.
  static func refusedCommands(_ text: String) -> [Diagnostic] {
    guard let (definition, map) = try? JSONValue.parseWithSourceMap(text) else { return [] }
    return TaskStates(of: definition).found.filter { isCommand($0.resource) }.map { state in
      let pointer = state.pointer + "/Resource"
      return Diagnostic(
        severity: .error, pointer: pointer, line: map.line(of: pointer),
        message: "\(state.resource) runs a command on this host, which the job file must allow: put "
          + "`localCommands: true` at its top")
    }
  }

  private static func isCommand(_ resource: String) -> Bool {
    resource == "local:run" || resource.hasSuffix(":states:::local:run")
  }

  static func isPerformed(_ resource: String) -> Bool {
    if isCommand(resource) { return true }
    let parts = resource.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 6, parts[0] == "arn" else { return false }
    if parts[2] == "lambda" { return parts[5].hasPrefix("function:") }
    guard parts[2] == "states", parts[4].isEmpty else { return false }
    let names = parts[5].split(separator: ":", maxSplits: 1).map(String.init)
    guard names.count == 2 else { return false }
    if names[0] == "aws-sdk" { return names[1].contains(":") }
    guard let actions = actions[names[0]] else { return false }
    if actions.contains(names[1]) { return true }
    guard names[1].hasSuffix(tokenSuffix), !withoutToken.contains(names[0]) else { return false }
    let action = names[1].dropLast(tokenSuffix.count)
    return !action.contains(".") && actions.contains(String(action))
  }
}
