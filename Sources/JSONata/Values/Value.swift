internal import JobModel

/// A value while an expression is evaluated. What JavaScript calls `undefined` is nil.
///
/// Arrays and objects of the input stay as they came, however large: they are wrapped, not copied.
enum Value {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array(List)
  case object(Members)
  case function(Function)

  init(_ json: JSONValue) {
    switch json {
    case .null: self = .null
    case .bool(let value): self = .bool(value)
    case .integer(let value): self = .number(Double(value))
    case .double(let value): self = .number(value)
    case .string(let value): self = .string(value)
    case .array(let value): self = .array(List(json: value))
    case .object(let value): self = .object(Members(json: value))
    }
  }

  var list: List? { if case .array(let list) = self { list } else { nil } }
  var members: Members? { if case .object(let members) = self { members } else { nil } }
  var function: Function? { if case .function(let function) = self { function } else { nil } }
  var text: String? { if case .string(let text) = self { text } else { nil } }
  var double: Double? { if case .number(let number) = self { number } else { nil } }
  var isFunction: Bool { if case .function = self { true } else { false } }

  /// How deep computed arrays and objects nest here.
  var depth: Int {
    switch self {
    case .array(let list): list.depth
    case .object(let members): members.depth
    default: 0
    }
  }

  /// Whether the value counts as true in a condition (`$boolean`).
  func truth() throws(JSONataError) -> Bool {
    switch self {
    case .null, .function: return false
    case .bool(let value): return value
    case .string(let value): return !value.isEmpty
    case .number(let value):
      if value.isInfinite { throw JSONataError("D1001", ["value": .value(self)]) }
      return value != 0 && !value.isNaN
    case .object(let members): return members.count > 0
    case .array(let list):
      for element in list where try element.truth() { return true }
      return false
    }
  }
}

extension Optional<Value> {
  func truth() throws(JSONataError) -> Bool { try self?.truth() ?? false }
}

/// Equality as the `=` operator has it: by structure, texts scalar by scalar.
func areEqual(_ left: Value, _ right: Value) -> Bool {
  switch (left, right) {
  case (.null, .null): true
  case (.bool(let left), .bool(let right)): left == right
  case (.number(let left), .number(let right)): left == right
  case (.string(let left), .string(let right)): areSame(left, right)
  case (.array(let left), .array(let right)):
    left.count == right.count && zip(left, right).allSatisfy { areEqual($0, $1) }
  case (.object(let left), .object(let right)):
    left.count == right.count
      && left.keys.allSatisfy { key in
        guard let one = left[key], let other = right[key] else { return false }
        return areEqual(one, other)
      }
  case (.function(let left), .function(let right)): left.isSame(as: right)
  default: false
  }
}

/// Whether two texts hold the same scalars. Swift's `==` also takes different spellings of a character for equal.
func areSame(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }

/// The order of JavaScript's `<`: by UTF-16 code units.
func precedes(_ left: String, _ right: String) -> Bool {
  left.utf16.lexicographicallyPrecedes(right.utf16)
}
