/// Which of a run's events are asked for.
public enum HistoryRange: Equatable, Sendable {
  /// The first ones after the event with this id (0: from the start).
  case after(Int, limit: Int)
  /// The last ones before the event with this id; nil for the last of all.
  case last(before: Int? = nil, limit: Int)

  public var limit: Int {
    switch self {
    case .after(_, let limit), .last(_, let limit): limit
    }
  }
}

/// Some of a run's events, by id.
public struct HistoryPage: Equatable, Sendable {
  public var events: [HistoryEvent]
  /// Whether there are more in the direction in which the range goes: later ones, or earlier ones.
  public var isMore: Bool

  public init(events: [HistoryEvent] = [], isMore: Bool = false) {
    self.events = events
    self.isMore = isMore
  }

  /// Takes what a store reads event by event, until the page is full: events may be of 256 KiB, and a page is not to
  /// be of a gigabyte.
  public struct Reader: Sendable {
    private let range: HistoryRange
    private var page = HistoryPage()
    private var bytes = 0

    public init(_ range: HistoryRange) { self.range = range }

    /// - Parameter bytes: of the event's details.
    /// - Returns: false where the page is full and the event is not in it.
    public mutating func take(_ event: HistoryEvent, bytes: Int) -> Bool {
      guard page.events.count < range.limit, self.bytes < Limits.historyPageBytes else {
        page.isMore = true
        return false
      }
      page.events.append(event)
      self.bytes += bytes
      return true
    }

    /// What was taken, by id.
    public var result: HistoryPage {
      guard case .last = range else { return page }
      return HistoryPage(events: page.events.reversed(), isMore: page.isMore)
    }
  }
}
