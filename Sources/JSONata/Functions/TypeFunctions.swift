extension StandardFunctions {
  static let types: [NativeFunction] = [
    NativeFunction("boolean", "<x-:b>", 1) { (call) throws(JSONataError) in
      call[0] == nil ? nil : .bool(try call.run.truth(of: call[0]))
    },
    NativeFunction("not", "<x-:b>", 1) { (call) throws(JSONataError) in
      call[0] == nil ? nil : .bool(try !call.run.truth(of: call[0]))
    },
    NativeFunction("exists", "<x:b>", 1) { (call) throws(JSONataError) in .bool(call[0] != nil) },
    NativeFunction("type", "<x:s>", 1, type),
    NativeFunction("error", "<s?:x>", 1, error),
    NativeFunction("assert", "<bs?:x>", 2, assert),
    NativeFunction("eval", "<sx?:x>", 2, eval),
  ]

  private static func type(_ call: Call) throws(JSONataError) -> Value? {
    switch call[0] {
    case nil: nil
    case .null: .string("null")
    case .bool: .string("boolean")
    case .number: .string("number")
    case .string: .string("string")
    case .array: .string("array")
    case .object: .string("object")
    case .function: .string("function")
    }
  }

  private static func error(_ call: Call) throws(JSONataError) -> Value? {
    throw JSONataError("D3137", ["message": .text(message(call.text(0)) ?? "$error() function evaluated")])
  }

  private static func assert(_ call: Call) throws(JSONataError) -> Value? {
    if try call.run.truth(of: call[0]) { return nil }
    throw JSONataError("D3141", ["message": .text(message(call.text(1)) ?? "$assert() statement failed")])
  }

  private static func message(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : $0 } }

  private static func eval(_ call: Call) throws(JSONataError) -> Value? {
    guard let text = call.text(0) else { return nil }
    var input = call.input
    if let focus = call[1] { input = Evaluation.wrapped(focus) }
    let expression: Expression
    do {
      expression = try SourceReader.read(text, call.run.limits).expression
    } catch {
      throw JSONataError("D3120", ["value": .value(.string(error.completed.message))])
    }
    do {
      return try call.run.call { () throws(JSONataError) in
        try call.run.onFreshStack { () throws(JSONataError) in
          try expression.evaluate(input, call.frame, call.run)
        }
      }
    } catch {
      if error.code == "U1001" { throw error }
      throw JSONataError("D3121", ["value": .value(.string(error.completed.message))])
    }
  }
}
