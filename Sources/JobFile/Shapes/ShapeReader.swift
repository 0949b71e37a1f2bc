internal import JobModel

/// Reads values by their shapes, and reports whatever does not fit. What comes out holds only what fits:
/// lengths of time in seconds, texts as written, numbers and booleans as such.
struct ShapeReader {
  var diagnostics: DiagnosticCollector

  /// - Parameter isWhole: false for defaults, where what is missing may come from a job.
  mutating func read(_ node: YAMLNode, as shape: Shape, named name: String, isWhole: Bool = true) -> JSONValue? {
    switch shape {
    case .text(let example, let check): return text(node, name, example, check)
    case .whole(let range, let example): return wholeNumber(node, name, range, example)
    case .number(let range, let example): return number(node, name, range, example)
    case .boolean: return boolean(node, name)
    case .word(let words): return word(node, name, words, also: "")
    case .duration(let range): return duration(node, name, range)
    case .list(let element, let atMost, let example): return list(node, name, element, atMost, example)
    case .fields(let fields): return self.fields(node, name, fields, isWhole)
    case .environment: return texts(node, name, .environment)
    case .secrets: return texts(node, name, .secrets)
    case .labels: return texts(node, name, .labels)
    case .object(let example):
      guard node.members != nil else { return mismatch(node, name, "a mapping", example) }
      return value(node)
    case .skipped: return nil
    case .oneOrMore(let shape, let atMost):
      if node.items != nil { return list(node, name, shape, atMost, "") }
      return read(node, as: shape, named: name, isWhole: isWhole).map { .array([$0]) }
    case .wordOr(let words, let shape):
      guard let scalar = node.scalar else { return read(node, as: shape, named: name, isWhole: isWhole) }
      if words.contains(scalar.text) { return .string(scalar.text) }
      if let example = shape.mappingExample {
        return word(
          node, name, words, also: ", or a mapping such as `\(example)`", isSecret: shape.hidesValues)
      }
      return read(node, as: shape, named: name, isWhole: isWhole)
    case .short(let shape, let fields):
      if node.members != nil { return self.fields(node, name, fields, isWhole) }
      return read(node, as: shape, named: name, isWhole: isWhole)
    }
  }

  // MARK: Scalars

  private mutating func text(_ node: YAMLNode, _ name: String, _ example: String, _ check: TextCheck) -> JSONValue? {
    guard let scalar = node.scalar, scalar.meaning != .null else { return mismatch(node, name, "text", example) }
    if let problem = check.problem(scalar.text) {
      var place = node.place
      if let offset = problem.offset, let start = scalar.textOffset { place.column += start + offset }
      diagnostics.error("`\(name)` \(problem.message)", at: place, path: node.path)
      return nil
    }
    return .string(scalar.text)
  }

  private mutating func wholeNumber(
    _ node: YAMLNode, _ name: String, _ range: ClosedRange<Int64>, _ example: String
  ) -> JSONValue? {
    guard case .integer(let number) = node.scalar?.meaning else {
      return mismatch(node, name, "a whole number", example, remedy: unquoted(node))
    }
    guard range.contains(number) else {
      diagnostics.error("`\(name)` must be \(bounds(range)); found \(number)", at: node)
      return nil
    }
    return .integer(number)
  }

  private mutating func number(
    _ node: YAMLNode, _ name: String, _ range: ClosedRange<Double>, _ example: String
  ) -> JSONValue? {
    let result: JSONValue
    switch node.scalar?.meaning {
    case .integer(let number): result = .integer(number)
    case .double(let number): result = .double(number)
    default: return mismatch(node, name, "a number", example, remedy: unquoted(node))
    }
    guard range.contains(result.numberValue ?? 0) else {
      diagnostics.error(
        "`\(name)` must be from \(Int(range.lowerBound)) to \(Int(range.upperBound)); found \(result.text)", at: node)
      return nil
    }
    return result
  }

  private mutating func boolean(_ node: YAMLNode, _ name: String) -> JSONValue? {
    if case .boolean(let value) = node.scalar?.meaning { return .bool(value) }
    let remedy: String? =
      switch node.scalar?.text.lowercased() {
      case "yes", "on", "true": "write `true`"
      case "no", "off", "false": "write `false`"
      default: nil
      }
    return mismatch(node, name, "`true` or `false`", nil, remedy: remedy)
  }

  private mutating func word(
    _ node: YAMLNode, _ name: String, _ words: [String], also: String, isSecret: Bool = false
  ) -> JSONValue? {
    if let text = node.scalar?.text, words.contains(text) { return .string(text) }
    let suggestion = node.scalar.flatMap { Suggestion.nearest(to: $0.text, among: words) }
    let list = words.map { "`\($0)`" }.joined(separator: words.count == 2 ? " or " : ", ")
    diagnostics.error(
      "`\(name)` must be \(list)\(also); found \(node.described(showing: !isSecret))"
        + (suggestion.map { "; did you mean `\($0)`?" } ?? ""), at: node)
    return nil
  }

  private mutating func duration(_ node: YAMLNode, _ name: String, _ range: ClosedRange<Int64>) -> JSONValue? {
    let expected = "a length of time"
    let example = "90s`, `15m`, `1h30m` or `1d"
    guard let scalar = node.scalar, scalar.meaning != .null else { return mismatch(node, name, expected, example) }
    guard let seconds = DurationText.seconds(scalar.text) else {
      var remedy: String?
      if let number = Int64(scalar.text), number > 0 { remedy = "write the unit: `\(number)s` for seconds" }
      return mismatch(node, name, expected, example, remedy: remedy)
    }
    guard range.contains(seconds) else {
      diagnostics.error(
        "`\(name)` must be from \(DurationText.text(seconds: range.lowerBound)) to "
          + "\(DurationText.text(seconds: range.upperBound)); found `\(scalar.text)`", at: node)
      return nil
    }
    return .integer(seconds)
  }

  // MARK: Lists and mappings

  private mutating func list(
    _ node: YAMLNode, _ name: String, _ element: Shape, _ atMost: Int, _ example: String
  ) -> JSONValue? {
    guard let items = node.items else {
      var remedy: String?
      if case .text = element, let scalar = node.scalar, scalar.meaning != .null {
        let words = scalar.text.split(separator: " ").prefix(8).map { quotedInFlow(String($0)) }
        remedy = "write `[\(words.joined(separator: ", "))]`"
      }
      return mismatch(node, name, "a list", example, remedy: remedy)
    }
    if items.count > atMost {
      diagnostics.error("`\(name)` holds \(items.count) items; at most \(atMost) are allowed", atKeyOf: node)
    }
    return .array(
      items.enumerated().compactMap { index, item in
        // A list is never merged, so what it lacks, it lacks also among the defaults.
        read(item, as: element, named: "\(name)[\(index)]")
      })
  }

  private mutating func fields(_ node: YAMLNode, _ name: String, _ fields: Fields, _ isWhole: Bool) -> JSONValue? {
    guard let members = node.members else {
      return mismatch(node, name, "a mapping", fields.example, isSecret: fields.hidesValues)
    }
    var result = JSONObject()
    for member in members {
      guard let field = fields[member.key] else {
        reportUnknown(member, in: fields, of: node)
        continue
      }
      if let value = read(member.value, as: field.shape, named: field.name, isWhole: isWhole) {
        result[field.name] = value
      }
    }
    if isWhole {
      for field in fields.fields where field.isRequired && node[field.name] == nil {
        diagnostics.error("`\(name)` needs `\(field.name)`, such as `\(fields.example)`", atKeyOf: node)
      }
    }
    return .object(result)
  }

  private mutating func reportUnknown(_ member: YAMLNode.Member, in fields: Fields, of node: YAMLNode) {
    // A secret that slipped into the place of a key is no word.
    let isHidden = fields.hidesValues && !member.key.allSatisfy { $0.isASCII && $0.isLetter }
    let key = isHidden ? "…" : member.key.count > 60 ? member.key.prefix(60) + "…" : member.key[...]
    let known = fields.fields.map(\.name)
    let ending: String
    if let hint = fields.hints[member.key] {
      ending = ": \(hint)"
    } else if let nearest = Suggestion.nearest(to: member.key, among: known) {
      ending = "; did you mean `\(nearest)`?"
    } else {
      ending = "; known here: \(known.joined(separator: ", "))"
    }
    diagnostics.error(
      "unknown key `\(key)`\(ending)", at: member.keyPlace, path: isHidden ? node.path : member.value.path)
  }

  private mutating func texts(_ node: YAMLNode, _ name: String, _ kind: NamedTexts) -> JSONValue? {
    guard let members = node.members else {
      return mismatch(node, name, "a mapping of names to texts", kind.example, isSecret: true)
    }
    var result = JSONObject()
    for member in members {
      if let problem = kind.names.problem(member.key) {
        diagnostics.error(
          "the \(kind.word)'s name `\(member.key)` \(problem.message)", at: member.keyPlace, path: member.value.path)
      }
      guard let scalar = member.value.scalar, scalar.meaning != .null else {
        diagnostics.error(
          "the \(kind.word) `\(member.key)` must be text; found \(member.value.described(showing: false)); "
            + "write \"\" for empty text", at: member.value)
        continue
      }
      if let problem = kind.values.problem(scalar.text) {
        diagnostics.error("the \(kind.word) `\(member.key)` \(problem.message)", at: member.value)
        continue
      }
      result[member.key] = .string(scalar.text)
    }
    return .object(result)
  }

  /// Any value, as JSON.
  mutating func value(_ node: YAMLNode) -> JSONValue {
    switch node.content {
    case .mapping(let members):
      return .object(JSONObject(members.map { (key: $0.key, value: value($0.value)) }))
    case .list(let items):
      return .array(items.map { value($0) })
    case .scalar(let scalar):
      switch scalar.meaning {
      case .null: return .null
      case .boolean(let value): return .bool(value)
      case .integer(let value): return .integer(value)
      case .double(let value): return .double(value)
      case .text: return .string(scalar.text)
      case .unrepresentable:
        diagnostics.error("JSON cannot hold this number as it is written; quote it to make it text", at: node)
        return .null
      }
    }
  }

  // MARK: Words

  private mutating func mismatch(
    _ node: YAMLNode, _ name: String, _ expected: String, _ example: String?, remedy: String? = nil,
    isSecret: Bool = false
  ) -> JSONValue? {
    let such = example.map { ", such as `\($0)`" } ?? ""
    let remedy = remedy.map { "; \($0)" } ?? ""
    diagnostics.error(
      "`\(name)` must be \(expected)\(such); found \(node.described(showing: !isSecret))\(remedy)", at: node)
    return nil
  }

  private func unquoted(_ node: YAMLNode) -> String? {
    guard let scalar = node.scalar, !scalar.isPlain, Double(scalar.text) != nil else { return nil }
    return "remove the quotes"
  }

  private func bounds(_ range: ClosedRange<Int64>) -> String { "from \(range.lowerBound) to \(range.upperBound)" }

  private func quotedInFlow(_ word: String) -> String {
    word.contains(where: { ",[]{}:#&*!|>'\"%@`".contains($0) }) ? "\"\(word.replacing("\"", with: "\\\""))\"" : word
  }
}

/// A mapping of the user's own names to texts.
private struct NamedTexts {
  var word: String
  var example: String
  var names: TextCheck
  /// What it finds wrong must not repeat the value.
  var values: TextCheck = .nothing

  static let environment = NamedTexts(word: "variable", example: "{STAGE: prod}", names: JobFileForm.environmentName)
  static let secrets = NamedTexts(
    word: "secret", example: "{DB_PASSWORD: \"\(SecretReference.example)\"}", names: JobFileForm.environmentName,
    values: SecretReference.short)
  static let labels = NamedTexts(
    word: "option", example: "{awslogs-group: /ecs/nightly-report}",
    names: TextCheck { name in
      if name.isEmpty { return TextProblem(message: "is empty") }
      return name.hasSuffix(".$")
        ? TextProblem(message: "ends in `.$`, which makes it a path in the states language") : nil
    })
}
