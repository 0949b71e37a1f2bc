public import JobModel

/// An expression of the JSONata language (docs.jsonata.org, version 2), read once and evaluated often.
public struct JSONataExpression: Sendable {
  /// As it was written.
  public let text: String

  /// - Throws: the first mistake in the syntax, with its position.
  public init(_ text: String, limits: JSONataLimits = JSONataLimits()) throws(JSONataError) {
    self.text = text
  }

  /// - Parameters:
  ///   - input: the value that `$` names.
  ///   - variables: by name, without the `$`.
  ///   - functions: further functions, or, given as nil, functions of the language that are not to be had.
  /// - Returns: nil where the expression yields nothing (JavaScript's `undefined`).
  public func evaluate(
    _ input: JSONValue?, variables: [String: JSONValue] = [:], functions: HostFunctions = [:],
    in environment: inout JSONataEnvironment
  ) throws(JSONataError) -> JSONValue? {
    throw JSONataError(code: "D1001", message: "Not built yet")
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
