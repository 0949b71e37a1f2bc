public import JobModel

/// A request of a service with a REST protocol, spelled out: what other protocols make of the operation's name.
public struct RESTRequest: Equatable, Sendable {
  public var method: String
  /// The segments of the path, not encoded: one with a slash in it stays one segment.
  public var path: [String]
  /// Not encoded.
  public var query: [String: String]
  public var headers: [String: String]
  public var body: String

  public init(
    method: String, path: [String], query: [String: String] = [:], headers: [String: String] = [:], body: String = ""
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
    self.body = body
  }
}

/// As a call's input, and as it is stored.
extension RESTRequest {
  /// What a value lacks is empty, and the method GET.
  public init(_ value: JSONValue) {
    func texts(_ key: String) -> [String: String] {
      let members = value[key]?.objectValue ?? [:]
      return Dictionary(members.map { ($0.key, $0.value.stringValue ?? "") }, uniquingKeysWith: { $1 })
    }
    self.init(
      method: value["method"]?.stringValue ?? "GET",
      path: (value["path"]?.arrayValue ?? []).compactMap(\.stringValue), query: texts("query"),
      headers: texts("headers"), body: value["body"]?.stringValue ?? "")
  }

  public var jsonValue: JSONValue {
    func object(_ texts: [String: String]) -> JSONValue {
      .object(JSONObject(texts.sorted { $0.key < $1.key }.map { (key: $0.key, value: .string($0.value)) }))
    }
    return [
      "method": .string(method), "path": .array(path.map { .string($0) }), "query": object(query),
      "headers": object(headers), "body": .string(body),
    ]
  }

  var wireRequest: WireRequest {
    let parameters = query.sorted { $0.key < $1.key }
    return WireRequest(
      method: method, path: path.map { "/" + PercentEncoding.encode($0) }.joined(),
      query: parameters.map { "\(PercentEncoding.encode($0.key))=\(PercentEncoding.encode($0.value))" }
        .joined(separator: "&"),
      headers: HTTPHeaders(
        headers.sorted { $0.key < $1.key }.map { HTTPHeaders.Field(name: $0.key, value: $0.value) }),
      body: Array(body.utf8))
  }
}
