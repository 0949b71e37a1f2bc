public import JobModel

/// Why StartExecution does not start one, with Step Functions' own names and words.
public struct ExecutionFailures: Sendable {
  var form: ExecutionForm

  public init(form: ExecutionForm) { self.form = form }

  /// The arguments do not fit the API: the definition is wrong, and no Retry helps.
  func unusable(_ arguments: JSONValue, _ state: String, _ why: String) -> TaskFailure {
    TaskFailure(
      error: FailureName.runtime.rawValue,
      cause: "The Parameters '\(arguments.text.prefix(4_096))' could not be used to start the Task: [\(why)]",
      diagnosis: Diagnosis(
        class: .refused, sentence: "the arguments of the state \"\(state)\" do not fit StartExecution: \(why)"))
  }

  public func machineDoesNotExist(_ text: String) -> TaskFailure {
    invalid(
      "StateMachineDoesNotExist", "State Machine Does Not Exist: '\(text)'",
      "neither a job nor an entry of `stateMachines` in the job file is meant by \(text)")
  }

  func alreadyExists(_ executionARN: String, run: RunID) -> TaskFailure {
    invalid(
      "ExecutionAlreadyExists", "Execution Already Exists: '\(executionARN)'",
      "an execution of that name is there already, over or with another input: \(run)")
  }

  /// A policy of the job, or the bound on nesting, is in the way; a later attempt may find it gone.
  public func limitExceeded(_ why: String) -> TaskFailure { invalid("ExecutionLimitExceeded", why) }

  /// - Parameter code: the exception's name without `Exception`.
  func invalid(_ code: String, _ message: String, _ sentence: String? = nil) -> TaskFailure {
    let origin =
      form.isSDK
      ? "(Service: Sfn, Status Code: 400, Request ID: jobd)"
      : "(Service: AWSStepFunctions; Status Code: 400; Error Code: \(code); Request ID: jobd; Proxy: null)"
    return TaskFailure(
      error: "\(form.isSDK ? "Sfn" : "StepFunctions").\(code)Exception", cause: "\(message) \(origin)",
      diagnosis: Diagnosis(class: .refused, sentence: sentence ?? message))
  }

  static func unknown(_ child: RunID) -> TaskFailure {
    TaskFailure(
      error: FailureName.unknownCall.rawValue, cause: "The execution \(child) was started and is no longer known",
      diagnosis: Diagnosis(class: .unknown, sentence: "the run \(child) is no longer in the store"))
  }
}
