internal import JobModel

/// Task: a resource does the work; every attempt is an invocation of its own.
struct TaskState: Sendable {
  var resource: TaskResource
  var parameters: PayloadTemplate?
  var resultSelector: PayloadTemplate?
  var resultPath = ResultPlace.whole
  var timeout: Length?
  var heartbeat: Length?
  var handlers: ErrorHandlers

  enum Length: Sendable {
    case seconds(Int64)
    case path(JSONPath)
  }

  static func read(_ fields: Fields, _ reader: inout DefinitionReader) -> TaskState {
    fields.require(["Resource"], &reader)
    let resource = fields.string("Resource", &reader) ?? ""
    TaskResource.check(resource, at: fields.pointer("Resource"), fields.has("Resource"), &reader)
    if let credentials = fields["Credentials"], credentials.objectValue == nil, !credentials.isJSONata {
      reader.schemaError(fields.pointer("Credentials"), "Expected value of type Object, found \(credentials.kind)")
    }
    let timeout = length("TimeoutSeconds", fields, &reader)
    let heartbeat = length("HeartbeatSeconds", fields, &reader)
    if case .seconds(let seconds)? = heartbeat, case .seconds(let limit)? = timeout, seconds >= limit {
      reader.schemaError(fields.pointer("HeartbeatSeconds"), "HeartbeatSeconds must be less than TimeoutSeconds")
    }
    if !fields.has("TimeoutSeconds"), !fields.has("TimeoutSecondsPath") {
      reader.warning(fields.pointer, "The Task has no TimeoutSeconds: without one it may wait for ever")
    }
    var task = TaskState(
      resource: TaskResource(resource), timeout: timeout, heartbeat: heartbeat,
      handlers: ErrorHandlers.read(fields, &reader))
    guard fields.language == .jsonPath else { return task }
    task.parameters = fields.template("Parameters", &reader)
    task.resultSelector = fields.template("ResultSelector", &reader)
    task.resultPath = fields.resultPlace("ResultPath", &reader)
    return task
  }

  private static func length(_ key: String, _ fields: Fields, _ reader: inout DefinitionReader) -> Length? {
    fields.exclusive([key, key + "Path"], &reader)
    if let path = fields.definitePath(key + "Path", &reader) { return .path(path) }
    return fields.integer(key, 1...LanguageLimits.seconds, expression: true, &reader).map(Length.seconds)
  }
}

extension Execution {
  /// Begins an attempt: the first one, or one that Retry asked for.
  mutating func runTask(
    _ task: TaskState, _ state: State, in scope: Scope, _ step: inout Step
  ) throws(StateFailure) -> Progress {
    let arguments = try effectiveInput(of: state, parameters: task.parameters, in: scope, &step)
    let data = data(in: scope, input: try state.inputPath.apply(to: data(in: scope, input: scope.visit.input)))
    let timeout = try seconds(of: task.timeout, field: "TimeoutSecondsPath", in: data)
    let heartbeat = try seconds(of: task.heartbeat, field: "HeartbeatSecondsPath", in: data)

    lastTask += 1
    let invocation = TaskInvocation(
      task: lastTask, state: state.name, resource: task.resource.text, arguments: arguments)
    recordScheduled(invocation, task.resource, timeout: timeout, heartbeat: heartbeat, in: scope.key, &step)
    record("TaskStarted", "taskStartedEventDetails", task.resource.details, in: scope.key, &step)
    step.effects.append(.invoke(invocation))
    let timer = timeout.map { arm(step.at + .seconds($0), for: scope.key, &step) }
    return .stay(.task(invocation, timeout: timer))
  }

  private func seconds(
    of length: TaskState.Length?, field: String, in data: EvaluationData
  ) throws(StateFailure) -> Int64? {
    switch length {
    case nil: nil
    case .seconds(let seconds): seconds
    case .path(let path): try seconds(at: path, field: field, in: data, least: 1)
    }
  }

  private mutating func recordScheduled(
    _ invocation: TaskInvocation, _ resource: TaskResource, timeout: Int64?, heartbeat: Int64?, in scope: String,
    _ step: inout Step
  ) {
    var details = resource.details
    details["parameters"] = .string(invocation.arguments.text)
    if let region { details["region"] = .string(region) }
    if let timeout { details["timeoutInSeconds"] = .integer(timeout) }
    if let heartbeat { details["heartbeatInSeconds"] = .integer(heartbeat) }
    record("TaskScheduled", "taskScheduledEventDetails", details, in: scope, &step)
  }

  /// What a task's report does to the state that waits for it.
  mutating func report(
    _ event: TaskEvent, of task: TaskState, _ state: State, in scope: Scope, _ step: inout Step
  ) throws(StateFailure) -> Progress {
    var details = task.resource.details
    switch event {
    case .submitted(let output):
      details["output"] = .string(output.text)
      details["outputDetails"] = ["truncated": false]
      record("TaskSubmitted", "taskSubmittedEventDetails", details, in: scope.key, &step)
      return .stay(scope.visit.phase)
    case .succeeded(let output):
      let text = output.text
      guard text.utf8.count <= limits.payloadBytes else {
        let failure = StateFailure.dataLimit(task.resource.text)
        recordFailure(failure, details, in: scope.key, &step)
        throw failure
      }
      details["output"] = .string(text)
      details["outputDetails"] = ["truncated": false]
      record("TaskSucceeded", "taskSucceededEventDetails", details, in: scope.key, &step)
      return try endTask(task, state, output: output, in: scope, &step)
    case .failed(let error, let aliases, let cause):
      let failure = StateFailure(error: error, aliases: aliases, cause: cause)
      recordFailure(failure, details, in: scope.key, &step)
      throw failure
    }
  }

  private mutating func recordFailure(
    _ failure: StateFailure, _ resource: JSONObject, in scope: String, _ step: inout Step
  ) {
    var details = resource
    if let error = failure.error { details["error"] = .string(error) }
    if let cause = failure.cause { details["cause"] = .string(cause) }
    record("TaskFailed", "taskFailedEventDetails", details, in: scope, &step)
  }

  private func endTask(
    _ task: TaskState, _ state: State, output: JSONValue, in scope: Scope, _ step: inout Step
  ) throws(StateFailure) -> Progress {
    var result = output
    if let selector = task.resultSelector {
      result = try selector.value(in: data(in: scope, input: output), using: &step.generator)
    }
    let combined = try task.resultPath.combine(result, into: scope.visit.input)
    return try leave(state, result: output, output: combined, in: scope, &step)
  }

  /// When a task has taken too long: it is stopped, and the state fails with States.Timeout.
  mutating func timeOut(
    _ invocation: TaskInvocation, of task: TaskState, in scope: Scope, _ step: inout Step
  ) throws(StateFailure) -> Progress {
    step.effects.append(.cancel(task: invocation.task, reason: "The task timed out"))
    var details = task.resource.details
    details["error"] = .string(ErrorName.timeout)
    record("TaskTimedOut", "taskTimedOutEventDetails", details, in: scope.key, &step)
    throw StateFailure(error: ErrorName.timeout, cause: nil)
  }
}
