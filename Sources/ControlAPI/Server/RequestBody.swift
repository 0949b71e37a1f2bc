internal import JobModel

/// The JSON body of a POST. No body is an object without members.
struct ControlBody {
  private let members: JSONObject

  /// - Parameters:
  ///   - allowed: the members that the route knows; another one is an error, never ignored.
  init(_ bytes: [UInt8], contentType: String?, allowed: [String]) throws(ControlProblem) {
    guard !bytes.isEmpty else {
      members = [:]
      return
    }
    try ControlBody.check(contentType)
    let json: JSONValue
    do {
      json = try JSONValue.parse(bytes)
    } catch {
      throw ControlProblem(.invalid("the body is not JSON: \(error)"))
    }
    guard let object = json.objectValue else {
      throw ControlProblem(.invalid("the body must be a JSON object, not \(json.kind)"))
    }
    if let unknown = object.keys.first(where: { !allowed.contains($0) }) {
      let known = allowed.isEmpty ? "no members" : allowed.joined(separator: ", ")
      throw ControlProblem(
        .invalid("the body has an unknown member \"\(shortened(unknown))\"; this route takes \(known)"))
    }
    members = object
  }

  private static func check(_ contentType: String?) throws(ControlProblem) {
    let mediaType = (contentType ?? "").split(separator: ";").first.map { $0.filter { $0 != " " }.lowercased() }
    guard mediaType != "application/json" else { return }
    let found = contentType.map { "not \(shortened($0))" } ?? "and it is missing"
    throw ControlProblem(
      .invalid(
        "the body's content type must be application/json, \(found)",
        remedy: "Send the header Content-Type: application/json"),
      httpStatus: 415)
  }

  /// A text that people wrote: a note, a reason, a name.
  func text(_ key: String, longest: Int = ControlLimits.textLength) throws(ControlProblem) -> String? {
    guard let value = members[key], !value.isNull else { return nil }
    guard let text = value.stringValue else { throw wrong(key, "must be a string", value) }
    guard text.count <= longest else {
      throw ControlProblem(.invalid("\(key) is longer than \(longest) characters"))
    }
    return text.isEmpty ? nil : text
  }

  func flag(_ key: String) throws(ControlProblem) -> Bool {
    guard let value = members[key], !value.isNull else { return false }
    guard let flag = value.boolValue else { throw wrong(key, "must be true or false", value) }
    return flag
  }

  func date(_ key: String) throws(ControlProblem) -> CivilDate? {
    guard let text = try text(key) else { return nil }
    guard let date = CivilDate(text) else {
      throw ControlProblem(.invalid("\(key) must be a date like 2026-11-21, not \"\(shortened(text))\""))
    }
    return date
  }

  func instant(_ key: String) throws(ControlProblem) -> Instant? {
    guard let text = try text(key) else { return nil }
    guard let instant = Instant(text) else {
      throw ControlProblem(.invalid("\(key) must be a time like 2026-11-21T03:00:00Z, not \"\(shortened(text))\""))
    }
    return instant
  }

  func value(_ key: String) -> JSONValue? { members[key] }

  func integer(_ key: String, in range: ClosedRange<Int>) throws(ControlProblem) -> Int? {
    guard let value = members[key], !value.isNull else { return nil }
    guard let integer = value.integerValue.flatMap({ Int(exactly: $0) }), range.contains(integer) else {
      throw wrong(key, "must be a whole number from \(range.lowerBound) to \(range.upperBound)", value)
    }
    return integer
  }

  /// Names and texts, as of an environment. The texts are in no error: they may be secret.
  func texts(_ key: String) throws(ControlProblem) -> [String: String]? {
    guard let value = members[key], !value.isNull else { return nil }
    guard let object = value.objectValue else { throw wrong(key, "must be an object of texts", value) }
    var texts: [String: String] = [:]
    for (name, value) in object {
      guard let text = value.stringValue else {
        throw ControlProblem(.invalid("\(key): \(shortened(name)) must be a string, not \(value.kind)"))
      }
      guard !name.isEmpty, !name.contains("="), !name.contains("\0"), !name.hasPrefix("JOBD_") else {
        throw ControlProblem(
          .invalid(
            "\(key): \"\(shortened(name))\" cannot be a variable's name here",
            remedy: "It takes at least one character, no = and no NUL; names that begin with JOBD_ are jobd's own"))
      }
      texts[name] = text
    }
    return texts
  }

  func list(_ key: String) throws(ControlProblem) -> [String]? {
    guard let value = members[key], !value.isNull else { return nil }
    guard let elements = value.arrayValue else { throw wrong(key, "must be a list of strings", value) }
    let texts = elements.compactMap(\.stringValue)
    guard texts.count == elements.count else { throw wrong(key, "must be a list of strings", value) }
    if texts.isEmpty { throw ControlProblem(.invalid("\(key) is an empty list: leave it out, or name a program")) }
    return texts
  }

  private func wrong(_ key: String, _ what: String, _ value: JSONValue) -> ControlProblem {
    ControlProblem(.invalid("\(key) \(what), not \(value.kind)"))
  }
}
