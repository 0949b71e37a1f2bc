internal import JobModel

/// An array, or a sequence: the result of a path, which stands for its only value where it has just one.
struct List {
  struct Traits: OptionSet {
    let rawValue: UInt8
    /// Made by a path or a function that yields as many values as there are.
    static let sequence = Traits(rawValue: 1)
    /// A sequence of one value stays an array (`[]` after a step).
    static let keepsSingleton = Traits(rawValue: 2)
    /// Made by `[…]` as a step: not flattened into the path's result.
    static let constructed = Traits(rawValue: 4)
    /// Put around an input that is an array, so that the input counts as one value.
    static let outerWrapper = Traits(rawValue: 8)
  }

  enum Storage {
    case values([Value])
    case json([JSONValue])
    case range(Span)
    case tuples(TupleStream)
  }

  /// The whole numbers from `first` on. Ten million of them are often only counted.
  final class Span {
    let first: Double
    let count: Int

    init(first: Double, count: Int) {
      self.first = first
      self.count = count
    }
  }

  var storage: Storage
  var traits: Traits
  private var nesting: UInt16

  init(_ values: [Value], _ traits: Traits = []) {
    storage = .values(values)
    self.traits = traits
    nesting = UInt16(clamping: 1 + values.reduce(0) { Swift.max($0, $1.depth) })
  }

  init(json: [JSONValue]) {
    storage = .json(json)
    traits = []
    nesting = 1
  }

  init(_ span: Span) {
    storage = .range(span)
    traits = [.sequence]
    nesting = 1
  }

  init(_ tuples: TupleStream) {
    storage = .tuples(tuples)
    traits = [.sequence]
    nesting = 1
  }

  static func sequence(_ values: [Value]) -> List { List(values, [.sequence]) }

  var depth: Int { Int(nesting) }
  var isSequence: Bool { traits.contains(.sequence) }
  var tuples: TupleStream? { if case .tuples(let stream) = storage { stream } else { nil } }
}

extension List: RandomAccessCollection {
  var startIndex: Int { 0 }
  var endIndex: Int {
    switch storage {
    case .values(let values): values.count
    case .json(let values): values.count
    case .range(let span): span.count
    case .tuples(let stream): stream.tuples.count
    }
  }

  subscript(index: Int) -> Value {
    switch storage {
    case .values(let values): values[index]
    case .json(let values): Value(values[index])
    case .range(let span): .number(span.first + Double(index))
    case .tuples(let stream): stream.tuples[index].item
    }
  }
}

/// What a path carries from step to step where it binds variables or looks for parents: each value with its
/// bindings.
final class TupleStream {
  let tuples: [Tuple]

  init(_ tuples: [Tuple]) {
    self.tuples = tuples
  }
}

struct Tuple {
  var item: Value
  private(set) var names: [String] = []
  private(set) var values: [Value] = []

  init(_ item: Value) {
    self.item = item
  }

  mutating func bind(_ name: String, _ value: Value) {
    if let index = names.firstIndex(of: name) {
      values[index] = value
    } else {
      names.append(name)
      values.append(value)
    }
  }

  /// Takes over another tuple's value and bindings.
  mutating func merge(_ other: Tuple) {
    item = other.item
    for (name, value) in zip(other.names, other.values) { bind(name, value) }
  }
}
