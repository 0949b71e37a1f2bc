internal import JobModel
internal import Yams

/// Reads YAML text into ``YAMLNode``s with Yams, within bounds, and tells every mistake in YAML's own
/// terms with its place.
struct YAMLComposer {
  private let source: SourceText
  /// First occurrences of keys that are given twice: hidden from Yams, which would stop at them, by a
  /// character of the private use area in place of their first.
  private var hidden: [Place: String] = [:]
  private var nodes = 0
  private var isTooLarge = false

  /// Duplicate keys that are reported; each costs another pass over the text.
  private static let mostDuplicates = 32

  private init(source: SourceText) {
    self.source = source
  }

  /// Nil where there is no tree: the text is empty, or no YAML (which is then reported).
  static func compose(_ source: SourceText, _ diagnostics: inout DiagnosticCollector, isJobFile: Bool = true)
    -> YAMLNode?
  {
    var composer = YAMLComposer(source: source)
    guard let root = composer.root(&diagnostics) else { return nil }
    return composer.node(root, path: "", keyPlace: nil, depth: 0, &diagnostics)
  }

  // MARK: Yams

  private mutating func root(_ diagnostics: inout DiagnosticCollector) -> Node? {
    var text = source.text
    while true {
      do {
        return try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot()
      } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
        let place = Place(context.mark)
        guard hidden.count < Self.mostDuplicates, let key = hide(keyAt: place, in: &text) else {
          report("key `\(keys.first ?? "")` is given twice in one mapping", at: place, &diagnostics)
          return nil
        }
        hidden[place] = key
      } catch {
        let (message, place) = describe(error)
        report(message, at: place, &diagnostics)
        return nil
      }
    }
  }

  /// Replaces the first character of a key. Nil where it does not begin with a plain character.
  private func hide(keyAt place: Place, in text: inout String) -> String? {
    guard hidden[place] == nil, var index = source.index(of: place) else { return nil }
    let scalars = source.text.unicodeScalars
    guard index < scalars.endIndex else { return nil }
    if scalars[index] == "\"" || scalars[index] == "'" { index = scalars.index(after: index) }
    guard index < scalars.endIndex, scalars[index].properties.isAlphabetic || ("0"..."9").contains(scalars[index]),
      let substitute = Unicode.Scalar(0xE000 + UInt32(hidden.count))
    else { return nil }
    // The text has been changed before, by characters of another length: find the place anew.
    let changed = SourceText(name: "", text: text)
    guard var target = changed.index(of: place) else { return nil }
    if index != source.index(of: place) { target = changed.text.unicodeScalars.index(after: target) }
    let original = String(scalars[index])
    text = changed.text
    text.unicodeScalars.replaceSubrange(target...target, with: CollectionOfOne(substitute))
    return original
  }

  private func describe(_ error: any Error) -> (String, Place) {
    switch error {
    case YamlError.scanner(let context, let problem, let mark, _),
      YamlError.parser(let context, let problem, let mark, _):
      return (YAMLProblem.message(problem, context: context?.text), Place(mark))
    case YamlError.composer(_, let problem, let mark, _):
      return (YAMLProblem.message(problem, context: nil), Place(mark))
    case YamlError.reader(let problem, let offset, _, let yaml):
      return ("this is not YAML: \(problem)", offset.map { placeOfCharacter($0, in: yaml) } ?? .start)
    default:
      return ("this is not YAML", .start)
    }
  }

  private func placeOfCharacter(_ offset: Int, in yaml: String) -> Place {
    var place = Place.start
    for character in yaml.prefix(offset) {
      if character.isNewline { place = Place(line: place.line + 1, column: 1) } else { place.column += 1 }
    }
    return place
  }

  private func report(_ message: String, at place: Place, _ diagnostics: inout DiagnosticCollector) {
    diagnostics.add(.error, message, at: place, path: "", in: source)
  }

  // MARK: The tree

  private mutating func node(
    _ node: Node, path: String, keyPlace: Place?, depth: Int, _ diagnostics: inout DiagnosticCollector
  ) -> YAMLNode? {
    let place = node.mark.map(Place.init) ?? .start
    guard count(at: place, depth: depth, &diagnostics) else { return nil }
    let content: YAMLNode.Content
    switch node {
    case .scalar(let scalar):
      content = .scalar(self.scalar(scalar, at: place, path, &diagnostics))
    case .sequence(let sequence):
      checkTag(sequence.tag, allowed: ["seq"], at: place, path, &diagnostics)
      var items: [YAMLNode] = []
      for (index, item) in sequence.enumerated() {
        guard
          let item = self.node(item, path: "\(path)[\(index)]", keyPlace: nil, depth: depth + 1, &diagnostics)
        else { return nil }
        items.append(item)
      }
      content = .list(items)
    case .mapping(let mapping):
      checkTag(mapping.tag, allowed: ["map"], at: place, path, &diagnostics)
      guard let members = members(of: mapping, path: path, depth: depth, &diagnostics) else { return nil }
      content = .mapping(members)
    case .alias:
      // Yams resolves aliases while it composes.
      content = .scalar(YAMLScalar(text: "", isPlain: true))
    }
    return YAMLNode(content: content, place: place, keyPlace: keyPlace, path: path)
  }

  /// Aliases multiply nodes, so it is what comes out that is counted.
  private mutating func count(at place: Place, depth: Int, _ diagnostics: inout DiagnosticCollector) -> Bool {
    nodes += 1
    guard !isTooLarge else { return false }
    if depth > Limits.jsonDepth {
      isTooLarge = true
      report("nested deeper than \(Limits.jsonDepth) levels", at: place, &diagnostics)
    } else if nodes > Limits.jobFileNodes {
      isTooLarge = true
      report("more than \(Limits.jobFileNodes) values once aliases are expanded", at: place, &diagnostics)
    }
    return !isTooLarge
  }

  private func scalar(
    _ scalar: Node.Scalar, at place: Place, _ path: String, _ diagnostics: inout DiagnosticCollector
  ) -> YAMLScalar {
    let isTextByTag = scalar.tag.description == "tag:yaml.org,2002:str"
    checkTag(scalar.tag, allowed: ["str", "int", "float", "bool", "null"], at: place, path, &diagnostics)
    let textOffset: Int? =
      switch scalar.style {
      case .any, .plain: 0
      case .singleQuoted, .doubleQuoted: 1
      case .literal, .folded: nil
      }
    return YAMLScalar(
      text: scalar.string, isPlain: scalar.style == .plain && !isTextByTag, textOffset: textOffset)
  }

  private func checkTag(
    _ tag: Tag, allowed: [String], at place: Place, _ path: String, _ diagnostics: inout DiagnosticCollector
  ) {
    let name = tag.description
    if name.isEmpty || name == "!" || allowed.contains(where: { name == "tag:yaml.org,2002:" + $0 }) { return }
    diagnostics.add(
      .error, "the tag `\(name.replacing("tag:yaml.org,2002:", with: "!!"))` has no meaning here; remove it",
      at: place, path: path, in: source)
  }

  private mutating func members(
    of mapping: Node.Mapping, path: String, depth: Int, _ diagnostics: inout DiagnosticCollector
  ) -> [YAMLNode.Member]? {
    var members: [YAMLNode.Member] = []
    var merged: [YAMLNode.Member] = []
    var firstPlaces: [String: Place] = [:]
    for (key, value) in mapping {
      let keyPlace = key.mark.map(Place.init) ?? .start
      guard case .scalar(let scalar) = key else {
        diagnostics.add(.error, "a key must be text; found a list or mapping", at: keyPlace, path: path, in: source)
        continue
      }
      let original = hidden[keyPlace].map { $0 + String(scalar.string.dropFirst()) }
      let name = original ?? scalar.string
      if let first = firstPlaces[name] {
        diagnostics.add(
          .error, "key `\(name)` is given twice in one mapping; the first is on line \(first.line)", at: keyPlace,
          path: path, in: source)
      } else {
        firstPlaces[name] = keyPlace
      }
      let path = path.isEmpty ? name : "\(path).\(name)"
      guard let node = node(value, path: path, keyPlace: keyPlace, depth: depth + 1, &diagnostics) else { return nil }
      if name == "<<", scalar.style == .plain {
        guard let more = mergeMembers(value, at: node, path, depth, &diagnostics) else { return nil }
        merged += more
      } else {
        members.append(YAMLNode.Member(key: name, keyPlace: keyPlace, value: node))
      }
    }
    guard !merged.isEmpty else { return members }
    var known = Set(members.map(\.key))
    return members + merged.filter { known.insert($0.key).inserted }
  }

  /// The members that `<<` brings in (the merge key of YAML 1.1): those of a mapping, or of each mapping
  /// of a list, the first of which wins.
  private mutating func mergeMembers(
    _ value: Node, at node: YAMLNode, _ path: String, _ depth: Int, _ diagnostics: inout DiagnosticCollector
  ) -> [YAMLNode.Member]? {
    let parent = path == "<<" ? "" : String(path.dropLast(".<<".count))
    switch value {
    case .mapping(let mapping):
      return members(of: mapping, path: parent, depth: depth + 1, &diagnostics)
    case .sequence(let sequence):
      var all: [YAMLNode.Member] = []
      for item in sequence {
        guard case .mapping(let mapping) = item else { continue }
        guard let more = members(of: mapping, path: parent, depth: depth + 1, &diagnostics) else { return nil }
        all += more
      }
      return all
    default:
      diagnostics.add(.error, "`<<` needs a mapping, such as `<<: *base`", at: node.place, path: path, in: source)
      return []
    }
  }
}

extension Place {
  init(_ mark: Mark) {
    self.init(line: mark.line, column: mark.column)
  }
}

/// libyaml's problems in words that say what to do.
private enum YAMLProblem {
  static func message(_ problem: String, context: String?) -> String {
    switch problem {
    case "found character that cannot start any token":
      return "this character cannot begin a value, and a tab cannot indent; quote the text, or indent with spaces"
    case "mapping values are not allowed in this context":
      return "a `:` followed by a space is not expected here; quote the text, or check the indentation"
    case "could not find expected ':'":
      return "this line is no `key: value`; is a `:` missing, or the indentation off?"
    case "did not find expected key":
      return "a key of the mapping is expected here; check indentation, quotes and brackets"
    case "found undefined alias":
      return "this alias has no anchor before it (a text that begins with `*` must be quoted)"
    case "but found another document":
      return "a second document begins here; a file holds one"
    case "did not find expected alphabetic or numeric character":
      return "a text that begins with `*` or `&` must be quoted: \"*/15 * * * *\""
    case "exceeded maximum nesting level", "Maximum nesting level reached, set with yaml_set_max_nest_level())":
      return "nested too deeply"
    default:
      return "this is not YAML: \(problem)" + (context.map { " (\($0))" } ?? "")
    }
  }
}
