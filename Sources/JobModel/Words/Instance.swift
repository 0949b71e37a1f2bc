/// Names one running jobd process: host, process id and a random part, so that no two are alike.
public struct InstanceID: Hashable, Comparable, Codable, Sendable, RawRepresentable, CustomStringConvertible {
  public let rawValue: String

  public init(rawValue: String) { self.rawValue = rawValue }
  public init(_ text: String) { self.rawValue = text }
  public var description: String { rawValue }

  public static func < (left: InstanceID, right: InstanceID) -> Bool { left.rawValue < right.rawValue }
}

/// An instance and its lease, as they are stored.
public struct Instance: Hashable, Codable, Sendable {
  public var id: InstanceID
  /// The fencing number: no two instances ever get the same, and a later one gets a greater.
  public var epoch: Int
  /// Until when others must leave its runs alone, by the wall clock.
  public var leaseUntil: Instant
  public var startedAt: Instant

  public init(id: InstanceID, epoch: Int, leaseUntil: Instant, startedAt: Instant) {
    self.id = id
    self.epoch = epoch
    self.leaseUntil = leaseUntil
    self.startedAt = startedAt
  }

  public var ownership: Ownership { Ownership(instance: id, epoch: epoch) }
}
