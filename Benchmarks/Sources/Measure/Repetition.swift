internal import JobModel

/// How often each measurement is repeated. Other work on the machine only ever makes one slower, so that the median of
/// a few tells what is usual and the best what is possible.
let repetitions = 5

/// Repeats a body that does some number of things, after one turn that warms up; how many a second.
///
/// - Parameter body: returns how many things it did.
func rates(_ body: () throws -> Int) rethrows -> JSONValue {
  _ = try body()
  var rates: [Double] = []
  for _ in 0..<repetitions {
    let start = ContinuousClock.now
    let count = try body()
    rates.append(Double(count) / (ContinuousClock.now - start).inSeconds)
  }
  return summary(rates)
}

/// The same of a body that says itself how long what counts has taken.
func rates(timed body: () async throws -> (count: Int, time: Duration)) async rethrows -> JSONValue {
  _ = try await body()
  var rates: [Double] = []
  for _ in 0..<repetitions {
    let (count, time) = try await body()
    rates.append(Double(count) / time.inSeconds)
  }
  return summary(rates)
}

/// All repetitions, as things a second.
func summary(_ rates: [Double]) -> JSONValue {
  let sorted = rates.sorted()
  return [
    "median": .double(sorted[sorted.count / 2]), "best": .double(sorted[sorted.count - 1]),
    "all": .array(rates.map { .double($0) }),
  ]
}
