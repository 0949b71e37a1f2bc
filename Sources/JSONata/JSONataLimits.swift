/// What one evaluation may use. Expressions come from users and their data from anywhere: none may keep the
/// process busy for long, or fill its memory.
public struct JSONataLimits: Hashable, Sendable {
  /// Nesting of an expression's syntax.
  public var syntaxDepth = 250
  /// Characters of an expression.
  public var expressionLength = 100_000
  /// Calls within calls; tail calls do not count.
  public var callDepth = 500
  /// Nodes of the syntax that are evaluated within one another, across calls: what the reference implementation's
  /// time-boxed evaluation calls its depth.
  public var evaluationDepth = 8_000
  /// Steps: nodes evaluated, elements visited, characters that a regular expression looks at.
  public var steps = 5_000_000
  /// Elements and characters that are made.
  public var allocation = 20_000_000

  public init() {}
}
