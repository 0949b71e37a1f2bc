/// One event of a run's history, in Step Functions' own types and order (Step Functions API,
/// HistoryEvent).
public struct HistoryEvent: Equatable, Codable, Sendable {
  /// From 1, without gaps.
  public var id: Int
  /// The event that led to this one; 0 for none.
  public var previousID: Int
  public var timestamp: Instant
  /// `ExecutionStarted`, `TaskStateEntered`, …
  public var type: String
  /// The type's own members under AWS's own key, such as `{"stateEnteredEventDetails": {…}}`; empty
  /// for types that have none.
  public var details: JSONValue

  public init(id: Int, previousID: Int, timestamp: Instant, type: String, details: JSONValue = [:]) {
    self.id = id
    self.previousID = previousID
    self.timestamp = timestamp
    self.type = type
    self.details = details
  }
}
