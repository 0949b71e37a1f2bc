internal import COpenSSL

/// Base64 (RFC 4648), digests and UUIDs (RFC 9562), for the intrinsic functions.
enum Encoding {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func base64(_ bytes: [UInt8]) -> String {
    var result: [UInt8] = []
    result.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let count = min(3, bytes.count - start)
      var group = UInt32(bytes[start]) << 16
      if count > 1 { group |= UInt32(bytes[start + 1]) << 8 }
      if count > 2 { group |= UInt32(bytes[start + 2]) }
      for place in 0..<4 {
        result.append(place > count ? UInt8(ascii: "=") : alphabet[Int(group >> (18 - 6 * place) & 63)])
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// Nil for anything that is no Base64; padding may be missing, as in Java's decoder.
  static func bytes(base64 text: String) -> [UInt8]? {
    var digits = Array(text.utf8)
    while digits.last == UInt8(ascii: "="), text.utf8.count - digits.count < 2 { digits.removeLast() }
    guard digits.count % 4 != 1 else { return nil }
    var result: [UInt8] = []
    var group: UInt32 = 0
    var bits = 0
    for digit in digits {
      guard let value = value(of: digit) else { return nil }
      group = group << 6 | UInt32(value)
      bits += 6
      if bits >= 8 {
        bits -= 8
        result.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
      }
    }
    return result
  }

  private static func value(of digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit - 65
    case UInt8(ascii: "a")...UInt8(ascii: "z"): digit - 71
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit + 4
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }

  /// Lower-case hexadecimals; nil for an algorithm that States.Hash does not know.
  static func digest(of bytes: [UInt8], algorithm: String) -> String? {
    let names = ["MD5": "MD5", "SHA-1": "SHA1", "SHA-256": "SHA256", "SHA-384": "SHA384", "SHA-512": "SHA512"]
    guard let name = names[algorithm] else { return nil }
    var digest = [UInt8](repeating: 0, count: Int(JOBD_DIGEST_MAX))
    let length = jobd_digest(name, bytes, bytes.count, &digest)
    guard length > 0 else { return nil }
    return hexadecimal(digest.prefix(Int(length)))
  }

  /// A version 4 UUID.
  static func uuid(using generator: inout any RandomNumberGenerator) -> String {
    var bytes: [UInt8] = []
    for word in [generator.next(), generator.next()] {
      for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * shift))) }
    }
    bytes[6] = bytes[6] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    let digits = Array(hexadecimal(bytes[...]))
    let ends = [8, 12, 16, 20, 32]
    return zip([0] + ends, ends).map { String(digits[$0..<$1]) }.joined(separator: "-")
  }

  private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
