/// A function of the language.
struct NativeFunction: Sendable {
  let name: String
  let signature: Signature
  /// How many parameters a higher-order function sees.
  let parameterCount: Int
  let body: @Sendable (Call) throws(JSONataError) -> Value?

  init(
    _ name: String, _ signature: String, _ parameterCount: Int,
    _ body: @escaping @Sendable (Call) throws(JSONataError) -> Value?
  ) {
    self.name = name
    self.signature = StandardFunctions.signature(signature)
    self.parameterCount = parameterCount
    self.body = body
  }
}

/// The arguments of a call, which fit the signature, and what the function may use.
struct Call {
  let name: String
  let arguments: [Value?]
  let input: Value?
  let frame: Frame
  let run: Evaluation

  init(_ name: String, _ arguments: [Value?], _ input: Value?, _ frame: Frame, _ run: Evaluation) {
    self.name = name
    self.arguments = arguments
    self.input = input
    self.frame = frame
    self.run = run
  }

  subscript(index: Int) -> Value? { index < arguments.count ? arguments[index] : nil }

  func text(_ index: Int) -> String? { self[index]?.text }
  func number(_ index: Int) -> Double? { self[index]?.double }
  func list(_ index: Int) -> List? { self[index]?.list }
  func members(_ index: Int) -> Members? { self[index]?.members }
  func function(_ index: Int) -> Function? { self[index]?.function }

  /// Text as an array of scalars, paid for.
  func scalars(_ text: String) throws(JSONataError) -> [Unicode.Scalar] {
    try run.budget.allocate(text.utf8.count)
    return Array(text.unicodeScalars)
  }

  /// Text that was made, paid for.
  func made(_ text: String) throws(JSONataError) -> Value {
    try run.budget.allocate(text.utf8.count)
    return .string(text)
  }

  /// A list that was made, paid for.
  func made(_ values: [Value], _ traits: List.Traits = []) throws(JSONataError) -> Value {
    try run.budget.allocate(values.count)
    return .array(List(values, traits))
  }
}

/// The functions of the language by name.
enum StandardFunctions {
  static let table: [String: NativeFunction] = {
    let families = [numbers, strings, matching, arrays, objects, higherOrder, dates, encoding, types]
    var table: [String: NativeFunction] = [:]
    for function in families.joined() { table[function.name] = function }
    return table
  }()

  /// A signature of this library's own.
  static func signature(_ text: String) -> Signature {
    do {
      return try Signature(text)
    } catch {
      preconditionFailure("the signature \(text) is wrong: \(error.message)")
    }
  }
}

extension String {
  init(scalars: some Sequence<Unicode.Scalar>) {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    self = String(view)
  }
}
