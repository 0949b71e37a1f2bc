/// A regular expression as JSONata has them: JavaScript's (ECMA-262, the Pattern grammar with Annex B, without
/// the flag `u`), with the flags `i` and `m`.
///
/// It is our own, since the standard library's `Regex` has no bound on the time a match takes, and other rules:
/// it sees grapheme clusters, keeps the groups of an earlier repetition, and has another syntax. Here a
/// backtracking matcher with a stack of its own pays for every step, so that a catastrophic pattern ends with
/// `U1001` and neither hangs nor overflows the thread's stack.
///
/// Text is an array of Unicode scalars, and so are all positions: `.` takes a whole emoji's scalar, where
/// JavaScript takes half of it. A surrogate pair in the pattern (`\ud83d\ude00`) is its scalar; a lone
/// surrogate matches nothing.
struct RegularExpression: Sendable {
  /// As it was written, without the slashes.
  let pattern: String
  private let program: RegexProgram

  /// - Throws: `S0301` where it is empty, `S0302` where it cannot be read; its position counts from the
  ///   pattern's beginning.
  init(_ pattern: String, ignoresCase: Bool, isMultiline: Bool) throws(JSONataError) {
    guard !pattern.isEmpty else {
      throw JSONataError(code: "S0301", message: "Empty regular expressions are not allowed", position: 0)
    }
    self.pattern = pattern
    var parser = try RegexParser(pattern)
    let syntax = try parser.parse()
    program = RegexProgram(syntax, groups: parser.groups, ignoresCase: ignoresCase, isMultiline: isMultiline)
  }

  /// An expression that is made rather than written.
  init(_ syntax: RegexNode, groups: Int, ignoresCase: Bool) {
    pattern = ""
    program = RegexProgram(syntax, groups: groups, ignoresCase: ignoresCase, isMultiline: false)
  }

  struct Match: Hashable {
    var range: Range<Int>
    /// From the first group on; nil where a group took no part.
    var groups: [Range<Int>?]
  }

  /// The first match at or after `start`.
  ///
  /// - Throws: `U1001` where the budget is used up, or the alternatives to remember are too many.
  func firstMatch(
    in text: [Unicode.Scalar], from start: Int, budget: inout EvaluationBudget
  ) throws(JSONataError) -> Match? {
    guard start >= 0, start <= text.count else { return nil }
    // What a match makes room for, however short the text is.
    try budget.spend(program.groups + program.registers)
    var matcher = RegexMatcher(program, text)
    for position in start...text.count {
      if let match = try matcher.match(at: position, budget: &budget) { return match }
    }
    return nil
  }
}

/// What a pattern, and the matching of one, may use beside the steps of the evaluation.
enum RegexLimits {
  /// Characters of a pattern.
  static let length = 20_000
  /// Groups within groups.
  static let depth = 200
  /// The numbers of `{n,m}`.
  static let repetitions = 1_000_000
  /// Entries of the stack, of 16 bytes each.
  static let stack = 2_000_000
}
