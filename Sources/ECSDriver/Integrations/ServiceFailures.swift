internal import AWSClient
internal import JobModel

/// Calls of services that did not come to a result.
enum ServiceFailures {
  /// The service, or the way to it, failed.
  ///
  /// The error's own code is an alias where the name does not show it. An error after which the call may have been done
  /// is also `Jobd.UnknownOutcome`, so that a retrier can tell it apart.
  static func failed(_ error: AWSError, _ naming: ServiceErrorNaming, operation: String, isRepeatable: Bool)
    -> TaskFailure
  {
    let name = naming.name(of: error)
    let code = "\(naming.prefix).\(error.code)"
    var aliases = code == name ? [] : [code]
    let isUncertain = error.kind == .ambiguous && !isRepeatable
    if isUncertain { aliases.append(FailureName.unknownCall.rawValue) }
    let said = "\(error.code): \(error.message)"
    let sentence =
      switch error.kind {
      case .refused: "\(naming.prefix) refused \(operation): \(said)\(remedy(error))"
      case .throttled: "\(naming.prefix) throttled \(operation): \(said)"
      case .notSent, .cancelled: "\(operation) could not be sent to \(naming.prefix): \(said)"
      case .ambiguous:
        "\(naming.prefix) did not confirm \(operation)\(isUncertain ? ", which may have been done" : ""): \(said)"
      }
    return TaskFailure(
      error: name, aliases: aliases, cause: naming.cause(of: error),
      diagnosis: Diagnosis(class: error.kind == .refused ? .refused : .unknown, sentence: sentence))
  }

  private static func remedy(_ error: AWSError) -> String {
    error.code.contains("AccessDenied") || error.code.contains("AuthorizationError") || error.httpStatus == 403
      ? "; allow it in the daemon's IAM policy" : ""
  }

  /// An earlier process may have sent the call, and it cannot be sent again without harm.
  ///
  /// - Parameter subject: what the call is about: `TableName orders`.
  static func unknown(operation: String, service: String, subject: String?) -> TaskFailure {
    let sentence =
      "whether \(operation) of \(service) was done is not known: jobd ended while the call may have been on its way, "
      + "and sending it again could do it twice; look at what it changes"
      + "\(subject.map { " (\($0))" } ?? "") before running the job again"
    return TaskFailure(
      error: FailureName.unknownCall.rawValue, cause: sentence,
      diagnosis: Diagnosis(class: .unknown, sentence: sentence))
  }

  /// As Step Functions fails a state whose effective arguments do not fit the API.
  static func rejected(_ request: TaskRequest, _ mistakes: [String]) -> TaskFailure {
    let list = mistakes.prefix(20).joined(separator: ", ")
    return TaskFailure(
      error: FailureName.runtime.rawValue,
      cause: "The Parameters '\(clipped(request.arguments.text, to: 4_096))' could not be used to start the Task: "
        + "[\(list)]",
      diagnosis: Diagnosis(
        class: .refused,
        sentence: "the arguments of the state \"\(request.state)\" do not fit \(request.resource): \(list)"))
  }

  /// Step Functions refuses such a definition with these words; jobd's table of services may be another than AWS's.
  static func notRecognized(_ resource: String, why: String) -> TaskFailure {
    TaskFailure(
      error: FailureName.runtime.rawValue,
      cause: "The resource provided \(resource) is not recognized. The value is not a valid resource ARN, or the "
        + "resource is not available in this region. (\(why))",
      diagnosis: Diagnosis(class: .refused, sentence: "nothing here performs \(resource): \(why)"))
  }
}
