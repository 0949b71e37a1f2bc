internal import JobModel

/// How the hosts' wall clock went, against the monotonic one.
struct WallClock {
  /// From a monotonic time on the wall clock was so far from `start` + uptime.
  private struct Segment {
    var from: Duration
    var to: Duration
    var offset: Duration
  }

  private let start: Instant
  private let segments: [Segment]
  private let end: Duration
  /// When and by how much it was set.
  let steps: [(at: Duration, by: Duration)]
  /// Hosts differ by so much, and a little time passes between looking at the clock and acting.
  static let skew = Duration.seconds(1)

  init(_ evidence: Evidence) {
    var steps: [(at: Duration, by: Duration)] = []
    for observation in evidence.observations {
      if case .clockStepped(let from, let to) = observation.event { steps.append((observation.at, to - from)) }
    }
    var segments: [Segment] = []
    var (from, offset) = (Duration.zero, Duration.zero)
    for step in steps {
      segments.append(Segment(from: from, to: step.at, offset: offset))
      (from, offset) = (step.at, offset + step.by)
    }
    segments.append(Segment(from: from, to: evidence.endedAt, offset: offset))
    (start, end) = (evidence.scenario.start, evidence.endedAt)
    self.segments = segments
    self.steps = steps
  }

  func time(at uptime: Duration) -> Instant {
    start + uptime + (segments.last { $0.from <= uptime }?.offset ?? .zero)
  }

  /// All that it showed in a while, jumps included.
  func range(_ from: Duration, _ to: Duration) -> ClosedRange<Instant> {
    var (first, last) = (time(at: from), time(at: from))
    for segment in segments where segment.from <= to && segment.to >= from {
      first = min(first, start + max(from, segment.from) + segment.offset)
      last = max(last, start + min(to, segment.to) + segment.offset)
    }
    return first...last
  }

  /// When it may have shown an instant: from the first time to the last. All the time for one that it never showed.
  func span(of instant: Instant) -> ClosedRange<Duration> {
    var span: ClosedRange<Duration>?
    for segment in segments {
      let at = instant - start - segment.offset
      guard at >= segment.from - Self.skew, at <= segment.to + Self.skew else { continue }
      span = min(span?.lowerBound ?? at, at)...max(span?.upperBound ?? at, at)
    }
    guard let span else { return .zero...end }
    return (span.lowerBound - Self.skew)...(span.upperBound + Self.skew)
  }

  /// When it first reached an instant without jumping over it.
  func firstPassing(of instant: Instant) -> Duration? {
    for segment in segments {
      let at = instant - start - segment.offset
      if at < segment.from { return nil }
      if at <= segment.to { return at }
    }
    return nil
  }

  var isNeverSet: Bool { steps.isEmpty }

  /// By how much it was set forward within a while, in all.
  func forward(_ from: Duration, _ to: Duration) -> Duration {
    steps.filter { $0.at >= from && $0.at <= to && $0.by > .zero }.reduce(.zero) { $0 + $1.by }
  }

  /// By how much it was set back within a while, in all.
  func backward(_ from: Duration, _ to: Duration) -> Duration {
    steps.filter { $0.at >= from && $0.at <= to && $0.by < .zero }.reduce(.zero) { $0 - $1.by }
  }

  var backward: Duration { backward(.zero, end) }

  func isSurelyBefore(_ first: Instant, _ second: Instant) -> Bool {
    span(of: first).upperBound < span(of: second).lowerBound
  }
}
