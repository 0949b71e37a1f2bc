internal import COpenSSL

/// SHA-256 and what is built on it: the whole of the cryptography that signing needs.
public enum SHA256 {
  /// The 32 bytes of the hash.
  public static func hash(_ bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    let isDone = bytes.withUnsafeBytes { jobd_sha256($0.baseAddress, $0.count, &digest) }
    precondition(isDone, "OpenSSL has no SHA-256")
    return digest
  }

  /// The 32 bytes of HMAC-SHA-256 (RFC 2104).
  public static func authenticate(_ bytes: [UInt8], key: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    let isDone = key.withUnsafeBytes { key in
      bytes.withUnsafeBytes { bytes in
        jobd_hmac_sha256(key.baseAddress, key.count, bytes.baseAddress, bytes.count, &digest)
      }
    }
    precondition(isDone, "OpenSSL has no HMAC-SHA-256")
    return digest
  }

  /// The hash in lower-case hexadecimal, as signing spells it.
  public static func hexHash(_ bytes: [UInt8]) -> String { hexadecimal(hash(bytes)) }

  /// Whether two texts are equal, in a time that does not tell where they differ: for signatures and
  /// tokens that somebody else sent.
  public static func isEqualInConstantTime(_ left: String, _ right: String) -> Bool {
    let left = Array(left.utf8)
    let right = Array(right.utf8)
    guard left.count == right.count else { return false }
    return left.withUnsafeBytes { left in
      right.withUnsafeBytes { right in
        jobd_equal_in_constant_time(left.baseAddress, right.baseAddress, left.count)
      }
    }
  }
}

/// Lower-case hexadecimal.
func hexadecimal(_ bytes: [UInt8]) -> String {
  let digits = Array("0123456789abcdef".utf8)
  var text: [UInt8] = []
  text.reserveCapacity(bytes.count * 2)
  for byte in bytes {
    text.append(digits[Int(byte >> 4)])
    text.append(digits[Int(byte & 15)])
  }
  return String(decoding: text, as: UTF8.self)
}
