/// A mistake in a definition, or something in it that deserves a second look. All of them are reported
/// at once.
public struct Diagnostic: Hashable, Sendable, Codable {
  public enum Severity: String, Sendable, Codable {
    case error
    case warning
  }

  public var severity: Severity
  /// RFC 6901, from the definition's root.
  public var pointer: String
  /// From 1.
  public var line: Int
  public var message: String

  public init(severity: Severity, pointer: String, line: Int, message: String) {
    self.severity = severity
    self.pointer = pointer
    self.line = line
    self.message = message
  }
}
