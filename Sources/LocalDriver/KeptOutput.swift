/// What is kept of a stream: its first bytes, or its last ones. A line says how many are not there.
struct KeptOutput: Equatable, Sendable {
  private let limit: Int
  private let keepsEnd: Bool
  private var bytes: [UInt8] = []
  private var count = 0

  init(first limit: Int) { (self.limit, keepsEnd) = (limit, false) }
  init(last limit: Int) { (self.limit, keepsEnd) = (limit, true) }

  mutating func append(_ more: some Collection<UInt8>) {
    count += more.count
    if keepsEnd {
      bytes += more.suffix(limit)
      // Cut seldom, so that each byte is moved once or twice.
      if bytes.count > 2 * limit { bytes.removeFirst(bytes.count - limit) }
    } else {
      bytes += more.prefix(max(0, limit - bytes.count))
    }
  }

  var isWhole: Bool { count <= limit }

  /// The bytes as text; what is no UTF-8 becomes replacement characters.
  var text: String {
    if isWhole { return String(decoding: bytes, as: UTF8.self) }
    let note = "[\(count - limit) bytes more are not kept]"
    if keepsEnd {
      let kept = bytes.suffix(limit).drop { KeptOutput.continues($0) }
      return note + "\n" + String(decoding: kept, as: UTF8.self)
    }
    // A character that was cut in two goes whole.
    var kept = bytes[...]
    if let start = kept.lastIndex(where: { !KeptOutput.continues($0) }),
      kept.count - start < KeptOutput.length(kept[start])
    {
      kept = kept[..<start]
    }
    return String(decoding: kept, as: UTF8.self) + "\n" + note
  }

  /// Whether a byte is in the middle of a character (RFC 3629).
  private static func continues(_ byte: UInt8) -> Bool { byte & 0b1100_0000 == 0b1000_0000 }

  /// The bytes of the character that a byte begins.
  private static func length(_ byte: UInt8) -> Int {
    byte < 0x80 ? 1 : byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2
  }
}
