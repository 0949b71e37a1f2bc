/// The matches of a regular expression, or of a function that takes its place, one after the other.
struct Matcher {
  struct Match {
    var text: Value
    var start: Int
    var end: Int
    var groups: Value
    /// What the matcher gave, for a replacement function.
    var whole: Value
  }

  private enum Source {
    case expression(RegularExpression, position: Int, next: Int)
    case function(Function)
    case done
  }

  private var source: Source
  private let text: String
  private let scalars: [Unicode.Scalar]
  private let call: Call
  private var isFirst = true

  init(_ function: Function, _ text: String, _ scalars: [Unicode.Scalar], _ call: Call) {
    if case .regex(let expression, let position) = function.kind {
      source = .expression(expression, position: position, next: 0)
    } else {
      source = .function(function)
    }
    self.text = text
    self.scalars = scalars
    self.call = call
  }

  mutating func next() throws(JSONataError) -> Match? {
    defer { isFirst = false }
    switch source {
    case .done: return nil
    case .function(let function): return try next(of: function)
    case .expression(let expression, let position, let start):
      if !isFirst, start >= scalars.count { return nil }
      let match = try expression.firstMatch(in: scalars, from: start, budget: &call.run.budget)
      guard let match else { return nil }
      if !isFirst, match.range.isEmpty { throw Matcher.empty(expression, position) }
      source = .expression(expression, position: position, next: match.range.upperBound)
      return Matcher.match(match, scalars, next: nil)
    }
  }

  static func empty(_ expression: RegularExpression, _ position: Int) -> JSONataError {
    JSONataError("D1004", at: position, ["value": .text(expression.pattern)])
  }

  /// A match as the language shows it.
  static func match(_ match: RegularExpression.Match, _ scalars: [Unicode.Scalar], next: Value?) -> Match {
    let text = Value.string(String(scalars: scalars[match.range]))
    let groups = Value.array(
      List(match.groups.map { range in range.map { .string(String(scalars: scalars[$0])) } ?? .null }))
    var members: [(String, Value)] = [
      ("match", text), ("start", .number(Double(match.range.lowerBound))),
      ("end", .number(Double(match.range.upperBound))), ("groups", groups),
    ]
    if let next { members.append(("next", next)) }
    return Match(
      text: text, start: match.range.lowerBound, end: match.range.upperBound, groups: groups,
      whole: .object(Members(members)))
  }

  private mutating func next(of function: Function) throws(JSONataError) -> Match? {
    let result = try call.run.apply(function, isFirst ? [.string(text)] : [], call.frame)
    guard let result else { return nil }
    let members = result.members
    let next = members?["next"]?.function
    guard members?["start"]?.double != nil || members?["groups"]?.list != nil || next != nil else {
      // What counts as false in JavaScript ends the matches.
      if case .null = result { return nil }
      throw JSONataError("T1010")
    }
    source = next.map { .function($0) } ?? .done
    func place(_ name: String) -> Int {
      let number = members?[name]?.double ?? 0
      return Int(Swift.min(Swift.max(number.isNaN ? 0 : number, 0), Double(scalars.count)))
    }
    let start = place("start")
    return Match(
      text: members?["match"] ?? .null, start: start, end: Swift.max(start, place("end")),
      groups: members?["groups"] ?? .array(List([])), whole: result)
  }
}

extension Evaluation {
  /// A regular expression called as a function: the first match, with a function that yields the next one.
  func match(
    _ expression: RegularExpression, _ position: Int, _ arguments: [Value?]
  ) throws(JSONataError) -> Value? {
    guard case .string(let text) = arguments.first ?? nil else { return nil }
    let start = arguments.count > 1 ? arguments[1]?.double ?? 0 : 0
    try budget.allocate(text.utf8.count)
    let scalars = Array(text.unicodeScalars)
    guard let from = Int(exactly: start.rounded(.down)), (0...scalars.count).contains(from) else { return nil }
    return try match(expression, position, scalars, from)?.whole
  }

  private func match(
    _ expression: RegularExpression, _ position: Int, _ text: [Unicode.Scalar], _ start: Int
  ) throws(JSONataError) -> Matcher.Match? {
    guard let match = try expression.firstMatch(in: text, from: start, budget: &budget) else { return nil }
    let next = make(.nextMatch(expression, position: position, text: text, start: match.range.upperBound))
    return Matcher.match(match, text, next: next)
  }

  func nextMatch(
    _ expression: RegularExpression, _ position: Int, _ text: [Unicode.Scalar], _ start: Int
  ) throws(JSONataError) -> Value? {
    guard start < text.count else { return nil }
    let match = try match(expression, position, text, start)
    if let match, match.start == match.end { throw Matcher.empty(expression, position) }
    return match?.whole
  }
}
