internal import AWSClient
internal import JobModel

/// What a request asks for, read from its headers and body alone.
enum ServiceCall: Equatable, Sendable {
  /// `X-Amz-Target: <prefix>.<operation>` with a JSON body.
  case ecs(operation: String)
  /// CloudWatch Logs, the same way.
  case logs(operation: String)
  /// A form with `Action`.
  case query(QueryService, action: String, parameters: [String: String])
  /// None that this endpoint knows.
  case unknown

  init(_ request: WireRequest) {
    if let target = request.headers["X-Amz-Target"] {
      let parts = target.split(separator: ".", omittingEmptySubsequences: false)
      if parts.count == 2, parts[0] == "Logs_20140328" {
        self = .logs(operation: String(parts[1]))
        return
      }
      let isECS = parts.count == 2 && parts[0] == "AmazonEC2ContainerServiceV20141113"
      self = .ecs(operation: isECS ? String(parts[1]) : "")
      return
    }
    let parameters = FormDecoder.parameters(request.body).merging(
      FormDecoder.parameters(Array(request.query.utf8))
    ) { body, _ in body }
    guard request.method == "POST" || request.method == "GET", let action = parameters["Action"] else {
      self = .unknown
      return
    }
    let service = QueryService(version: parameters["Version"] ?? "")
    self = service.map { .query($0, action: action, parameters: parameters) } ?? .unknown
  }

  var operation: String {
    switch self {
    case .ecs(let operation), .logs(let operation): operation
    case .query(_, let action, _): action
    case .unknown: ""
    }
  }
}

/// The services with the Query protocol.
enum QueryService: Sendable {
  case sns, sts

  init?(version: String) {
    switch version {
    case "2010-03-31": self = .sns
    case "2011-06-15": self = .sts
    default: return nil
    }
  }

  var name: String { self == .sns ? "sns" : "sts" }
  var namespace: String {
    self == .sns ? "http://sns.amazonaws.com/doc/2010-03-31/" : "https://sts.amazonaws.com/doc/2011-06-15/"
  }
}

/// `application/x-www-form-urlencoded` (WHATWG URL): `+` is a blank.
enum FormDecoder {
  static func parameters(_ body: [UInt8]) -> [String: String] {
    var parameters: [String: String] = [:]
    for pair in body.split(separator: UInt8(ascii: "&")) {
      let sign = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
      parameters[decode(pair[..<sign])] = decode(pair[sign...].dropFirst())
    }
    return parameters
  }

  private static func decode(_ bytes: ArraySlice<UInt8>) -> String {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var index = bytes.startIndex
    while index < bytes.endIndex {
      let byte = bytes[index]
      if byte == UInt8(ascii: "%"), index + 2 < bytes.endIndex,
        let value = UInt8(String(decoding: bytes[index + 1...index + 2], as: UTF8.self), radix: 16)
      {
        decoded.append(value)
        index += 3
      } else {
        decoded.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
        index += 1
      }
    }
    return String(decoding: decoded, as: UTF8.self)
  }
}

/// Answers in each protocol's shape.
extension ServiceCall {
  func answer(_ error: ServiceError, requestID: String) -> WireAnswer {
    switch self {
    case .ecs, .logs, .unknown:
      var body = JSONObject([(key: "__type", value: .string(error.code))])
      if let message = error.message { body["message"] = .string(message) }
      for member in error.details { body[member.key] = member.value }
      return WireAnswer(
        status: error.status, contentType: "application/x-amz-json-1.1", body: JSONValue.object(body).utf8,
        requestID: requestID)
    case .query(let service, _, _):
      let children = [
        XMLElement("Type", error.status < 500 ? "Sender" : "Receiver"), XMLElement("Code", error.code),
        XMLElement("Message", error.message ?? error.code),
      ]
      return ServiceCall.xml(
        "ErrorResponse", service,
        [XMLElement("Error", children: children), XMLElement("RequestId", requestID)],
        status: error.status, requestID: requestID)
    }
  }

  static func answer(_ result: JSONValue, requestID: String) -> WireAnswer {
    WireAnswer(status: 200, contentType: "application/x-amz-json-1.1", body: result.utf8, requestID: requestID)
  }

  static func answer(
    _ service: QueryService, _ action: String, _ result: [XMLElement], requestID: String
  ) -> WireAnswer {
    xml(
      action + "Response", service,
      [
        XMLElement(action + "Result", children: result),
        XMLElement("ResponseMetadata", children: [XMLElement("RequestId", requestID)]),
      ], status: 200, requestID: requestID)
  }

  private static func xml(
    _ root: String, _ service: QueryService, _ children: [XMLElement], status: Int, requestID: String
  ) -> WireAnswer {
    var text = "<\(root) xmlns=\"\(service.namespace)\">"
    for child in children { child.write(into: &text) }
    text += "</\(root)>\n"
    return WireAnswer(status: status, contentType: "text/xml", body: Array(text.utf8), requestID: requestID)
  }
}
