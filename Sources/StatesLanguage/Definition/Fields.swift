internal import JobModel

/// An object of the definition, read field by field.
struct Fields {
  let object: JSONObject
  let pointer: String
  let language: QueryLanguage
  /// The place within its state, as messages name it; empty for the state itself.
  var location = ""

  /// The fields that say where a state leads: with one of them misspelt, nobody knows.
  private static let ways = ["Next", "End", "Default", "Choices", "Catch"]

  func pointer(_ key: String) -> String { pointer + "/" + jsonPointerToken(key) }

  subscript(_ key: String) -> JSONValue? { object[key] }

  func has(_ key: String) -> Bool { object[key] != nil }

  /// Reports the fields that do not belong here, those of the other query language with a word about it.
  func allow(_ allowed: Set<String>, other: Set<String> = [], in place: String, _ reader: inout DefinitionReader) {
    guard reader.isChecking else { return }
    for key in object.keys where !allowed.contains(key) {
      if other.contains(key) {
        reader.schemaError(
          pointer(key),
          "The QueryLanguage is set to '\(language.rawValue)', but field '\(key)' is only supported for the "
            + "'\(language.other.rawValue)' QueryLanguage")
      } else {
        let candidates = allowed.filter { !has($0) }
        if let meant = Suggestion.nearest(to: key, among: candidates.sorted()), Fields.ways.contains(meant) {
          reader.place.hasUnclearWay = true
        }
        reader.schemaError(
          pointer(key), "Field '\(key)' is not supported in \(place)" + hint(key, among: candidates))
      }
    }
  }

  func require(_ keys: [String], _ reader: inout DefinitionReader) {
    let missing = keys.filter { !has($0) }
    if !missing.isEmpty {
      reader.schemaError(pointer, "These fields are required: [\(missing.joined(separator: ", "))]")
    }
  }

  /// At most one of the fields, or with `required` exactly one. In JSONata there are none that end with Path: those
  /// are reported as fields of the other language.
  func exclusive(_ names: [String], required: Bool = false, _ reader: inout DefinitionReader) {
    let keys = names.filter { language == .jsonPath || !$0.hasSuffix("Path") }
    let present = keys.filter(has)
    if present.count > 1 {
      reader.schemaError(
        pointer, "There should only be one of the following fields: [\(present.joined(separator: ", "))]")
    } else if required, !names.contains(where: has) {
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

  /// One of a few words.
  func word(_ key: String, _ allowed: [String], _ reader: inout DefinitionReader) -> String? {
    guard let text = string(key, &reader) else { return nil }
    guard allowed.contains(text) else {
      reader.schemaError(
        pointer(key),
        "Value is not one of the allowed values [\(allowed.joined(separator: ", "))]: '\(text)'"
          + hint(text, among: allowed))
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

  /// An object within this one; nil where there is none.
  func fields(_ key: String, _ reader: inout DefinitionReader) -> Fields? {
    object[key].flatMap {
      Fields.read($0, at: pointer(key), language, location: location.isEmpty ? key : location + "/" + key, &reader)
    }
  }

  /// A value as an object's fields, or a report that it is none.
  static func read(
    _ value: JSONValue, at pointer: String, _ language: QueryLanguage, location: String = "",
    _ reader: inout DefinitionReader
  ) -> Fields? {
    guard case .object(let object) = value else {
      reader.schemaError(pointer, "Expected value of type Object, found \(value.kind)")
      return nil
    }
    return Fields(object: object, pointer: pointer, language: language, location: location)
  }

  /// A whole number within bounds.
  func integer(_ key: String, _ range: ClosedRange<Int64>, _ reader: inout DefinitionReader) -> Int64? {
    guard let value = object[key], !isQuery(key) else { return nil }
    guard let number = value.integerValue else {
      reader.schemaError(
        pointer(key), "Expected value of type Integer, found \(value.numberValue == nil ? value.kind : value.text)")
      return nil
    }
    if number < range.lowerBound {
      reader.schemaError(pointer(key), "Minimum value is \(range.lowerBound), found \(number)")
    } else if number > range.upperBound {
      reader.schemaError(pointer(key), "Maximum value is \(range.upperBound), found \(number)")
    } else {
      return number
    }
    return nil
  }

  /// A number within bounds.
  func number(_ key: String, atLeast least: Double, atMost most: Double, _ reader: inout DefinitionReader) -> Double? {
    guard let value = object[key], !isQuery(key) else { return nil }
    guard let number = value.numberValue else {
      reader.schemaError(pointer(key), "Expected value of type Number, found \(value.kind)")
      return nil
    }
    if number < least {
      reader.schemaError(pointer(key), "Minimum value is \(least), found \(value.text)")
    } else if number > most {
      reader.schemaError(pointer(key), "Maximum value is \(most), found \(value.text)")
    } else {
      return number
    }
    return nil
  }
}
