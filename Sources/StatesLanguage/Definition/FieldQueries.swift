internal import JobModel

/// Fields that hold paths, templates and expressions.
extension Fields {
  func path(_ key: String, _ reader: inout DefinitionReader) -> JSONPath? {
    string(key, &reader).flatMap { reader.path($0, at: pointer(key)) }
  }

  /// A path to exactly one place: what SecondsPath and its like take.
  ///
  /// - Parameter takesContext: whether it may look into the context object.
  func definitePath(_ key: String, takesContext: Bool = true, _ reader: inout DefinitionReader) -> JSONPath? {
    guard let path = path(key, &reader) else { return nil }
    if !path.isDefinite {
      reader.schemaError(pointer(key), "Value is not a Reference Path: '\(path.text)' may have several results")
    } else if !takesContext, path.root == .context {
      reader.schemaError(
        pointer(key), "Value is not a Reference Path: '\(path.text)' is in the context object, not in the input")
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
    guard let text = string(key, &reader) else { return .whole }
    // A variable here is no use of it: it is the wrong thing altogether.
    if let path = try? JSONPath.parse(text), path.root != .input {
      reader.schemaError(pointer(key), "Value is not a Reference Path: '\(text)' is not in the state's input")
      return .whole
    }
    guard let path = reader.path(text, at: pointer(key)) else { return .whole }
    guard let reference = ReferencePath(path) else {
      reader.schemaError(
        pointer(key), "Value is not a Reference Path: '\(path.text)' is not made of names and indices alone")
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
    return text.hasPrefix("{%")
  }

  /// The field as messages about the running state name it.
  private func place(_ key: String) -> String { location.isEmpty ? key : location + "/" + key }

  /// Assign: an object whose keys are variables.
  func assignments(_ reader: inout DefinitionReader) -> Template? {
    guard let members = fields("Assign", &reader)?.object else { return nil }
    for key in members.keys {
      VariableChecks.check(key, in: language, at: pointer("Assign") + "/" + jsonPointerToken(key), &reader)
    }
    return template("Assign", &reader)
  }
}
