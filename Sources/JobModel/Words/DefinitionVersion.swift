/// A definition that runs of a job have begun with, numbered in the order of first use. A definition that comes back
/// has the number that it had, as long as it is kept.
public struct DefinitionVersion: Hashable, Codable, Sendable {
  /// From 1.
  public var number: Int
  public var firstUsedAt: Instant
  /// When it was used in the place of another one for the last time.
  public var since: Instant
  /// Whether its text is still there: a retention removes it with the last run that began with it.
  public var isKept: Bool

  public init(number: Int, firstUsedAt: Instant, since: Instant, isKept: Bool = true) {
    self.number = number
    self.firstUsedAt = firstUsedAt
    self.since = since
    self.isKept = isKept
  }
}
