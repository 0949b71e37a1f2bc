internal import JobModel

/// A service's refusal, by the API model's names.
struct ServiceError: Error, Equatable, Sendable {
  var code: String
  var message: String?
  var status = 400
  /// Further members of the error, such as `resourceIds`.
  var details: JSONObject = [:]

  static func client(_ message: String) -> ServiceError {
    ServiceError(code: "ClientException", message: message)
  }

  static func invalidParameter(_ message: String) -> ServiceError {
    ServiceError(code: "InvalidParameterException", message: message)
  }

  static let clusterNotFound = ServiceError(code: "ClusterNotFoundException", message: "Cluster not found.")
  static let taskNotFound = invalidParameter("The referenced task was not found.")
  /// A body that is no JSON, or a member of another type than the API model's.
  static let serialization = ServiceError(code: "SerializationException", message: nil)
  static let unknownOperation = ServiceError(code: "UnknownOperationException", message: nil)
  static let throttled = ServiceError(code: "ThrottlingException", message: "Rate exceeded")
}

/// Members of an operation's input: absent and null are the same, another type is a
/// SerializationException, as with AWS. What nobody asks for is ignored.
extension JSONObject {
  func string(_ key: String) throws(ServiceError) -> String? { try member(key, \.stringValue) }
  func integer(_ key: String) throws(ServiceError) -> Int? { try member(key, \.integerValue).map { Int($0) } }
  func bool(_ key: String) throws(ServiceError) -> Bool? { try member(key, \.boolValue) }
  func array(_ key: String) throws(ServiceError) -> [JSONValue] { try member(key, \.arrayValue) ?? [] }
  func object(_ key: String) throws(ServiceError) -> JSONObject? { try member(key, \.objectValue) }

  func strings(_ key: String) throws(ServiceError) -> [String] {
    let elements = try array(key)
    let strings = elements.compactMap(\.stringValue)
    guard strings.count == elements.count else { throw .serialization }
    return strings
  }

  func objects(_ key: String) throws(ServiceError) -> [JSONObject] {
    let elements = try array(key)
    let objects = elements.compactMap(\.objectValue)
    guard objects.count == elements.count else { throw .serialization }
    return objects
  }

  /// A list of `{name, value}` as a dictionary; a later value of a name wins.
  func environment(_ key: String) throws(ServiceError) -> [String: String] {
    var environment: [String: String] = [:]
    for pair in try objects(key) {
      guard let name = try pair.string("name") else { continue }
      environment[name] = try pair.string("value") ?? ""
    }
    return environment
  }

  private func member<Value>(
    _ key: String, _ read: (JSONValue) -> Value?
  ) throws(ServiceError) -> Value? {
    guard let value = self[key], !value.isNull else { return nil }
    guard let result = read(value) else { throw .serialization }
    return result
  }
}

extension JSONValue {
  /// Seconds since 1970 with a fraction: how the JSON protocol writes a timestamp.
  static func timestamp(_ instant: Instant) -> JSONValue { .double(Double(instant.milliseconds) / 1_000) }
}
