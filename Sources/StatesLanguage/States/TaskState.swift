internal import JobModel

/// Task: a resource does the work; every attempt is an invocation of its own.
struct TaskState: Sendable {
  var resource: TaskResource
  /// Parameters, or JSONata's Arguments.
  var arguments: Template?
  var shape: ResultShape
  var timeout: Quantity?
  var heartbeat: Quantity?
  var handlers: ErrorHandlers

  static func read(_ fields: Fields, _ reader: inout DefinitionReader) -> TaskState {
    fields.require(["Resource"], &reader)
    let text = fields.string("Resource", &reader)
    let resource = TaskResource(text ?? "")
    let isKnown =
      reader.isChecking && text.map { TaskResource.check($0, at: fields.pointer("Resource"), &reader) } ?? false
    if fields.isQuery("Credentials") || fields.fields("Credentials", &reader) != nil {
      _ = fields.template("Credentials", &reader)
    }
    let timeout = Quantity.read("TimeoutSeconds", 1...LanguageLimits.seconds, fields, &reader)
    let heartbeat = Quantity.read("HeartbeatSeconds", 1...LanguageLimits.seconds, fields, &reader)
    if let seconds = heartbeat?.literal, let limit = timeout?.literal, seconds >= limit {
      reader.schemaError(fields.pointer("HeartbeatSeconds"), "HeartbeatSeconds must be less than TimeoutSeconds")
    }
    if isKnown {
      if resource.mayWaitForEver, !fields.has("TimeoutSeconds"), !fields.has("TimeoutSecondsPath") {
        reader.warning(fields.pointer, "The Task has no TimeoutSeconds: without one it may wait for ever")
      }
      if !resource.takesHeartbeats, fields.has("HeartbeatSeconds") {
        reader.warning(
          fields.pointer("HeartbeatSeconds"),
          "Only a task that ends with .waitForTaskToken, or an activity, has heartbeats")
      }
    }
    return TaskState(
      resource: resource,
      arguments: fields.template(fields.language == .jsonata ? "Arguments" : "Parameters", &reader),
      shape: ResultShape.read(fields, &reader), timeout: timeout, heartbeat: heartbeat,
      handlers: ErrorHandlers.read(fields, &reader))
  }
}

extension Execution {
  /// Begins an attempt: the first one, or one that Retry asked for.
  mutating func runTask(
    _ task: TaskState, _ state: State, in scope: Scope, _ step: inout Step
  ) throws(StateFailure) -> Progress {
    var scope = scope
    if task.resource.waitsForToken {
      scope.visit.token =
        TaskToken(
          execution: context["Execution"]?["Id"]?.stringValue ?? "", task: lastTask + 1, using: &step.generator
        ).text
      scopes[scope.key]?.visit.token = scope.visit.token
    }
    let arguments = try arguments(task.arguments, of: state, in: scope, &step)
    let data = data(in: scope, input: try effectiveInput(of: state, in: scope, &step), step)
    let timeout = try seconds(of: task.timeout, field: "TimeoutSecondsPath", in: data, &step)
    let heartbeat = try seconds(of: task.heartbeat, field: "HeartbeatSecondsPath", in: data, &step)

    lastTask += 1
    let invocation = TaskInvocation(
      task: lastTask, scope: scope.key, state: state.name, resource: task.resource.text, arguments: arguments,
      token: scope.visit.token)
    recordScheduled(invocation, task.resource, timeout: timeout, heartbeat: heartbeat, in: scope.key, &step)
    recordStarted(task.resource, in: scope.key, &step)
    step.effects.append(.invoke(invocation))
    var attempt = Attempt(invocation: invocation)
    attempt.timeout = timeout.map { arm(step.at + .seconds($0), for: scope.key, &step) }
    if let heartbeat, task.resource.waitsForToken {
      attempt.heartbeatSeconds = heartbeat
      attempt.heartbeat = arm(step.at + .seconds(heartbeat), for: scope.key, &step)
    }
    return .stay(.task(attempt))
  }

  private func seconds(
    of length: Quantity?, field: String, in data: EvaluationData, _ step: inout Step
  ) throws(StateFailure) -> Int64? {
    guard let length else { return nil }
    return try seconds(of: length, field: field, least: 1, in: data, &step)
  }

  /// What a task's report does to the state that waits for it.
  mutating func report(
    _ event: TaskEvent, of task: TaskState, _ state: State, in scope: Scope, _ step: inout Step
  ) throws(StateFailure) -> Progress {
    switch event {
    case .heartbeat: return .stay(scope.visit.phase)
    case .submitted(let output):
      recordSubmitted(output, task.resource, in: scope.key, &step)
      return .stay(scope.visit.phase)
    case .succeeded(let output):
      let text = output.text
      guard text.utf8.count <= limits.payloadBytes else {
        let failure = StateFailure.dataLimit(task.resource.text)
        recordFailure(failure, task.resource, in: scope.key, &step)
        throw failure
      }
      recordSuccess(text, task.resource, in: scope.key, &step)
      return try leave(state, with: output, task.shape, in: scopes.values[scope.key] ?? scope, &step)
    case .failed(let error, let aliases, let cause):
      let failure = StateFailure(error: error, aliases: aliases, cause: cause)
      recordFailure(failure, task.resource, in: scope.key, &step)
      throw failure
    }
  }

  /// When a task has taken too long, or was silent for too long: it is stopped, and the state fails.
  mutating func timeOut(
    _ attempt: Attempt, isHeartbeat: Bool, of task: TaskState, in scope: Scope, _ step: inout Step
  ) throws(StateFailure) -> Progress {
    step.effects.append(
      .cancel(
        task: attempt.invocation.task, reason: isHeartbeat ? "The task sent no heartbeat" : "The task timed out"))
    recordTimeout(task.resource, in: scope.key, &step)
    var failure = StateFailure(error: ErrorName.timeout, cause: nil)
    if isHeartbeat { failure.aliases = [ErrorName.heartbeatTimeout] }
    throw failure
  }
}
