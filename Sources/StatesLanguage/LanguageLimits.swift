/// The bounds of the language's own parts, with where they come from. What users may raise is in
/// ``ExecutionLimits``.
enum LanguageLimits {
  /// Nested intrinsic calls (Step Functions guide, "Intrinsic functions": ten).
  static let intrinsicDepth = 10
  /// Elements that `States.ArrayRange` may make (same page).
  static let arrayRangeElements = 1_000
  /// Characters that Base64Encode, Base64Decode and Hash take (same page).
  static let encodingCharacters = 10_000
  /// Characters of a JSONPath or an intrinsic call. AWS does not state one.
  static let expressionLength = 10_000
  /// Segments of a path, and nesting of a filter's parentheses.
  static let pathDepth = 100
  /// Values that one path may visit, so that `$..*..*` on a large input ends.
  static let pathVisits = 200_000
  /// Nesting of And, Or and Not.
  static let choiceDepth = 50
  /// Iterations at a time where a Map does not say how many (Step Functions guide, "Map state processing
  /// modes": 40 inline; distributed it has 10,000 there).
  static let inlineConcurrency = 40
  static let distributedConcurrency = 1_000
  /// Characters of a task token (Step Functions API, SendTaskSuccess: 2,048).
  static let tokenLength = 2_048
  /// Parallel and Map states inside each other. AWS does not state a bound.
  static let nesting = 50
  /// Characters of a state's and of a variable's name (Step Functions guide, "Passing data between states with
  /// variables"; Amazon States Language, "States").
  static let stateName = 80
  static let variableName = 80
  /// Characters of a Map's Label (Step Functions guide, "Using Map state in Distributed mode").
  static let labelName = 40
  /// Mistakes, and warnings, of one definition that are reported one by one; beyond that only their number.
  static let diagnostics = 1_000
  /// Names that are compared with the misspelt states and variables of one definition, and steps of following its
  /// variables: a definition of a megabyte is to be checked in a moment.
  static let nameComparisons = 50_000
  static let variableSteps = 1_000_000
  /// States that one event may enter before the execution lets others run (an immediate timer goes on).
  static let transitionsPerEvent = 1_000
  /// Seconds in TimeoutSeconds, IntervalSeconds and their like (Amazon States Language).
  static let seconds: Int64 = 99_999_999
}
