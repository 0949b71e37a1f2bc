struct XMLReadError: Error, Equatable, CustomStringConvertible {
  var message: String
  var description: String { message }
}

/// Reads the answers of the Query protocol: the part of XML 1.0 that they use, strictly and within bounds.
///
/// A reader of jobd's own because Foundation's crashes on some malformed documents, and an answer comes
/// from the network. There is no document type, so no entity is ever expanded; nesting takes no stack.
struct XMLReader {
  static let depth = 64
  static let elementCount = 100_000

  private let bytes: [UInt8]
  private var position = 0
  private var open: [XMLElement] = []
  private var elementCount = 0

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  static func read(_ bytes: [UInt8]) throws(XMLReadError) -> XMLElement {
    guard String(validating: bytes, as: UTF8.self) != nil else { throw XMLReadError(message: "it is not UTF-8") }
    var reader = XMLReader(bytes)
    return try reader.readDocument()
  }

  private mutating func readDocument() throws(XMLReadError) -> XMLElement {
    _ = skip("\u{FEFF}")
    var root: XMLElement?
    while position < bytes.count {
      if open.isEmpty { skipSpace() }
      guard position < bytes.count else { break }
      guard bytes[position] == UInt8(ascii: "<") else {
        guard !open.isEmpty else { throw failure("there is text outside the root element") }
        try readText()
        continue
      }
      guard let closed = try readMarkup() else { continue }
      if open.isEmpty {
        guard root == nil else { throw failure("there are two root elements") }
        root = closed
      } else {
        open[open.count - 1].children.append(closed)
      }
    }
    guard open.isEmpty, let root else { throw failure("it ends too early") }
    return root
  }

  /// What begins with `<`.
  ///
  /// - Returns: the element that it ends, if any.
  private mutating func readMarkup() throws(XMLReadError) -> XMLElement? {
    if skip("<?") {
      try skipPast("?>")
    } else if skip("<!--") {
      try skipPast("-->")
    } else if skip("<![CDATA[") {
      let start = position
      try skipPast("]]>")
      guard !open.isEmpty else { throw failure("there is text outside the root element") }
      open[open.count - 1].text += String(decoding: bytes[start..<position - 3], as: UTF8.self)
    } else if skip("<!") {
      throw failure("it has a declaration")
    } else if skip("</") {
      return try readEndTag()
    } else {
      position += 1
      return try readStartTag()
    }
    return nil
  }

  private mutating func readStartTag() throws(XMLReadError) -> XMLElement? {
    let name = try readName()
    elementCount += 1
    guard open.count < XMLReader.depth, elementCount <= XMLReader.elementCount else {
      throw XMLReadError(
        message: "it has more than \(XMLReader.depth) levels or \(XMLReader.elementCount) elements")
    }
    while true {
      let hasSpace = skipSpace()
      if skip("/>") { return XMLElement(name: name) }
      if skip(">") {
        open.append(XMLElement(name: name))
        return nil
      }
      guard hasSpace else { throw failure("<\(name)> does not end") }
      try skipAttribute()
    }
  }

  private mutating func readEndTag() throws(XMLReadError) -> XMLElement {
    let name = try readName()
    skipSpace()
    guard skip(">") else { throw failure("</\(name)> does not end") }
    guard let element = open.popLast(), element.name == name else { throw failure("</\(name)> closes nothing") }
    return element
  }

  private mutating func skipAttribute() throws(XMLReadError) {
    _ = try readName()
    skipSpace()
    guard skip("=") else { throw failure("an attribute has no value") }
    skipSpace()
    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") || bytes[position] == UInt8(ascii: "'")
    else { throw failure("an attribute's value has no quotes") }
    let quote = bytes[position]
    position += 1
    while position < bytes.count, bytes[position] != quote {
      guard bytes[position] != UInt8(ascii: "<") else { throw failure("an attribute's value does not end") }
      position += 1
    }
    guard position < bytes.count else { throw failure("an attribute's value does not end") }
    position += 1
  }

  /// A name without its prefix.
  private mutating func readName() throws(XMLReadError) -> String {
    let start = position
    while position < bytes.count, XMLReader.isNameByte(bytes[position]) { position += 1 }
    let name = bytes[start..<position]
    let local = name.split(separator: UInt8(ascii: ":")).last ?? []
    guard let first = local.first, !(0x2D...0x39).contains(first), name.count <= 256 else {
      throw failure("there is no name where one must be")
    }
    return String(decoding: local, as: UTF8.self)
  }

  /// Letters, digits, `- . : _` and everything beyond ASCII.
  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: ":"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), 0x80...:
      true
    default: false
    }
  }
}

/// Text and the small things.
extension XMLReader {
  private mutating func readText() throws(XMLReadError) {
    var text: [UInt8] = []
    while position < bytes.count, bytes[position] != UInt8(ascii: "<") {
      let byte = bytes[position]
      if byte == UInt8(ascii: "&") {
        text += Array(try readReference().utf8)
      } else {
        guard byte >= 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D else {
          throw failure("there is a control character")
        }
        text.append(byte)
        position += 1
      }
    }
    open[open.count - 1].text += String(decoding: text, as: UTF8.self)
  }

  /// `&amp;`, `&#65;`, `&#x41;`.
  private mutating func readReference() throws(XMLReadError) -> String {
    guard let end = bytes[position...].prefix(12).firstIndex(of: UInt8(ascii: ";")) else {
      throw failure("a reference does not end")
    }
    let name = String(decoding: bytes[position + 1..<end], as: UTF8.self)
    position = end + 1
    if let known = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'"][name] { return known }
    let number =
      name.hasPrefix("#x") ? UInt32(name.dropFirst(2), radix: 16) : name.hasPrefix("#") ? UInt32(name.dropFirst()) : nil
    guard let number, number > 0, let scalar = Unicode.Scalar(number) else {
      throw failure("a reference names nothing")
    }
    return String(Character(scalar))
  }

  @discardableResult
  private mutating func skipSpace() -> Bool {
    let start = position
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    return position > start
  }

  private mutating func skip(_ text: String) -> Bool {
    guard bytes[position...].starts(with: text.utf8) else { return false }
    position += text.utf8.count
    return true
  }

  private mutating func skipPast(_ text: String) throws(XMLReadError) {
    let end = Array(text.utf8)
    while position + end.count <= bytes.count {
      if bytes[position] == end[0], bytes[position...].starts(with: end) {
        position += end.count
        return
      }
      position += 1
    }
    throw failure("\(text) is missing")
  }

  private func failure(_ message: String) -> XMLReadError {
    let line = bytes[..<min(position, bytes.count)].count { $0 == 0x0A } + 1
    return XMLReadError(message: "line \(line): \(message)")
  }
}
