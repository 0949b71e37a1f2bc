extension JSONValue {
  /// Compact JSON text. A double that is not finite (which no parser yields) is written as null.
  public var text: String {
    var writer = JSONWriter(indentation: nil)
    writer.write(self, depth: 0)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// JSON text with two spaces of indentation, for people.
  public var prettyText: String {
    var writer = JSONWriter(indentation: 2)
    writer.write(self, depth: 0)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// Compact JSON as UTF-8.
  public var utf8: [UInt8] {
    var writer = JSONWriter(indentation: nil)
    writer.write(self, depth: 0)
    return writer.bytes
  }
}

/// One pass over a value into a buffer.
private struct JSONWriter {
  let indentation: Int?
  var bytes: [UInt8] = []

  init(indentation: Int?) {
    self.indentation = indentation
    bytes.reserveCapacity(256)
  }

  mutating func write(_ value: JSONValue, depth: Int) {
    switch value {
    case .null: bytes.append(contentsOf: "null".utf8)
    case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
    case .integer(let value): bytes.append(contentsOf: String(value).utf8)
    case .double(let value): bytes.append(contentsOf: (value.isFinite ? value.description : "null").utf8)
    case .string(let value): write(value)
    case .array(let elements):
      bytes.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        separate(index, depth)
        write(element, depth: depth + 1)
      }
      close(UInt8(ascii: "]"), isEmpty: elements.isEmpty, depth)
    case .object(let members):
      bytes.append(UInt8(ascii: "{"))
      for (index, member) in members.enumerated() {
        separate(index, depth)
        write(member.key)
        bytes.append(contentsOf: (indentation == nil ? ":" : ": ").utf8)
        write(member.value, depth: depth + 1)
      }
      close(UInt8(ascii: "}"), isEmpty: members.isEmpty, depth)
    }
  }

  private mutating func separate(_ index: Int, _ depth: Int) {
    if index > 0 { bytes.append(UInt8(ascii: ",")) }
    breakLine(depth + 1)
  }

  private mutating func close(_ bracket: UInt8, isEmpty: Bool, _ depth: Int) {
    if !isEmpty { breakLine(depth) }
    bytes.append(bracket)
  }

  private mutating func breakLine(_ depth: Int) {
    guard let indentation else { return }
    bytes.append(UInt8(ascii: "\n"))
    bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indentation * depth))
  }

  private mutating func write(_ string: String) {
    bytes.append(UInt8(ascii: "\""))
    let written: Void? = string.utf8.withContiguousStorageIfAvailable { text in
      if text.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
        bytes.append(contentsOf: text)
      } else {
        escape(text)
      }
    }
    if written == nil { Array(string.utf8).withUnsafeBufferPointer { escape($0) } }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func escape(_ text: UnsafeBufferPointer<UInt8>) {
    for byte in text {
      switch byte {
      case UInt8(ascii: "\""): bytes.append(contentsOf: #"\""#.utf8)
      case UInt8(ascii: "\\"): bytes.append(contentsOf: #"\\"#.utf8)
      case 0x08: bytes.append(contentsOf: #"\b"#.utf8)
      case 0x09: bytes.append(contentsOf: #"\t"#.utf8)
      case 0x0A: bytes.append(contentsOf: #"\n"#.utf8)
      case 0x0C: bytes.append(contentsOf: #"\f"#.utf8)
      case 0x0D: bytes.append(contentsOf: #"\r"#.utf8)
      case 0..<0x20:
        bytes.append(contentsOf: #"\u00"#.utf8)
        let hexadecimal = Array("0123456789abcdef".utf8)
        bytes.append(hexadecimal[Int(byte >> 4)])
        bytes.append(hexadecimal[Int(byte & 15)])
      default: bytes.append(byte)
      }
    }
  }
}
