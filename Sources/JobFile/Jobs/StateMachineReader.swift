internal import JobModel
internal import StatesLanguage

/// Reads what `stateMachine:` names or holds, and puts the states language's own diagnostics in their place.
struct StateMachineReader {
  let readFile: (String) throws -> String
  let diagnose: (String) -> [Diagnostic]
  /// Several jobs may name one file. Nil: it has mistakes, which are reported already.
  private var files: [String: JSONValue?] = [:]

  init(readFile: @escaping (String) throws -> String, diagnose: @escaping (String) -> [Diagnostic]) {
    self.readFile = readFile
    self.diagnose = diagnose
  }

  /// Nil where it has mistakes.
  ///
  /// - Parameter key: what names or holds the machine.
  mutating func machine(
    _ node: YAMLNode, in key: String = "stateMachine", _ reader: inout ShapeReader
  ) -> JSONValue? {
    if node.members != nil { return inline(node, source: nil, &reader) }
    guard let scalar = node.scalar, scalar.meaning != .null, !scalar.text.isEmpty else {
      reader.diagnostics.error(
        "`\(key)` must be the path of a file, such as `month-end.asl.json`, or the definition itself; "
          + "found \(node.described())", at: node)
      return nil
    }
    let path = scalar.text
    guard !path.contains("\n"), !path.hasPrefix("{") else {
      reader.diagnostics.error(
        "`\(key)` holds a definition as text; write it without `|` and quotes (JSON is YAML)", at: node)
      return nil
    }
    if let known = files[path] { return known }
    let machine = file(path, node, &reader)
    files[path] = .some(machine)
    return machine
  }

  private func file(_ path: String, _ node: YAMLNode, _ reader: inout ShapeReader) -> JSONValue? {
    let text: String
    do {
      text = try readFile(path)
    } catch {
      reader.diagnostics.error("the state machine `\(path)` cannot be read: \(error)", at: node)
      return nil
    }
    guard text.utf8.count <= Limits.definitionBytes else {
      reader.diagnostics.error(
        "the state machine `\(path)` is longer than \(Limits.definitionBytes) bytes", at: node)
      return nil
    }
    let source = SourceText(name: path, text: text)
    if path.hasSuffix(".yaml") || path.hasSuffix(".yml") {
      guard let root = YAMLComposer.compose(source, &reader.diagnostics) else {
        if !reader.diagnostics.hasErrors { reader.diagnostics.error("the state machine `\(path)` is empty", at: node) }
        return nil
      }
      return inline(root, source: source, &reader)
    }
    return json(source, &reader)
  }

  private func json(_ source: SourceText, _ reader: inout ShapeReader) -> JSONValue? {
    let value: JSONValue
    do {
      value = try JSONValue.parse(source.text)
    } catch {
      reader.diagnostics.add(
        .error, "this is no JSON: \(error.message)", at: Place(line: error.line, column: error.column), path: "",
        in: source)
      return nil
    }
    var isSound = true
    for diagnostic in diagnose(source.text) {
      isSound = isSound && diagnostic.severity != .error
      let indentation = source.line(diagnostic.line)?.unicodeScalars.prefix { $0 == " " || $0 == "\t" }.count ?? 0
      reader.diagnostics.add(
        JobFileDiagnostic.Severity(diagnostic.severity), diagnostic.message,
        at: Place(line: diagnostic.line, column: indentation + 1), path: diagnostic.pointer, in: source)
    }
    return isSound ? value : nil
  }

  /// A definition in YAML.
  ///
  /// - Parameter source: its own file; nil for one that stands in the job file.
  private func inline(_ node: YAMLNode, source: SourceText?, _ reader: inout ShapeReader) -> JSONValue? {
    let value = reader.value(node)
    var isSound = true
    for diagnostic in diagnose(value.text) {
      isSound = isSound && diagnostic.severity != .error
      let target = node.node(at: diagnostic.pointer)
      reader.diagnostics.add(
        JobFileDiagnostic.Severity(diagnostic.severity), diagnostic.message, at: target.keyPlace ?? target.place,
        path: source == nil ? target.path : diagnostic.pointer, in: source)
    }
    return isSound ? value : nil
  }
}

extension JobFileDiagnostic.Severity {
  init(_ severity: Diagnostic.Severity) {
    self = severity == .error ? .error : .warning
  }
}
