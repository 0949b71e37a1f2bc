internal import Foundation

extension StandardFunctions {
  static let encoding: [NativeFunction] = [
    NativeFunction("base64encode", "<s-:s>", 1, encode64),
    NativeFunction("base64decode", "<s-:s>", 1, decode64),
    NativeFunction("encodeUrlComponent", "<s-:s>", 1) { (call) throws(JSONataError) in
      try encode(call, keeping: URLText.unreserved)
    },
    NativeFunction("encodeUrl", "<s-:s>", 1) { (call) throws(JSONataError) in
      try encode(call, keeping: URLText.unreserved.union(URLText.reserved))
    },
    NativeFunction("decodeUrlComponent", "<s-:s>", 1) { (call) throws(JSONataError) in
      try decode(call, keeping: [])
    },
    NativeFunction("decodeUrl", "<s-:s>", 1) { (call) throws(JSONataError) in
      try decode(call, keeping: URLText.reserved)
    },
  ]

  private static func encode64(_ call: Call) throws(JSONataError) -> Value? {
    guard let text = call.text(0) else { return nil }
    return try call.made(Data(text.utf8).base64EncodedString())
  }

  private static func decode64(_ call: Call) throws(JSONataError) -> Value? {
    guard let text = call.text(0) else { return nil }
    var digits = text.utf8.compactMap { byte -> UInt8? in
      switch byte {
      case UInt8(ascii: "-"): UInt8(ascii: "+")
      case UInt8(ascii: "_"): UInt8(ascii: "/")
      case UInt8(ascii: "="): nil
      default: byte
      }
    }
    while digits.count % 4 != 0 { digits.append(UInt8(ascii: "=")) }
    let data = Data(base64Encoded: Data(digits), options: .ignoreUnknownCharacters) ?? Data()
    return try call.made(String(decoding: data, as: UTF8.self))
  }

  private static func encode(_ call: Call, keeping kept: Set<UInt8>) throws(JSONataError) -> Value? {
    guard let text = call.text(0) else { return nil }
    // Where half a surrogate pair stood, JSON's reader has put U+FFFD.
    if text.unicodeScalars.contains("\u{FFFD}") { throw malformed(call, text) }
    try call.run.budget.allocate(text.utf8.count * 3)
    return .string(URLText.encoded(text, keeping: kept))
  }

  private static func decode(_ call: Call, keeping kept: Set<UInt8>) throws(JSONataError) -> Value? {
    guard let text = call.text(0) else { return nil }
    try call.run.budget.allocate(text.utf8.count)
    guard let decoded = URLText.decoded(text, keeping: kept) else { throw malformed(call, text) }
    return .string(decoded)
  }

  private static func malformed(_ call: Call, _ text: String) -> JSONataError {
    JSONataError("D3140", ["functionName": .text(call.name), "value": .value(.string(text))])
  }
}

/// JavaScript's `encodeURI` and its relatives (ECMA-262, "URI Handling Functions").
private enum URLText {
  static let unreserved = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()".utf8)
  static let reserved = Set(";/?:@&=+$,#".utf8)
  private static let digits = Array("0123456789ABCDEF".utf8)

  static func encoded(_ text: String, keeping kept: Set<UInt8>) -> String {
    var result: [UInt8] = []
    for byte in text.utf8 {
      if kept.contains(byte) {
        result.append(byte)
      } else {
        result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// Nil where an escape is not complete or its bytes are no text. Escapes of `kept` characters stay.
  static func decoded(_ text: String, keeping kept: Set<UInt8>) -> String? {
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      guard bytes[index] == UInt8(ascii: "%") else {
        result.append(bytes[index])
        index += 1
        continue
      }
      guard index + 2 < bytes.count, let high = digit(bytes[index + 1]), let low = digit(bytes[index + 2]) else {
        return nil
      }
      let byte = high << 4 | low
      if kept.contains(byte) { result += bytes[index...index + 2] } else { result.append(byte) }
      index += 3
    }
    return String(validating: result, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    Character(UnicodeScalar(byte)).hexDigitValue.map { UInt8($0) }
  }
}
