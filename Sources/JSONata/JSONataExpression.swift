public import JobModel

/// An expression of the JSONata language (docs.jsonata.org, version 2), read once and evaluated often.
public struct JSONataExpression: Sendable {
  /// As it was written.
  public let text: String
  private let source: Source

  /// - Throws: the first mistake in the syntax, with its position.
  public init(_ text: String, limits: JSONataLimits = JSONataLimits()) throws(JSONataError) {
    self.text = text
    source = try SourceReader.read(text, limits)
  }

  /// The variables and functions that the expression uses and does not bind itself, in the order of the text.
  public var variableReferences: [VariableReference] { source.references }

  /// The names of the language's own functions, without the `$`.
  public static var functionNames: Set<String> { Set(StandardFunctions.table.keys) }

  /// - Parameters:
  ///   - input: the value that `$` names.
  ///   - variables: by name, without the `$`.
  ///   - functions: further functions, or, given as nil, functions of the language that are not to be had.
  /// - Returns: nil where the expression yields nothing (JavaScript's `undefined`), or a function.
  public func evaluate(
    _ input: JSONValue?, variables: [String: JSONValue] = [:], functions: HostFunctions = [:],
    in environment: inout JSONataEnvironment
  ) throws(JSONataError) -> JSONValue? {
    let run = Evaluation(environment, variables: variables, functions: functions)
    defer {
      environment = run.environment
      run.finish()
    }
    let value = input.map { Value($0) }
    let frame = Frame(nil)
    frame.bind("$", value)
    do {
      let result = try source.expression.evaluate(value.map { Evaluation.wrapped($0) }, frame, run)
      guard let result, !result.isFunction else { return nil }
      return try run.json(result)
    } catch {
      throw error.completed
    }
  }
}

extension Evaluation {
  /// An input that is an array counts as one value, not as many.
  static func wrapped(_ value: Value) -> Value {
    guard case .array(let list) = value, !list.isSequence else { return value }
    return .array(List([value], [.sequence, .outerWrapper]))
  }
}

/// What an evaluation needs of the world: the time and randomness, which are passed in.
public struct JSONataEnvironment {
  /// For `$now` and `$millis`, the same within one evaluation.
  public var now: Instant
  /// For `$random` and `$shuffle`.
  public var generator: any RandomNumberGenerator
  public var limits: JSONataLimits

  public init(now: Instant, generator: any RandomNumberGenerator, limits: JSONataLimits = JSONataLimits()) {
    self.now = now
    self.generator = generator
    self.limits = limits
  }
}

/// A function that the host adds, by its name without the `$`; nil takes one of the language's away.
public typealias HostFunctions = [String: HostFunction?]

/// A function of the host's own: values in, a value out.
public struct HostFunction: Sendable {
  /// How many arguments it takes; another number is an error (`T0410`).
  public var arguments: ClosedRange<Int>
  /// An argument is nil where its expression yielded nothing.
  public var body: @Sendable ([JSONValue?], inout JSONataEnvironment) throws(JSONataError) -> JSONValue?

  public init(
    arguments: ClosedRange<Int>,
    body: @escaping @Sendable ([JSONValue?], inout JSONataEnvironment) throws(JSONataError) -> JSONValue?
  ) {
    self.arguments = arguments
    self.body = body
  }
}
