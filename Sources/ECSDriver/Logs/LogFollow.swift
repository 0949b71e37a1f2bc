/// How to follow a log, as a value: after each page it says when to ask for the next one.
///
/// A page that was not the last is followed at once; while lines come, a second later; while none come, ever
/// later, up to five seconds. Once the launch is over it goes on until two pages in a row, five seconds apart,
/// brought nothing: log drivers send late.
public struct LogFollow: Equatable, Sendable {
  public enum Step: Equatable, Sendable {
    case read(after: Duration)
    case end
  }

  static let delays: ClosedRange<Duration> = .seconds(1)...(.seconds(5))

  private var delay = LogFollow.delays.lowerBound
  /// Since when, after the launch's end, pages have brought nothing.
  private var quietSince: Duration?

  public init() {}

  /// - Parameters:
  ///   - hadLines: whether the page had any.
  ///   - isAtEnd: the page's ``LogPage/isAtEnd``.
  ///   - isOver: whether the launch was over before the page was read.
  ///   - now: on the monotonic clock, when the page was read.
  public mutating func next(hadLines: Bool, isAtEnd: Bool, isOver: Bool, at now: Duration) -> Step {
    if hadLines || !isAtEnd {
      delay = LogFollow.delays.lowerBound
      quietSince = nil
      return .read(after: isAtEnd ? delay : .zero)
    }
    guard isOver else {
      quietSince = nil
      defer { delay = min(delay * 2, LogFollow.delays.upperBound) }
      return .read(after: delay)
    }
    guard let quietSince else {
      quietSince = now
      return .read(after: LogFollow.delays.upperBound)
    }
    let left = quietSince + LogFollow.delays.upperBound - now
    return left <= .zero ? .end : .read(after: left)
  }
}
