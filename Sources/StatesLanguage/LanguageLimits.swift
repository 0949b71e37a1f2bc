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
  /// States that one event may enter before the execution lets others run (an immediate timer goes on).
  static let transitionsPerEvent = 1_000
  /// Seconds in TimeoutSeconds, IntervalSeconds and their like (Amazon States Language).
  static let seconds: Int64 = 99_999_999
}
