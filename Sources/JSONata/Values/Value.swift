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
}

/// Whether two texts hold the same scalars. Swift's `==` also takes different spellings of a character for equal.
func areSame(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }

/// The order of JavaScript's `<`: by UTF-16 code units.
func precedes(_ left: String, _ right: String) -> Bool {
  left.utf16.lexicographicallyPrecedes(right.utf16)
}
