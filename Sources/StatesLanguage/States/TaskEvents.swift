internal import JobModel

/// The events of a task. A Lambda function that is named by its ARN has event types of its own.
extension Execution {
  mutating func recordScheduled(
    _ invocation: TaskInvocation, _ resource: TaskResource, timeout: Int64?, heartbeat: Int64?, in scope: String,
    _ step: inout Step
  ) {
    var details = resource.details
    details[resource.isFunction ? "input" : "parameters"] = .string(invocation.arguments.text)
    if resource.isFunction {
      details["inputDetails"] = ["truncated": false]
    } else if let region {
      details["region"] = .string(region)
    }
    if let timeout { details["timeoutInSeconds"] = .integer(timeout) }
    if let heartbeat, !resource.isFunction { details["heartbeatInSeconds"] = .integer(heartbeat) }
    record(resource, "Scheduled", details, in: scope, &step)
  }

  mutating func recordStarted(_ resource: TaskResource, in scope: String, _ step: inout Step) {
    if resource.isFunction {
      record("LambdaFunctionStarted", nil, [:], in: scope, &step)
    } else {
      record(resource, "Started", resource.details, in: scope, &step)
    }
  }

  mutating func recordSubmitted(_ output: JSONValue, _ resource: TaskResource, in scope: String, _ step: inout Step) {
    var details = resource.details
    details["output"] = .string(output.text)
    details["outputDetails"] = ["truncated": false]
    record(resource, "Submitted", details, in: scope, &step)
  }

  mutating func recordSuccess(_ text: String, _ resource: TaskResource, in scope: String, _ step: inout Step) {
    var details = resource.isFunction ? [:] : resource.details
    details["output"] = .string(text)
    details["outputDetails"] = ["truncated": false]
    record(resource, "Succeeded", details, in: scope, &step)
  }

  mutating func recordFailure(
    _ failure: StateFailure, _ resource: TaskResource, in scope: String, _ step: inout Step
  ) {
    var details = resource.isFunction ? [:] : resource.details
    for member in failure.details { details[member.key] = member.value }
    record(resource, "Failed", details, in: scope, &step)
  }

  mutating func recordTimeout(_ resource: TaskResource, in scope: String, _ step: inout Step) {
    var details = resource.isFunction ? [:] : resource.details
    details["error"] = .string(ErrorName.timeout)
    record(resource, "TimedOut", details, in: scope, &step)
  }

  private mutating func record(
    _ resource: TaskResource, _ what: String, _ details: JSONObject, in scope: String, _ step: inout Step
  ) {
    let family = resource.isFunction ? "LambdaFunction" : "Task"
    let key = (resource.isFunction ? "lambdaFunction" : "task") + what + "EventDetails"
    record(family + what, key, details, in: scope, &step)
  }
}
