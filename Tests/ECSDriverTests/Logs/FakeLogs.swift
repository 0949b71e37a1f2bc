import AWSClient
import JobModel
import Synchronization

/// Task definitions and CloudWatch Logs in memory. A token names the next line's number and its direction, as
/// the real ones do; answers can be short, empty or wrong on request.
final class FakeLogs: AWSCaller {
  struct Call: Equatable, Sendable {
    var operation: String
    var input: JSONValue
  }

  private struct State {
    var definitions: [String: JSONValue] = [:]
    var tasks: [JSONValue] = []
    var streams: [String: [(at: Int64, message: String)]] = [:]
    var errors: [String: [AWSError]] = [:]
    /// Lines of one answer at most.
    var pageSize = 10_000
    /// Answers that are empty although there is more, each with a token of its own.
    var emptyAnswers = 0
    var calls: [Call] = []
  }

  private let state = Mutex(State())
  /// Runs before each answer; may wait.
  let gate: @Sendable (String) async -> Void

  init(gate: @escaping @Sendable (String) async -> Void = { _ in }) { self.gate = gate }

  static let definition = "arn:aws:ecs:eu-central-1:111111111111:task-definition/report:3"
  static let task = "arn:aws:ecs:eu-central-1:111111111111:task/batch/0f1e"

  func calls(of operation: String) -> [JSONValue] {
    state.withLock { $0.calls }.filter { $0.operation == operation }.map(\.input)
  }

  func define(_ containers: JSONValue, as definition: String = FakeLogs.definition) {
    state.withLock { $0.definitions[definition] = ["taskDefinition": ["containerDefinitions": containers]] }
  }

  static func awslogs(_ name: String, prefix: String? = "jobs", essential: Bool = true) -> JSONValue {
    var options: JSONObject = ["awslogs-group": "/ecs/report", "awslogs-region": "eu-west-1"]
    options["awslogs-stream-prefix"] = prefix.map { .string($0) }
    return [
      "name": .string(name), "essential": .bool(essential),
      "logConfiguration": ["logDriver": "awslogs", "options": .object(options)],
    ]
  }

  func show(_ tasks: JSONValue...) { state.withLock { $0.tasks = tasks } }

  /// Lines at seconds after the reference.
  func write(_ stream: String, _ lines: (Int64, String)...) { write(stream, lines) }

  func write(_ stream: String, _ lines: [(Int64, String)]) {
    state.withLock { state in
      state.streams[stream, default: []] += lines.map { (Instant.reference.milliseconds + $0.0 * 1_000, $0.1) }
    }
  }

  func fail(_ operation: String, _ errors: AWSError...) { state.withLock { $0.errors[operation] = errors } }

  func answer(pageSize: Int = 10_000, emptyAnswers: Int = 0) {
    state.withLock {
      $0.pageSize = pageSize
      $0.emptyAnswers = emptyAnswers
    }
  }

  func call(_ service: AWSService, _ operation: String, _ input: JSONValue) async throws(AWSError) -> JSONValue {
    state.withLock { $0.calls.append(Call(operation: operation, input: input)) }
    await gate(operation)
    if Task.isCancelled { throw AWSError.cancelled }
    return try state.withLock { state in perform(operation, input, &state) }.get()
  }

  private func perform(_ operation: String, _ input: JSONValue, _ state: inout State) -> Result<JSONValue, AWSError> {
    if state.errors[operation]?.isEmpty == false, let error = state.errors[operation]?.removeFirst() {
      return .failure(error)
    }
    switch operation {
    case "DescribeTaskDefinition":
      let name = input["taskDefinition"]?.stringValue ?? ""
      return state.definitions[name].map { .success($0) }
        ?? .failure(.refused("ClientException", "Unable to describe task definition."))
    case "DescribeTasks": return .success(["tasks": .array(state.tasks)])
    case "GetLogEvents": return events(input, &state)
    default: return .failure(.refused("UnknownOperationException", operation))
    }
  }

  private func events(_ input: JSONValue, _ state: inout State) -> Result<JSONValue, AWSError> {
    guard let lines = state.streams[input["logStreamName"]?.stringValue ?? ""] else {
      return .failure(.refused("ResourceNotFoundException", "The specified log stream does not exist."))
    }
    let limit = min(Int(input["limit"]?.integerValue ?? 10_000), state.pageSize)
    let isFromHead = input["startFromHead"]?.boolValue ?? false
    // `f/7`, or `f/7/2` after two empty answers.
    let parts = (input["nextToken"]?.stringValue ?? "").split(separator: "/")
    let number = parts.count > 1 ? Int(parts[1]) : nil
    let isBackward = parts.first == "b"
    if parts.first == "f", !isFromHead {
      return .failure(.refused("InvalidParameterException", "startFromHead must be true"))
    }
    if parts.first == "old" { return .failure(.refused("InvalidParameterException", "The token has expired.")) }
    if state.emptyAnswers > 0, isFromHead {
      state.emptyAnswers -= 1
      return .success(answer([], forward: "f/\(number ?? 0)/\(state.emptyAnswers)", backward: "b/\(number ?? 0)"))
    }
    let range: Range<Int>
    if let number, !isBackward {
      range = number..<min(number + limit, lines.count)
    } else if isFromHead {
      range = 0..<min(limit, lines.count)
    } else {
      let end = number ?? lines.count
      range = max(0, end - limit)..<end
    }
    let passed = range.isEmpty && number != nil ? input["nextToken"]?.stringValue : nil
    return .success(
      answer(
        lines[range].map { ["timestamp": .integer($0.at), "message": .string($0.message)] },
        forward: isBackward ? "f/\(range.upperBound)" : passed ?? "f/\(range.upperBound)",
        backward: isBackward ? passed ?? "b/\(range.lowerBound)" : "b/\(range.lowerBound)"))
  }

  private func answer(_ events: [JSONValue], forward: String, backward: String) -> JSONValue {
    ["events": .array(events), "nextForwardToken": .string(forward), "nextBackwardToken": .string(backward)]
  }
}

extension Launch {
  /// A launch with a task whose log is in `jobs/app/0f1e`.
  static func logged(
    _ status: LaunchState = .submitted, endedAt: Instant? = nil, tasks: [String] = [FakeLogs.task],
    result: JSONValue? = nil, request: JSONValue = [:]
  ) -> Launch {
    let envelope = tasks.map { arn -> JSONValue in
      ["TaskArn": .string(arn), "TaskDefinitionArn": .string(FakeLogs.definition), "Containers": [["Name": "app"]]]
    }
    return Launch(
      id: LaunchID(run: .sample, number: 2), task: 1, state: "task", resource: "arn:aws:states:::ecs:runTask.sync",
      request: request, cluster: "batch", status: status, intendedAt: .reference, endedAt: endedAt,
      taskARN: tasks.first, submission: ["Tasks": .array(envelope), "Failures": []], result: result)
  }
}
