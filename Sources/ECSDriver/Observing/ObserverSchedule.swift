internal import JobModel

/// How often a task is looked at. Due times are multiples of the interval, so that tasks become due
/// together and fill batches; every interval is a multiple of the shortest.
///
/// | age of the task | interval |
/// |---|---|
/// | under 1 minute, or about to stop | 2 s |
/// | under 5 minutes | 4 s |
/// | under 30 minutes | 10 s |
/// | under 2 hours | 20 s |
/// | older | 30 s |
/// | seen alive, while events tell of the end | 60 s |
enum ObserverSchedule {
  private static let intervals: [(age: Duration, interval: Duration)] = [
    (.seconds(60), .seconds(2)), (.seconds(300), .seconds(4)), (.seconds(1_800), .seconds(10)),
    (.seconds(7_200), .seconds(20)),
  ]
  static let shortest: Duration = .seconds(2)
  static let longest: Duration = .seconds(30)
  /// Of a task that is there, while events are expected to tell of its end; a multiple of all others.
  static let withEvents: Duration = .seconds(60)

  static func interval(age: Duration, status: String?) -> Duration {
    if let status, TaskLifecycle.ending.contains(status) { return shortest }
    return intervals.first { age < $0.age }?.interval ?? longest
  }

  /// The first multiple of `interval` after `now`, both on the monotonic clock.
  static func next(after now: Duration, interval: Duration) -> Duration {
    let step = interval.wholeMilliseconds
    return .milliseconds((now.wholeMilliseconds / step + 1) * step)
  }

  /// How long to wait for a task that was not in the answer the `absences`th time in a row.
  static func delay(absences: Int) -> Duration {
    min(.seconds(60), shortest * (1 << min(max(absences - 1, 0), 6)))
  }
}
