/// Why a launch's logs cannot be read, in one sentence with a remedy.
public struct LogError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Kind: String, Sendable, CaseIterable {
    /// The caller's own mistake: an unknown container, a limit out of range, a position of another launch or one
    /// that is too old.
    case badRequest = "BAD_REQUEST"
    /// There are no logs that jobd can read: no task, another log driver, a stream that is not there (any more).
    case notFound = "NOT_FOUND"
    /// AWS refused: permissions.
    case refused = "REFUSED"
    /// Throttled or not reached; later it may be.
    case unavailable = "UNAVAILABLE"
    /// The caller's task was cancelled.
    case cancelled = "CANCELLED"
  }

  public var kind: Kind
  public var message: String

  public init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  public var description: String { message }
}
