public import JobModel

/// Brings a task's token back, with what became of the task.
public struct TaskAnswerRequest: Equatable, Sendable {
  /// A secret: in no log and no error.
  public var token: String
  public var content: TaskAnswer.Content

  public init(token: String, content: TaskAnswer.Content) {
    self.token = token
    self.content = content
  }
}

extension TaskAnswerRequest {
  /// The last part of the route.
  enum Action: String, CaseIterable, Sendable {
    case succeed, fail, heartbeat
  }

  var action: Action {
    switch content {
    case .succeeded: .succeed
    case .failed: .fail
    case .heartbeat: .heartbeat
    }
  }

  /// The request's body.
  var body: JSONValue {
    var members: JSONObject = ["token": .string(token)]
    switch content {
    case .succeeded(let output): members["output"] = output
    case .failed(let error, let cause):
      members["error"] = error.map(JSONValue.string)
      members["cause"] = cause.map(JSONValue.string)
    case .heartbeat: break
    }
    return .object(members)
  }
}

extension ControlBody {
  /// The members that the action knows.
  static func members(of action: TaskAnswerRequest.Action) -> [String] {
    switch action {
    case .succeed: ["token", "output"]
    case .fail: ["token", "error", "cause"]
    case .heartbeat: ["token"]
    }
  }

  func answer(_ action: TaskAnswerRequest.Action) throws(ControlProblem) -> TaskAnswerRequest {
    guard let token = try text("token", longest: TaskAnswerRequest.longestText) else {
      throw ControlProblem(.invalid("the body needs the token that the task was given"))
    }
    let content: TaskAnswer.Content =
      switch action {
      case .succeed: .succeeded(output: value("output") ?? [:])
      case .fail:
        .failed(
          error: try text("error", longest: TaskAnswerRequest.longestText),
          cause: try text("cause", longest: TaskAnswerRequest.longestText))
      case .heartbeat: .heartbeat
      }
    return TaskAnswerRequest(token: token, content: content)
  }
}

extension TaskAnswerRequest {
  /// Characters; the engine's own limits are below, and say what is too long.
  fileprivate static let longestText = 65_536
}

extension ControlClient {
  /// Returns once the answer is durable in the daemon's store.
  public func answerTask(_ request: TaskAnswerRequest) async throws(ControlFailure) {
    let _: [String: String] = try await post("/v1/tasks/\(request.action.rawValue)", request.body)
  }
}
