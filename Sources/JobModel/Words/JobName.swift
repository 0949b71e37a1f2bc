/// The name of a job: a letter or digit, then letters, digits, `-` and `_`, at most 64 in all.
///
/// The alphabet is that of ECS's `startedBy`, which carries the name, less the `/` that parts it
/// from the slot there.
public struct JobName: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let description: String

  /// Nil for a text that is no job name.
  public init?(_ text: String) {
    let utf8 = text.utf8
    guard let first = utf8.first, utf8.count <= Limits.jobNameLength, JobName.isLetterOrDigit(first),
      utf8.allSatisfy({ JobName.isLetterOrDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") })
    else { return nil }
    description = text
  }

  public static func < (left: JobName, right: JobName) -> Bool { left.description < right.description }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
}
