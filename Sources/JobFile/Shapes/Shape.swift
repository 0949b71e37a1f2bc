/// What a value of the job file may be. The whole file is described by shapes, so that reading, messages,
/// suggestions and the check of the documentation have one source.
indirect enum Shape: Sendable {
  /// Any scalar but null, as it is written.
  case text(example: String, check: TextCheck = .nothing)
  case whole(ClosedRange<Int64>, example: String)
  case number(ClosedRange<Double>, example: String)
  case boolean
  /// One of some words.
  case word([String])
  /// A length of time, read into seconds.
  case duration(ClosedRange<Int64>)
  case list(of: Shape, atMost: Int, example: String)
  case fields(Fields)
  /// Names and their texts; values are taken as written and never shown.
  case environment
  /// Names of variables and where their values are kept.
  case secrets
  /// Names of the user's own and their texts: labels, options.
  case labels
  /// A mapping of anything that JSON can hold.
  case object(example: String)
  /// Read elsewhere.
  case skipped
  /// One such value, or a list of them; read into a list either way.
  case oneOrMore(Shape, atMost: Int)
  /// One of some words in place of the shape.
  case wordOr([String], Shape)
  /// A short form in place of a mapping.
  case short(Shape, Fields)
}

/// Looks at a text's form.
struct TextCheck: Sendable {
  /// What is wrong with the text, or nil.
  var problem: @Sendable (String) -> TextProblem?

  static let nothing = TextCheck { _ in nil }
}

struct TextProblem: Sendable {
  var message: String
  /// In Unicode scalars from the text's start, where one place is wrong.
  var offset: Int?
}

/// The keys of a mapping.
struct Fields: Sendable {
  struct Field: Sendable {
    var name: String
    var shape: Shape
    var isRequired = false
  }

  var fields: [Field]
  /// Such as `{subnets: [subnet-0a]}`: shown where something else stands.
  var example: String
  /// Keys that are not known here, with what is to be said of them.
  var hints: [String: String]
  /// Whether what stands here may be a secret, and so is never shown.
  var hidesValues: Bool
  private let index: [String: Int]

  init(_ fields: [Field], example: String, hints: [String: String] = [:], hidesValues: Bool = false) {
    self.fields = fields
    self.example = example
    self.hints = hints
    self.hidesValues = hidesValues
    index = Dictionary(fields.indices.map { (fields[$0].name, $0) }, uniquingKeysWith: { $1 })
  }

  subscript(_ name: String) -> Field? { index[name].map { fields[$0] } }

  /// The same keys, none of them required.
  var optional: [Field] {
    fields.map { Field(name: $0.name, shape: $0.shape) }
  }
}

extension Shape {
  /// An example of the mapping that this is, or may be one of.
  var mappingExample: String? {
    switch self {
    case .fields(let fields): fields.example
    case .oneOrMore(let shape, _): shape.mappingExample
    default: nil
    }
  }

  /// Whether what stands here may be a secret.
  var hidesValues: Bool { if case .fields(let fields) = self { fields.hidesValues } else { false } }

  /// The keys in this shape, nested ones included: `retry.maxAttempts`, `containerOverrides[].name`.
  var keys: [String] {
    switch self {
    case .fields(let fields):
      fields.fields.flatMap { field in
        [field.name] + field.shape.keys.map { ($0.hasPrefix("[]") ? field.name : field.name + ".") + $0 }
      }
    case .list(let element, _, _):
      element.keys.map { "[]." + $0 }
    case .wordOr(_, let shape), .oneOrMore(let shape, _): shape.keys
    case .short(let shape, let fields): shape.keys + Shape.fields(fields).keys
    default: []
    }
  }
}

extension Fields.Field {
  static func text(_ name: String, _ example: String, _ check: TextCheck = .nothing) -> Self {
    Self(name: name, shape: .text(example: example, check: check))
  }

  static func word(_ name: String, _ words: [String]) -> Self { Self(name: name, shape: .word(words)) }

  static func boolean(_ name: String) -> Self { Self(name: name, shape: .boolean) }

  static func whole(_ name: String, _ range: ClosedRange<Int64>, _ example: String) -> Self {
    Self(name: name, shape: .whole(range, example: example))
  }

  static func texts(_ name: String, atMost: Int = .max, _ element: String, _ example: String) -> Self {
    Self(name: name, shape: .list(of: .text(example: element), atMost: atMost, example: example))
  }

  static func list(_ name: String, atMost: Int = .max, of element: Fields) -> Self {
    Self(name: name, shape: .list(of: .fields(element), atMost: atMost, example: "[\(element.example)]"))
  }

  static func fields(_ name: String, _ fields: Fields) -> Self { Self(name: name, shape: .fields(fields)) }

  static func duration(_ name: String, _ range: ClosedRange<Int64>) -> Self {
    Self(name: name, shape: .duration(range))
  }

  /// One of some words in place of the field's shape.
  func orWord(_ words: String...) -> Self { Self(name: name, shape: .wordOr(words, shape), isRequired: isRequired) }

  var required: Self { Self(name: name, shape: shape, isRequired: true) }
}
