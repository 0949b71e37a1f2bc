internal import COpenSSL
internal import JobModel

/// What makes a launch recognizable to ECS. Both are derived, so that whoever sends a launch, and
/// however often, sends the same.
enum LaunchIdentity {
  /// The idempotency token: 64 hexadecimal digits (ECS allows 64 characters of ASCII 33 to 126), the
  /// SHA-256 of installation, run and launch number.
  static func clientToken(_ launch: LaunchID, installation: String) -> String {
    let text = Array("jobd/1\n\(installation)\n\(launch.run)\n\(launch.number)".utf8)
    var digest = [UInt8](repeating: 0, count: 32)
    precondition(jobd_sha256(text, text.count, &digest), "OpenSSL could not compute SHA-256")
    return hexadecimal(digest)
  }

  /// The same in the form of a UUID, which every API takes as an idempotency token.
  static func uniqueToken(_ launch: LaunchID, installation: String) -> String {
    let digits = Array(clientToken(launch, installation: installation))
    // Version 8, "custom", and the variant of RFC 9562 §5.8.
    let parts = [digits[0..<8], digits[8..<12], ["8"] + digits[13..<16], ["8"] + digits[17..<20], digits[20..<32]]
    return parts.map { String($0) }.joined(separator: "-")
  }

  /// `jobd/<installation, first 8>/<job>/<scheduled instant>/<rerun>/<launch number>`, in the alphabet
  /// `[A-Za-z0-9-/_]` and at most 128 characters (ECS API, RunTask, `startedBy`).
  static func startedBy(_ launch: LaunchID, installation: String) -> String {
    let run = launch.run
    let prefix = String(decoding: installation.utf8.filter(isLetterOrDigit).prefix(8), as: UTF8.self)
    let text = "jobd/\(prefix)/\(run.job)/\(run.slot.scheduledAt.compactText)/\(run.rerun)/\(launch.number)"
    precondition(text.utf8.count <= ECSLimits.startedByLength, "startedBy is too long: \(text)")
    return text
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
