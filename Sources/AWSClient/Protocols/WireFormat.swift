internal import JobModel

/// A call as it goes over the wire, before it is signed: mostly a POST to the endpoint's path.
struct WireRequest: Equatable, Sendable {
  var method = "POST"
  /// Below the endpoint's own, encoded; empty for that one itself.
  var path = ""
  /// Encoded, without the `?`.
  var query = ""
  var headers: HTTPHeaders
  var body: [UInt8]
}

/// Writes calls and reads answers of the protocols of AWS that jobd speaks. Pure.
enum WireFormat {
  static func request(_ service: AWSService, _ operation: String, _ input: JSONValue) -> WireRequest {
    switch service.wireProtocol {
    case .json(let version, let targetPrefix):
      WireRequest(
        headers: [
          "Content-Type": "application/x-amz-json-\(version)", "X-Amz-Target": "\(targetPrefix).\(operation)",
        ], body: input.isNull ? Array("{}".utf8) : input.utf8)
    case .query(let apiVersion): form(operation, apiVersion, input, .members)
    case .ec2(let apiVersion): form(operation, apiVersion, input, .numbers)
    case .rest: RESTRequest(input).wireRequest
    }
  }

  private static func form(
    _ operation: String, _ apiVersion: String, _ input: JSONValue, _ lists: QueryForm.Lists
  ) -> WireRequest {
    WireRequest(
      headers: ["Content-Type": "application/x-www-form-urlencoded; charset=utf-8"],
      body: Array(QueryForm.body(operation: operation, apiVersion: apiVersion, input: input, lists: lists).utf8))
  }

  /// The operation's output, or what the answer says went wrong.
  static func output(
    _ service: AWSService, _ operation: String, _ response: HTTPResponse
  ) throws(AWSError) -> JSONValue {
    guard isSuccess(response.status, service.wireProtocol) else {
      throw AnswerError.error(of: response, service.wireProtocol)
    }
    switch service.wireProtocol {
    case .json: return try jsonOutput("\(service.name) \(operation)", response)
    case .query:
      let root = try xmlAnswer("\(service.name) \(operation)", operation, response)
      return members(root.child("\(operation)Result")?.jsonValue)
    case .ec2:
      let root = try xmlAnswer("\(service.name) \(operation)", operation, response)
      return members(root.jsonValue(listElement: "item"))
    case .rest:
      if response.body.isEmpty { return .null }
      return (try? JSONValue.parse(response.body)) ?? .string(String(decoding: response.body, as: UTF8.self))
    }
  }

  /// Operations of REST protocols have statuses of their own, such as 202 and 204.
  private static func isSuccess(_ status: Int, _ wireProtocol: AWSService.WireProtocol) -> Bool {
    wireProtocol == .rest ? (200..<300).contains(status) : status == 200
  }

  /// Every operation of these protocols answers with an object, be it `{}`; a few without an output, such as
  /// CreateLogGroup, with nothing, which says so by its length.
  private static func jsonOutput(_ name: String, _ response: HTTPResponse) throws(AWSError) -> JSONValue {
    if response.body.isEmpty, response.headers["Content-Length"] == "0" { return [:] }
    let value: JSONValue
    do throws(JSONParseError) { value = try JSONValue.parse(response.body) } catch {
      throw AnswerError.malformed(response, "\(name): the answer is no JSON: \(error)")
    }
    guard value.objectValue != nil else {
      throw AnswerError.malformed(response, "\(name): the answer is no JSON object but a \(value.kind)")
    }
    return value
  }

  /// `<OperationResponse>`; what matters is below its `<OperationResult>`, with EC2 below itself.
  private static func xmlAnswer(
    _ name: String, _ operation: String, _ response: HTTPResponse
  ) throws(AWSError) -> XMLElement {
    let root: XMLElement
    do throws(XMLReadError) { root = try XMLReader.read(response.body) } catch {
      throw AnswerError.malformed(response, "\(name): the answer is no XML: \(error)")
    }
    guard root.name == "\(operation)Response" else {
      throw AnswerError.malformed(response, "\(name): the answer is not <\(operation)Response>")
    }
    return root
  }

  /// Nothing where the operation has no result.
  private static func members(_ value: JSONValue?) -> JSONValue {
    guard let value, value.objectValue != nil else { return [:] }
    return value
  }
}
