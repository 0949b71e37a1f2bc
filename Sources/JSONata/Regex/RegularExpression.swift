/// A regular expression as JSONata has them: JavaScript's, with the flags `i` and `m`.
///
/// Text is an array of Unicode scalars, and so are all positions.
struct RegularExpression: Sendable {
  let pattern: String

  /// - Throws: `S0301` where it is empty, `S0302`-like errors where it cannot be read.
  init(_ pattern: String, ignoresCase: Bool, isMultiline: Bool) throws(JSONataError) {
    self.pattern = pattern
  }

  struct Match: Hashable {
    var range: Range<Int>
    /// From the first group on; nil where a group took no part.
    var groups: [Range<Int>?]
  }

  /// The first match at or after `start`.
  func firstMatch(
    in text: [Unicode.Scalar], from start: Int, budget: inout EvaluationBudget
  ) throws(JSONataError) -> Match? {
    nil
  }
}
