/// What is left of the limits while an expression is evaluated; every loop over data or text pays here.
struct EvaluationBudget {
  private var steps: Int
  private var allocation: Int

  init(_ limits: JSONataLimits) {
    steps = limits.steps
    allocation = limits.allocation
  }

  /// What may still be made.
  var remainingAllocation: Int { allocation }

  /// Pays for work.
  mutating func spend(_ count: Int = 1) throws(JSONataError) {
    steps -= count
    if steps < 0 { throw JSONataError(code: "U1001", message: "The expression takes too many steps") }
  }

  /// Pays for elements or characters that are about to be made.
  mutating func allocate(_ count: Int) throws(JSONataError) {
    allocation -= count
    if allocation < 0 { throw JSONataError(code: "U1001", message: "The expression makes too much data") }
  }
}
