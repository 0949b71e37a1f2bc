/// Header fields in the order in which they were given; names are compared without regard to case
/// (RFC 9110 §5.1), and a name may occur several times.
public struct HTTPHeaders: Equatable, Sendable {
  public struct Field: Equatable, Sendable {
    public var name: String
    public var value: String

    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  public var fields: [Field]

  public init(_ fields: [Field] = []) { self.fields = fields }

  /// The first value of a name. Setting replaces every field of that name; nil removes them.
  public subscript(_ name: String) -> String? {
    get { fields.first { isSameFieldName($0.name, name) }?.value }
    set {
      fields.removeAll { isSameFieldName($0.name, name) }
      if let newValue { fields.append(Field(name: name, value: newValue)) }
    }
  }

  /// Every value of a name, in order.
  public func values(of name: String) -> [String] {
    fields.filter { isSameFieldName($0.name, name) }.map(\.value)
  }

  public mutating func append(_ name: String, _ value: String) { fields.append(Field(name: name, value: value)) }
}

extension HTTPHeaders: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, String)...) {
    fields = elements.map { Field(name: $0.0, value: $0.1) }
  }
}

/// Field names are ASCII; anything else is compared as it is.
func isSameFieldName(_ left: String, _ right: String) -> Bool {
  left.utf8.count == right.utf8.count
    && zip(left.utf8, right.utf8).allSatisfy { asciiLowercase($0) == asciiLowercase($1) }
}

func asciiLowercase(_ byte: UInt8) -> UInt8 {
  (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
}
