/// The errors that the language itself raises (Amazon States Language, "Errors"; Step Functions guide,
/// "Handling errors").
enum ErrorName {
  static let all = "States.ALL"
  static let taskFailed = "States.TaskFailed"
  static let timeout = "States.Timeout"
  static let heartbeatTimeout = "States.HeartbeatTimeout"
  static let runtime = "States.Runtime"
  static let dataLimitExceeded = "States.DataLimitExceeded"
  static let noChoiceMatched = "States.NoChoiceMatched"
  static let intrinsicFailure = "States.IntrinsicFailure"
  static let resultPathMatchFailure = "States.ResultPathMatchFailure"
  static let queryEvaluationError = "States.QueryEvaluationError"
  static let exceedToleratedFailureThreshold = "States.ExceedToleratedFailureThreshold"

  /// Every reserved name; another one that begins with `States.` can never be raised.
  static let reserved: Set<String> = [
    all, taskFailed, timeout, heartbeatTimeout, runtime, dataLimitExceeded, noChoiceMatched, intrinsicFailure,
    resultPathMatchFailure, "States.Permissions", "States.ParameterPathFailure", "States.BranchFailed",
    queryEvaluationError, exceedToleratedFailureThreshold, "States.ItemReaderFailed",
    "States.ResultWriterFailed", "States.Http.Socket",
  ]
}

/// Why a state failed, before its Retry and Catch have been asked.
struct StateFailure: Error, Equatable {
  var error: String?
  /// Further names under which Retry and Catch may match it.
  var aliases: [String] = []
  var cause: String?
  /// Whether the cause is yet to be introduced with the state and the event in which it happened, as
  /// Step Functions does with what goes wrong inside itself.
  var needsPlace = false
  /// The field whose JSONata expression could not be evaluated; the history tells of it.
  var location: String?

  /// What a task or a Fail state gave.
  init(error: String?, aliases: [String] = [], cause: String?) {
    self.error = error
    self.aliases = aliases
    self.cause = cause
  }

  /// What went wrong in the interpreter.
  init(error: String, detail: String, location: String? = nil) {
    self.error = error
    cause = detail
    needsPlace = true
    self.location = location
  }

  /// Whether no Retry and no Catch of any state may take it: the definition and its data do not fit together.
  var isFatal: Bool { error == ErrorName.runtime }

  /// The usual case: a definition and its data do not fit together.
  static func runtime(_ detail: String) -> StateFailure {
    StateFailure(error: ErrorName.runtime, detail: detail)
  }
}
