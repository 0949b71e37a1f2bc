/// Reads a pattern: ECMA-262's Pattern grammar with Annex B, without the flag `u`.
///
/// Like every JavaScript engine it takes what has no other meaning literally: `{` that begins no quantifier,
/// `]` outside a class, `\q`.
struct RegexParser {
  let pattern: [Unicode.Scalar]
  var position = 0
  /// Capturing groups that have been opened.
  var groups = 0
  private var depth = 0
  /// The names of all groups by number less one: a reference may stand before its group.
  let names: [String?]

  init(_ pattern: String) throws(JSONataError) {
    self.pattern = Array(pattern.unicodeScalars)
    names = RegexParser.groupNames(self.pattern)
    if self.pattern.count > RegexLimits.length {
      throw failure("it has more than \(RegexLimits.length) characters", at: RegexLimits.length)
    }
    var seen: Set<String> = []
    for name in names.compactMap(\.self) where !seen.insert(name).inserted {
      throw failure("there are two groups with the name \(name)", at: 0)
    }
  }

  mutating func parse() throws(JSONataError) -> RegexNode {
    let node = try alternatives()
    if position < pattern.count { throw failure("this ) closes no group", at: position) }
    return node
  }

  func failure(_ problem: String, at place: Int) -> JSONataError {
    JSONataError(
      code: "S0302", message: "Invalid regular expression: at character \(place + 1), \(problem)", position: place,
      token: place < pattern.count ? String(String.UnicodeScalarView(pattern[place...].prefix(1))) : nil)
  }

  var next: Unicode.Scalar? { position < pattern.count ? pattern[position] : nil }

  mutating func skip(_ text: String) -> Bool {
    let scalars = text.unicodeScalars
    guard pattern[position...].starts(with: scalars) else { return false }
    position += scalars.count
    return true
  }

  private mutating func alternatives() throws(JSONataError) -> RegexNode {
    var all = [try sequence()]
    while skip("|") { all.append(try sequence()) }
    return all.count == 1 ? all[0] : .alternatives(all)
  }

  private mutating func sequence() throws(JSONataError) -> RegexNode {
    var terms: [RegexNode] = []
    while let scalar = next, scalar != "|", scalar != ")" { terms.append(try term()) }
    return terms.count == 1 ? terms[0] : .sequence(terms)
  }

  private mutating func term() throws(JSONataError) -> RegexNode {
    let start = position
    let groupsBefore = groups
    if let quantifier = try quantifier() {
      _ = quantifier
      throw failure("there is nothing to repeat", at: start)
    }
    let node = try atom()
    let end = position
    guard var repetition = try quantifier() else { return node }
    switch node {
    case .assertion: throw failure("there is nothing to repeat", at: end)
    case .look(_, let look) where look.isBehind: throw failure("there is nothing to repeat", at: end)
    default: break
    }
    repetition.groups = groupsBefore + 1..<groups + 1
    return .repeated(node, repetition)
  }

  private mutating func atom() throws(JSONataError) -> RegexNode {
    guard let scalar = next else { return .empty }
    position += 1
    switch scalar {
    case "^": return .assertion(.start)
    case "$": return .assertion(.end)
    case ".": return .single(.any)
    case "(": return try group()
    case "[": return .single(.set(try characterClass()))
    case "\\": return try atomEscape()
    default: return .single(.scalar(scalar.value))
    }
  }

  /// After the opening parenthesis.
  private mutating func group() throws(JSONataError) -> RegexNode {
    let start = position - 1
    depth += 1
    defer { depth -= 1 }
    if depth > RegexLimits.depth {
      throw failure("groups are nested more than \(RegexLimits.depth) deep", at: start)
    }
    let look: RegexLook? =
      if skip("?=") {
        RegexLook(isBehind: false, isNegative: false)
      } else if skip("?!") {
        RegexLook(isBehind: false, isNegative: true)
      } else if skip("?<=") {
        RegexLook(isBehind: true, isNegative: false)
      } else if skip("?<!") {
        RegexLook(isBehind: true, isNegative: true)
      } else { nil }
    if let look { return .look(try body(openedAt: start), look) }
    if skip("?:") { return try body(openedAt: start) }
    if skip("?<") {
      guard let name = RegexParser.groupName(pattern, at: position) else {
        throw failure("a group's name is letters and digits up to a >", at: position)
      }
      position += name.unicodeScalars.count + 1
    } else if next == "?" {
      throw failure("this is no kind of group", at: start)
    }
    groups += 1
    let number = groups
    return .group(number, try body(openedAt: start))
  }

  private mutating func body(openedAt start: Int) throws(JSONataError) -> RegexNode {
    let node = try alternatives()
    if !skip(")") { throw failure("this group is not closed", at: start) }
    return node
  }

  /// Nil, and nothing read, where none stands here.
  private mutating func quantifier() throws(JSONataError) -> RegexRepetition? {
    var repetition: RegexRepetition
    if skip("*") {
      repetition = RegexRepetition(minimum: 0, maximum: .max)
    } else if skip("+") {
      repetition = RegexRepetition(minimum: 1, maximum: .max)
    } else if skip("?") {
      repetition = RegexRepetition(minimum: 0, maximum: 1)
    } else if let counted = try countedRepetition() {
      repetition = counted
    } else {
      return nil
    }
    repetition.isGreedy = !skip("?")
    return repetition
  }

  /// `{2}`, `{2,}`, `{2,5}`; anything else that begins with a brace is text.
  private mutating func countedRepetition() throws(JSONataError) -> RegexRepetition? {
    let start = position
    guard skip("{"), let minimum = try count() else {
      position = start
      return nil
    }
    var maximum = minimum
    if skip(",") { maximum = try count() ?? .max }
    guard skip("}") else {
      position = start
      return nil
    }
    if maximum < minimum { throw failure("the numbers of a repetition are out of order", at: start) }
    return RegexRepetition(minimum: minimum, maximum: maximum)
  }

  private mutating func count() throws(JSONataError) -> Int? {
    let start = position
    var value = 0
    while let digit = next, ("0"..."9").contains(digit) {
      value = min(value * 10 + Int(digit.value - 48), RegexLimits.repetitions + 1)
      position += 1
    }
    if value > RegexLimits.repetitions {
      throw failure("a repetition is of at most \(RegexLimits.repetitions)", at: start)
    }
    return position == start ? nil : value
  }
}

extension RegexParser {
  /// Nil for groups without a name; found before the pattern is read, by its parentheses alone.
  private static func groupNames(_ pattern: [Unicode.Scalar]) -> [String?] {
    var names: [String?] = []
    var isInClass = false
    var index = 0
    while index < pattern.count {
      switch pattern[index] {
      case "\\": index += 1
      case "[": isInClass = true
      case "]": isInClass = false
      case "(" where !isInClass:
        let rest = pattern[(index + 1)...].prefix(3).map(\.self)
        if rest.first != "?" {
          names.append(nil)
        } else if rest.count == 3, rest[1] == "<", rest[2] != "=", rest[2] != "!" {
          names.append(groupName(pattern, at: index + 3))
        }
      default: break
      }
      index += 1
    }
    return names
  }

  /// The name that ends with `>`; nil where there is none.
  static func groupName(_ pattern: [Unicode.Scalar], at start: Int) -> String? {
    guard start < pattern.count, let end = pattern[start...].firstIndex(of: ">"), end > start else { return nil }
    let name = pattern[start..<end]
    guard !name.contains(where: { !$0.properties.isIDContinue && $0 != "$" }) else { return nil }
    guard let first = name.first, first.properties.isIDStart || first == "_" || first == "$" else { return nil }
    return String(String.UnicodeScalarView(name))
  }
}
