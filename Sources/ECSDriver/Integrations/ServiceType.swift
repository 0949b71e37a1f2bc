/// What a member of an API may be, as the ``ServiceTable`` writes it.
indirect enum ServiceType: Equatable, Sendable {
  /// `s`, which is not written.
  case string
  /// `k`: a text that makes the call idempotent.
  case token
  /// `i`
  case integer
  /// `f`
  case float
  /// `b`
  case boolean
  /// `t`: in seconds since 1970.
  case seconds
  /// `T`: as ISO 8601.
  case timeText
  /// `x`: bytes, on the wire in base64.
  case blob
  /// `d`: JSON of any form, which is left as it is.
  case document
  /// `[type`, `[(name)type` with elements of a name of their own, `]type` without an element around them.
  case list(ServiceType, element: String?, isFlat: Bool)
  /// `{type`, `{(key,value)type` with names of their own, `}type` without an element around the entries.
  case map(ServiceType, key: String, value: String, isFlat: Bool)
  /// `12`: the structure of that number.
  case structure(Int)

  init(_ text: Substring) {
    guard let first = text.first else { preconditionFailure("the service table is damaged: a type is empty") }
    switch first {
    case "[", "]":
      let (names, rest) = ServiceType.names(text.dropFirst())
      self = .list(ServiceType(rest), element: names.first, isFlat: first == "]")
    case "{", "}":
      let (names, rest) = ServiceType.names(text.dropFirst())
      self = .map(
        ServiceType(rest), key: names.count == 2 ? names[0] : "key", value: names.count == 2 ? names[1] : "value",
        isFlat: first == "}")
    default: self = ServiceType.single(text)
    }
  }

  private static func single(_ text: Substring) -> ServiceType {
    switch text {
    case "s": return .string
    case "k": return .token
    case "i": return .integer
    case "f": return .float
    case "b": return .boolean
    case "t": return .seconds
    case "T": return .timeText
    case "x": return .blob
    case "d": return .document
    default:
      guard let number = Int(text) else {
        preconditionFailure("the service table is damaged: there is no type \(text)")
      }
      return .structure(number)
    }
  }

  /// `(a,b)rest`: the names, and the rest.
  private static func names(_ text: Substring) -> ([String], Substring) {
    guard text.first == "(", let end = text.firstIndex(of: ")") else { return ([], text) }
    return (text[..<end].dropFirst().split(separator: ",").map(String.init), text[text.index(after: end)...])
  }

  /// In the words of Step Functions' own messages.
  var word: String {
    switch self {
    case .string, .token: "a STRING"
    case .integer: "an INTEGER"
    case .float: "a FLOAT"
    case .boolean: "a BOOLEAN"
    case .seconds, .timeText: "a TIMESTAMP"
    case .blob: "a BLOB"
    case .document: "a DOCUMENT"
    case .list: "a LIST"
    case .map: "a MAP"
    case .structure: "a STRUCTURE"
    }
  }
}

/// How Step Functions spells an API's names.
enum ServiceSpelling: Sendable {
  /// In its optimized integrations: as the API, with a capital first.
  case api
  /// In its AWS SDK integrations: as the AWS SDK for Java 2 calls the member, with a capital first. Capitals at the
  /// beginning of the API's name become one: `DBInstanceIdentifier` is `DbInstanceIdentifier`.
  case sdk

  func stateName(_ name: String) -> String {
    switch self {
    case .api: pascalCase(name)
    case .sdk: ServiceSpelling.sdkName(name)
    }
  }

  /// Source: aws-sdk-java-v2, codegen, `Utils.unCapitalize`: the capitals at the beginning become small, up to the one
  /// that begins the next word.
  private static func sdkName(_ name: String) -> String {
    let letters = Array(name.unicodeScalars)
    func isUpper(_ index: Int) -> Bool { index < letters.count && ("A"..."Z").contains(letters[index]) }
    func isLower(_ index: Int) -> Bool { index < letters.count && ("a"..."z").contains(letters[index]) }
    guard isUpper(0), isUpper(1) else { return pascalCase(name) }
    var end = 1
    while isUpper(end), !isLower(end + 1) { end += 1 }
    return String(name.prefix(1)) + name.dropFirst().prefix(end - 1).lowercased() + name.dropFirst(end)
  }
}
