internal import JobModel

/// Reads a definition into its typed form and collects everything that is wrong with it on the way.
///
/// Messages are worded as Step Functions words them: a code, a colon, what is wrong; the place is the
/// diagnostic's pointer.
struct DefinitionReader {
  let sourceMap: JSONSourceMap?
  private(set) var diagnostics: [Diagnostic] = []
  /// Where every state name was defined, since a name may be used once in a whole machine.
  var namesSeen: [String: String] = [:]
  /// The graphs that were read, by their JSON pointers.
  var graphs: [String: StateGraph] = [:]

  init(sourceMap: JSONSourceMap?) { self.sourceMap = sourceMap }

  mutating func error(_ pointer: String, _ message: String) {
    diagnostics.append(
      Diagnostic(severity: .error, pointer: pointer, line: sourceMap?.line(of: pointer) ?? 1, message: message))
  }

  mutating func warning(_ pointer: String, _ message: String) {
    diagnostics.append(
      Diagnostic(severity: .warning, pointer: pointer, line: sourceMap?.line(of: pointer) ?? 1, message: message))
  }

  mutating func schemaError(_ pointer: String, _ message: String) {
    error(pointer, "SCHEMA_VALIDATION_FAILED: " + message)
  }

  mutating func transitionError(_ pointer: String, _ message: String) {
    error(pointer, "MISSING_TRANSITION_TARGET: " + message)
  }

  /// Reads a path that may be in the input, the context object or a variable.
  mutating func path(_ text: String, at pointer: String) -> JSONPath? {
    do {
      return try JSONPath.parse(text)
    } catch {
      schemaError(pointer, "Value is not a valid JSONPath: '\(text)': \(error.message)")
      return nil
    }
  }
}

/// The two query languages.
enum QueryLanguage: String, Sendable {
  case jsonPath = "JSONPath"
  case jsonata = "JSONata"
}

/// An object of the definition, read field by field.
struct Fields {
  let object: JSONObject
  let pointer: String
  let language: QueryLanguage
  /// The place within its state, as messages name it; empty for the state itself.
  var location = ""

  func pointer(_ key: String) -> String { pointer + "/" + jsonPointerToken(key) }

  subscript(_ key: String) -> JSONValue? { object[key] }

  func has(_ key: String) -> Bool { object[key] != nil }

  /// Reports the fields that do not belong here, those of the other query language with a word about it.
  func allow(_ allowed: Set<String>, other: Set<String> = [], in place: String, _ reader: inout DefinitionReader) {
    for key in object.keys where !allowed.contains(key) {
      if other.contains(key) {
        let wanted = language == .jsonata ? "JSONPath" : "JSONata"
        reader.schemaError(
          pointer(key),
          "The field '\(key)' is only supported when the query language is \(wanted), not \(language.rawValue)")
      } else {
        reader.schemaError(pointer(key), "The field '\(key)' is not supported in \(place)")
      }
    }
  }

  func require(_ keys: [String], _ reader: inout DefinitionReader) {
    let missing = keys.filter { !has($0) }
    if !missing.isEmpty {
      reader.schemaError(pointer, "These fields are required: [\(missing.joined(separator: ", "))]")
    }
  }

  /// At most one of the fields, or with `required` exactly one.
  func exclusive(_ keys: [String], required: Bool = false, _ reader: inout DefinitionReader) {
    let present = keys.filter(has)
    if present.count > 1 {
      reader.schemaError(pointer, "Only one of these fields may be given: [\(present.joined(separator: ", "))]")
    } else if required, present.isEmpty {
      reader.schemaError(pointer, "Exactly one of these fields is required: [\(keys.joined(separator: ", "))]")
    }
  }

  func string(_ key: String, _ reader: inout DefinitionReader) -> String? {
    guard let value = object[key] else { return nil }
    guard case .string(let text) = value else {
      reader.schemaError(pointer(key), "Expected value of type String, found \(value.kind)")
      return nil
    }
    return text
  }

  func array(_ key: String, _ reader: inout DefinitionReader) -> [JSONValue]? {
    guard let value = object[key] else { return nil }
    guard case .array(let elements) = value else {
      reader.schemaError(pointer(key), "Expected value of type Array, found \(value.kind)")
      return nil
    }
    return elements
  }

  /// An integer within bounds.
  func integer(_ key: String, _ range: ClosedRange<Int64>, _ reader: inout DefinitionReader) -> Int64? {
    guard let value = object[key], !isQuery(key) else { return nil }
    guard case .integer(let number) = value, range.contains(number) else {
      reader.schemaError(
        pointer(key),
        "Expected an integer from \(range.lowerBound) to \(range.upperBound), found \(value.numberValue == nil ? value.kind : value.text)"
      )
      return nil
    }
    return number
  }

  func path(_ key: String, _ reader: inout DefinitionReader) -> JSONPath? {
    string(key, &reader).flatMap { reader.path($0, at: pointer(key)) }
  }

  /// A path to exactly one place: what SecondsPath and its like take.
  func definitePath(_ key: String, _ reader: inout DefinitionReader) -> JSONPath? {
    guard let path = path(key, &reader) else { return nil }
    if !path.isDefinite {
      reader.schemaError(pointer(key), "Value is not a Reference Path: '\(path.text)' may have several results")
    }
    return path
  }

  func dataPath(_ key: String, _ reader: inout DefinitionReader) -> DataPath {
    guard let value = object[key] else { return .whole }
    if value.isNull { return .none }
    return path(key, &reader).map(DataPath.path) ?? .whole
  }

  func resultPlace(_ key: String, _ reader: inout DefinitionReader) -> ResultPlace {
    guard let value = object[key] else { return .whole }
    if value.isNull { return .discarded }
    guard let path = path(key, &reader) else { return .whole }
    guard let reference = ReferencePath(path) else {
      reader.schemaError(pointer(key), "Value is not a Reference Path: '\(path.text)'")
      return .whole
    }
    return .place(reference)
  }

  /// JSONPath's Parameters, ResultSelector and ItemSelector.
  func payload(_ key: String, _ reader: inout DefinitionReader) -> PayloadTemplate? {
    object[key].map { PayloadTemplate.read($0, at: pointer(key), &reader) }
  }

  /// A template in the query language of this place; nil where the field is not there.
  func template(_ key: String, _ reader: inout DefinitionReader) -> Template? {
    guard let value = object[key] else { return nil }
    switch language {
    case .jsonPath: return .payload(PayloadTemplate.read(value, at: pointer(key), &reader))
    case .jsonata: return .jsonata(JSONataTemplate.read(value, field: place(key), at: pointer(key), &reader))
    }
  }

  /// A field that is a JSONata expression as a whole; nil where it is something else.
  func query(_ key: String, _ reader: inout DefinitionReader) -> JSONataQuery? {
    guard language == .jsonata, case .string(let text)? = object[key] else { return nil }
    return JSONataQuery.read(text, field: place(key), at: pointer(key), &reader)
  }

  /// Whether a field holds, or was meant to hold, an expression: what it yields is known only later.
  func isQuery(_ key: String) -> Bool {
    guard language == .jsonata, case .string(let text)? = object[key] else { return false }
    return text.hasPrefix("{%") || text.hasSuffix("%}")
  }

  /// The field as messages about the running state name it.
  private func place(_ key: String) -> String { location.isEmpty ? key : location + "/" + key }

  /// Assign: an object whose keys are variables.
  func assignments(_ reader: inout DefinitionReader) -> Template? {
    guard let value = object["Assign"] else { return nil }
    guard case .object(let members) = value else {
      reader.schemaError(pointer("Assign"), "Expected value of type Object, found \(value.kind)")
      return nil
    }
    for key in members.keys {
      let name = language == .jsonPath && key.hasSuffix(".$") ? String(key.dropLast(2)) : key
      if !Fields.isVariableName(name) {
        reader.warning(
          pointer("Assign") + "/" + jsonPointerToken(key),
          "The variable name '\(name)' is not valid: a letter or '_', then letters, digits and '_', at most 80 characters"
        )
      }
    }
    return template("Assign", &reader)
  }

  private static func isVariableName(_ name: String) -> Bool {
    guard let first = name.unicodeScalars.first, name.unicodeScalars.count <= 80, name != "states" else { return false }
    return (first == "_" || first.properties.isXIDStart)
      && name.unicodeScalars.allSatisfy { $0.properties.isXIDContinue }
  }
}
