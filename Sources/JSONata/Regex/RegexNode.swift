/// The syntax of a regular expression.
indirect enum RegexNode: Sendable {
  /// One character, or nothing of the text (an empty alternative).
  case single(RegexSingle)
  case sequence([RegexNode])
  case alternatives([RegexNode])
  /// A capturing group, counted from 1.
  case group(Int, RegexNode)
  case repeated(RegexNode, RegexRepetition)
  case assertion(RegexAssertion)
  case look(RegexNode, RegexLook)
  /// What the group of that number took.
  case backReference(Int)

  static let empty = RegexNode.sequence([])
}

/// What one character is tested against. A number rather than a scalar, since a pattern may name a lone
/// surrogate.
enum RegexSingle: Sendable {
  case scalar(UInt32)
  /// Any but the end of a line.
  case any
  case set(ScalarSet)
}

struct RegexRepetition: Sendable {
  var minimum: Int
  /// `Int.max` where there is no bound.
  var maximum: Int
  var isGreedy = true
  /// The groups within: every repetition begins without them.
  var groups: Range<Int> = 0..<0
}

enum RegexAssertion: Sendable {
  case start
  case end
  case wordBoundary
  case noWordBoundary
}

struct RegexLook: Sendable {
  var isBehind: Bool
  var isNegative: Bool
}
