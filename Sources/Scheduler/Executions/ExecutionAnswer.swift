public import JobModel

/// An execution as Step Functions answers for it: StartExecution's answer, and DescribeExecution's.
public struct ExecutionAnswer: Equatable, Sendable {
  public var request: ExecutionRequest
  /// The run's id; the execution is named so where the state gives no name.
  public var run: RunID
  public var status: RunStatus
  /// JSON text.
  public var input: String
  /// JSON text.
  public var output: String?
  public var error: String?
  public var cause: String?
  public var startedAt: Instant
  public var endedAt: Instant?

  public init(_ request: ExecutionRequest, _ run: Run) {
    self.init(
      request, run.id, status: run.status, input: run.input, output: run.output, error: run.error, cause: run.cause,
      startedAt: run.startedAt, endedAt: run.endedAt)
  }

  public init(
    _ request: ExecutionRequest, _ run: RunID, status: RunStatus, input: String, output: String? = nil,
    error: String? = nil, cause: String? = nil, startedAt: Instant, endedAt: Instant? = nil
  ) {
    self.request = request
    self.run = run
    self.status = status
    self.input = input
    self.output = output
    self.error = error
    self.cause = cause
    self.startedAt = startedAt
    self.endedAt = endedAt
  }

  public var name: String { request.name ?? run.description }

  /// `arn:aws:states:us-east-1:123456789012:execution:month-end:june`.
  public var arn: String { request.machineARN.replacing(":stateMachine:", with: ":execution:") + ":" + name }

  /// StartExecution's answer. The optimized integration writes times as milliseconds, the SDK's as text.
  public var envelope: JSONValue {
    let date: JSONValue =
      request.form.isSDK ? .string(startedAt.millisecondText) : .integer(startedAt.milliseconds)
    return ["ExecutionArn": .string(arn), "StartDate": date]
  }

  /// DescribeExecution's answer in the states language's spelling; input and output are texts, as there.
  public var description: JSONValue { described { .string($0) } }

  /// The same with input and output as JSON, for `.sync:2`.
  public var parsedDescription: JSONValue { described { (try? JSONValue.parse($0)) ?? .string($0) } }

  private func described(_ data: (String) -> JSONValue) -> JSONValue {
    var members = JSONObject()
    if let cause { members["Cause"] = .string(clipped(cause, toBytes: Limits.executionCauseBytes)) }
    if let error { members["Error"] = .string(error) }
    members["ExecutionArn"] = .string(arn)
    members["Input"] = data(input)
    members["InputDetails"] = ["Included": true]
    members["Name"] = .string(name)
    if let output {
      members["Output"] = data(output)
      members["OutputDetails"] = ["Included": true]
    }
    members["StartDate"] = .integer(startedAt.milliseconds)
    members["StateMachineArn"] = .string(request.machineARN)
    members["Status"] = .string(status.rawValue)
    if let endedAt { members["StopDate"] = .integer(endedAt.milliseconds) }
    return .object(members)
  }

  // MARK: What a Task state gets

  /// Once the execution has begun.
  public var started: LaunchReport {
    if request.form.waitsForEnd {
      return .submitted(taskARN: run.description, submission: envelope)
    }
    return .succeeded(output: envelope, result: envelope)
  }

  /// Once it is over, for a state that waits for that.
  public var ended: LaunchReport {
    if status == .succeeded {
      return .succeeded(
        output: request.form == .syncParsed ? parsedDescription : description, result: description)
    }
    let why = [error, cause.map { String($0.prefix(200)) }].compactMap(\.self).joined(separator: ": ")
    return .failed(
      TaskFailure(
        error: FailureName.taskFailed.rawValue, cause: description.text,
        diagnosis: Diagnosis(
          class: status == .aborted || status == .timedOut ? .stopped : .unknown,
          sentence: "the execution \(run) ended \(status.rawValue)" + (why.isEmpty ? "" : ": \(why)")),
        result: description))
  }
}
