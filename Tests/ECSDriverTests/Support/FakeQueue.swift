import AWSClient
import JobModel
import Synchronization

@testable import ECSDriver

/// A queue whose answers are written down beforehand; when they are used up the reader is told that it is
/// cancelled, so that nothing waits.
final class FakeQueue: AWSCaller {
  enum Read: Sendable {
    case messages([String])
    case answer(JSONValue)
    case failed(AWSError)
  }

  struct Call: Equatable, Sendable {
    var operation: String
    var input: JSONValue
  }

  private struct State {
    var reads: [Read]
    var deletes: [Read] = []
    var calls: [Call] = []
    var next = 0
  }

  private let state: Mutex<State>

  init(_ reads: [Read], deletes: [Read] = []) { state = Mutex(State(reads: reads, deletes: deletes)) }

  var calls: [Call] { state.withLock { $0.calls } }
  func calls(of operation: String) -> [Call] { calls.filter { $0.operation == operation } }

  /// The receipt handles of what was deleted, as numbers in the order of sending.
  var deleted: [String] {
    calls(of: "DeleteMessageBatch").flatMap { $0.input["Entries"]?.arrayValue ?? [] }
      .compactMap { $0["ReceiptHandle"]?.stringValue }
  }

  func call(_ service: AWSService, _ operation: String, _ input: JSONValue) async throws(AWSError) -> JSONValue {
    let result: Result<JSONValue, AWSError> = state.withLock { state in
      state.calls.append(Call(operation: operation, input: input))
      let isDelete = operation == "DeleteMessageBatch"
      if isDelete, state.deletes.isEmpty { return .success(["Successful": []]) }
      let read = isDelete ? state.deletes.removeFirst() : state.reads.isEmpty ? nil : state.reads.removeFirst()
      switch read {
      case .messages(let bodies)?:
        let messages = bodies.map { body -> JSONValue in
          state.next += 1
          return [
            "MessageId": .string("m\(state.next)"), "ReceiptHandle": .string("\(state.next)"), "Body": .string(body),
          ]
        }
        return .success(messages.isEmpty ? [:] : ["Messages": .array(messages)])
      case .answer(let answer)?: return .success(answer)
      case .failed(let error)?: return .failure(error)
      case nil: return .failure(.cancelled)
      }
    }
    return try result.get()
  }
}

/// Writes down what a reader of the queue hands over.
actor RecordingSink: TaskEventSink {
  enum Entry: Equatable {
    case told([String])
    case worked
    case failed
  }

  private(set) var entries: [Entry] = []
  var arns: [String] { entries.flatMap { if case .told(let arns) = $0 { arns } else { [String]() } } }

  func told(_ changes: [TaskStateChange]) { entries.append(.told(changes.map(\.arn))) }
  func queueWorked() { entries.append(.worked) }
  func queueFailed() { entries.append(.failed) }
}

/// The events of a task as EventBridge sends them.
enum SampleEvent {
  static func arn(_ number: Int) -> String { "arn:aws:ecs:eu-central-1:111111111111:task/batch/t\(number)" }

  /// A task as the event's `detail` and as DescribeTasks show it, times apart.
  static func task(
    _ arn: String, _ status: String, version: Int64?, exitCode: Int64 = 0, containers: JSONValue? = nil
  ) -> JSONValue {
    var task: JSONObject = [
      "taskArn": .string(arn), "lastStatus": .string(status),
      "clusterArn": "arn:aws:ecs:eu-central-1:111111111111:cluster/batch",
      "containers": [["name": "app", "lastStatus": .string(status)]],
    ]
    if let version { task["version"] = .integer(version) }
    if status == "STOPPED" {
      task["containers"] = [["name": "app", "lastStatus": "STOPPED", "exitCode": .integer(exitCode)]]
      task["stopCode"] = "EssentialContainerExited"
      task["stoppedReason"] = "Essential container in task exited"
    }
    if let containers { task["containers"] = containers }
    return .object(task)
  }

  static func body(_ task: JSONValue, time: String = "2026-11-21T03:00:05Z") -> String {
    let event: JSONValue = [
      "version": "0", "id": "9bcdac79-b31f-4d3d-9410-fbd727c29fab", "detail-type": "ECS Task State Change",
      "source": "aws.ecs", "account": "111111111111", "time": .string(time), "region": "eu-central-1",
      "resources": [task["taskArn"] ?? nil], "detail": task,
    ]
    return event.text
  }

  static func change(
    _ arn: String, _ status: String, version: Int64?, exitCode: Int64 = 0, containers: JSONValue? = nil
  ) throws -> TaskStateChange {
    try TaskStateChange.read(
      body(task(arn, status, version: version, exitCode: exitCode, containers: containers)))
  }
}
