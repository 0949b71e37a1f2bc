internal import AWSClient
internal import JobModel

/// An action of a service in the ``ServiceTable``: any by `aws-sdk:…`, and the optimized ones.
struct APIIntegration: ServiceIntegration {
  let model: ServiceModel
  let action: ServiceAction
  let naming: ServiceErrorNaming
  /// Nil for `aws-sdk:…`.
  let optimized: OptimizedAction?

  var service: AWSService { model.service }
  var operation: String { action.operation }
  /// Long polls take up to a minute (GetActivityTask).
  var timeout: Duration? { .seconds(75) }
  private var spelling: ServiceSpelling { optimized == nil ? .sdk : .api }

  static func optimized(_ optimized: OptimizedAction, _ resource: String) -> Result<any ServiceIntegration, TaskFailure>
  {
    guard let model = ServiceTable.service(optimized.model),
      case .callable(let action)? = model.action(optimized.action)
    else { return .failure(ServiceFailures.notRecognized(resource, why: "it is not in the table of services")) }
    return .success(
      APIIntegration(
        model: model, action: action,
        naming: .optimized(optimized.naming, hasException: { model.exception($0) != nil }), optimized: optimized))
  }

  static func sdk(_ service: String, _ action: String, _ resource: String) -> Result<
    any ServiceIntegration, TaskFailure
  > {
    let why: String
    switch ServiceTable.entry(service) {
    case nil:
      let near = Suggestion.nearest(to: service, among: ServiceTable.names)
      why = "there is no service \(service)\(near.map { "; did you mean \($0)?" } ?? "")"
    case .refused(let reason): why = "the service \(service) cannot be called: \(reason)"
    case .service(let model):
      switch model.action(action) {
      case .callable(let action):
        return .success(APIIntegration(model: model, action: action, naming: .sdk(model), optimized: nil))
      case .refused(let reason): why = "the action \(action) of \(service) cannot be called: \(reason)"
      case nil:
        let names = model.actionNames.map { $0.prefix(1).lowercased() + $0.dropFirst() }
        let near = Suggestion.nearest(to: action, among: names)
        why = "the service \(service) has no action \(action)\(near.map { "; did you mean \($0)?" } ?? "")"
      }
    }
    return .failure(ServiceFailures.notRecognized(resource, why: why))
  }
}

// MARK: - The request

extension APIIntegration {
  func input(of request: TaskRequest, token: String) throws(TaskFailure) -> JSONValue {
    guard let arguments = request.arguments.objectValue else {
      throw ServiceFailures.rejected(request, ["The arguments must be a STRUCTURE, not \(request.arguments.kind)"])
    }
    var reader = ServiceArguments(model, spelling)
    var input = reader.read(arguments, as: action.input)
    let missing = (optimized?.required ?? []).filter { (arguments[$0] ?? .null).isNull }
      .map { "The field '\($0)' is required but was missing" }
    let mistakes = reader.mistakes + missing
    if !mistakes.isEmpty { throw ServiceFailures.rejected(request, mistakes) }
    for member in action.input where member.type == .token && input[member.name] == nil {
      input[member.name] = .string(token)
    }
    guard case .json = service.wireProtocol else {
      return .object(ServiceForm.pairs(input, as: action.input, of: model))
    }
    return .object(input)
  }

  func repeatable(_ input: JSONValue) -> Duration? {
    if APIIntegration.isReading(operation) { return ServiceLimits.always }
    let isTold = action.input.contains { $0.type == .token && isGiven(input, $0.wireName) }
    if isTold { return ServiceLimits.tokenLife }
    guard isGiven(input, "MessageDeduplicationId") else { return nil }
    let isFIFO =
      switch (model.clientName, operation) {
      case ("Sqs", "SendMessage"): input["QueueUrl"]?.stringValue?.hasSuffix(".fifo") == true
      case ("Sns", "Publish"): input["TopicArn"]?.stringValue?.hasSuffix(".fifo") == true
      default: false
      }
    return isFIFO ? ServiceLimits.deduplicationInterval : nil
  }

  private func isGiven(_ input: JSONValue, _ name: String) -> Bool { input[name]?.stringValue?.isEmpty == false }

  /// Whether an action changes nothing, by the first word of its name, which AWS's APIs choose with care.
  static func isReading(_ operation: String) -> Bool {
    let words = ["BatchDescribe", "BatchGet", "Describe", "Get", "Head", "List", "Lookup", "Query", "Scan", "Search"]
    return words.contains { word in
      guard operation.hasPrefix(word) else { return false }
      return operation.dropFirst(word.count).first.map { $0.isUppercase || $0.isNumber } ?? true
    }
  }

  func region(of input: JSONValue) -> String? {
    switch model.clientName {
    case "Sns": regionOfARN(input["TopicArn"]?.stringValue)
    case "Sqs": input["QueueUrl"]?.stringValue.flatMap { QueueAddress($0)?.region }
    default: nil
    }
  }

  func subject(of input: JSONValue) -> String? {
    let endings = ["Arn", "Name", "Url", "Id", "ARN", "ID"]
    let named = (input.objectValue ?? [:]).first { name, value in
      endings.contains { name.hasSuffix($0) } && value.stringValue?.isEmpty == false
    }
    return named.map { "\($0.key) \(clipped($0.value.stringValue ?? "", to: 200))" }
  }
}

// MARK: - The answer

extension APIIntegration {
  func result(of answer: AWSAnswer) -> Result<JSONValue, TaskFailure> {
    var members = ServiceResult(model, spelling).read(answer.output, as: action.output)
    guard optimized != nil else { return .success(.object(members)) }
    for (key, value) in sdkMetadata(of: answer) { members[key] = value }
    let result = JSONValue.object(members)
    // PutEvents answers 200 for events that it did not take (developer guide, "Add EventBridge events").
    if operation == "PutEvents", let failed = result["FailedEntryCount"]?.integerValue, failed > 0 {
      return .failure(
        TaskFailure(
          error: "\(naming.prefix).FailedEntry", cause: result.text,
          diagnosis: Diagnosis(class: .refused, sentence: "EventBridge did not take \(failed) of the events")))
    }
    return .success(result)
  }
}
