internal import JobModel

/// Why the rules of a time zone cannot be had.
public struct TimeZoneError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of failure it is, for a caller that decides by it.
  public enum Kind: Hashable, Sendable {
    /// There is no zone of this name.
    case unknownName
    /// There is no time zone database on this machine.
    case noDatabase
    /// The zone's file is not what RFC 8536 describes.
    case damagedFile
  }

  public let kind: Kind
  /// The name that was asked for, as it was given.
  public let name: String
  /// What is wrong and, where there is one, the remedy.
  public let message: String

  public var description: String { message }

  static func unknownName(_ name: String, nearest: String?) -> TimeZoneError {
    let remedy = nearest.map { "did you mean \($0)?" } ?? "use an IANA name such as Europe/London or UTC"
    return TimeZoneError(
      kind: .unknownName, name: name, message: "there is no time zone \"\(printable(name))\": \(remedy)")
  }

  static func noDatabase(_ name: String, directory: String) -> TimeZoneError {
    TimeZoneError(
      kind: .noDatabase, name: name,
      message: "there is no time zone database in \(directory), so \"\(printable(name))\" cannot be looked up: "
        + "install the package tzdata")
  }

  static func damagedFile(_ name: String, path: String, reason: String) -> TimeZoneError {
    TimeZoneError(
      kind: .damagedFile, name: name,
      message: "\(path) is not a time zone file (\(reason)): install the package tzdata again")
  }
}

/// What a user gave, made safe and short enough for a message of one line.
func printable(_ text: String) -> String {
  String(text.unicodeScalars.prefix(80)).onOneLine + (text.unicodeScalars.count > 80 ? "…" : "")
}
