internal import JSONata
internal import JobModel

/// The functions that Step Functions adds to JSONata, and the one that it takes away (Step Functions guide,
/// "Transforming data with JSONata", "JSONata functions provided by Step Functions").
enum StepFunctionsFunctions {
  static let all: HostFunctions = [
    "partition": HostFunction(arguments: 2...2, body: partition),
    "range": HostFunction(arguments: 3...3, body: range),
    "hash": HostFunction(arguments: 2...2, body: hash),
    "random": HostFunction(arguments: 0...1, body: random),
    "uuid": HostFunction(arguments: 0...0, body: uuid),
    "parse": HostFunction(arguments: 1...1, body: parse),
    // An expression that data brings along is never evaluated.
    "eval": HostFunction?.none,
  ]

  @Sendable private static func partition(
    _ arguments: [JSONValue?], _ environment: inout JSONataEnvironment
  ) throws(JSONataError) -> JSONValue? {
    guard let values = arguments[0] else { return nil }
    let elements = values.arrayValue ?? [values]
    guard let size = arguments[1]?.numberValue, size >= 1, size <= Double(Int32.max) else {
      throw problem("partition", "the chunk size must be a positive number")
    }
    let step = Int(size)
    return .array(
      stride(from: 0, to: elements.count, by: step).map { start in
        .array(Array(elements[start..<min(start + step, elements.count)]))
      })
  }

  /// Yields a sequence, as the range operator does: one element stands for itself, none for nothing.
  @Sendable private static func range(
    _ arguments: [JSONValue?], _ environment: inout JSONataEnvironment
  ) throws(JSONataError) -> JSONValue? {
    guard let first = arguments[0]?.numberValue, let last = arguments[1]?.numberValue,
      let delta = arguments[2]?.numberValue
    else { throw problem("range", "the three arguments must be numbers") }
    guard delta != 0, delta.isFinite, first.isFinite, last.isFinite else {
      throw problem("range", "the increment must not be zero")
    }
    let count = ((last - first) / delta).rounded(.down) + 1
    guard count >= 1 else { return nil }
    guard count <= Double(LanguageLimits.arrayRangeElements) else {
      throw problem("range", "more than \(LanguageLimits.arrayRangeElements) elements would be made")
    }
    let elements = (0..<Int(count)).map { JSONValue.whole(first + Double($0) * delta) }
    return elements.count == 1 ? elements[0] : .array(elements)
  }

  @Sendable private static func hash(
    _ arguments: [JSONValue?], _ environment: inout JSONataEnvironment
  ) throws(JSONataError) -> JSONValue? {
    guard let value = arguments[0] else { return nil }
    let bytes = Array((value.stringValue ?? value.text).utf8)
    guard let name = arguments[1]?.stringValue, let digest = Encoding.digest(of: bytes, algorithm: name) else {
      throw problem("hash", "the algorithm must be MD5, SHA-1, SHA-256, SHA-384 or SHA-512")
    }
    return .string(digest)
  }

  /// With a seed the number is always the same one.
  @Sendable private static func random(
    _ arguments: [JSONValue?], _ environment: inout JSONataEnvironment
  ) throws(JSONataError) -> JSONValue? {
    guard let argument = arguments.first ?? nil else {
      return .double(Double.random(in: 0..<1, using: &environment.generator))
    }
    guard let seed = argument.numberValue, seed.isFinite else { throw problem("random", "the seed must be a number") }
    var seeded = SeededGenerator(seed: seed.bitPattern)
    return .double(Double.random(in: 0..<1, using: &seeded))
  }

  @Sendable private static func uuid(
    _ arguments: [JSONValue?], _ environment: inout JSONataEnvironment
  ) throws(JSONataError) -> JSONValue? {
    .string(Encoding.uuid(using: &environment.generator))
  }

  @Sendable private static func parse(
    _ arguments: [JSONValue?], _ environment: inout JSONataEnvironment
  ) throws(JSONataError) -> JSONValue? {
    guard let argument = arguments[0] else { return nil }
    guard let text = argument.stringValue else { throw problem("parse", "the argument must be a string") }
    do {
      return try JSONValue.parse(text)
    } catch {
      throw problem("parse", "the string is no JSON: \(error)")
    }
  }

  private static func problem(_ function: String, _ detail: String) -> JSONataError {
    JSONataError(code: "T0410", message: "$\(function): \(detail)", token: function)
  }
}

extension JSONValue {
  /// A number, as an integer where it is whole.
  fileprivate static func whole(_ number: Double) -> JSONValue {
    Int64(exactly: number).map(JSONValue.integer) ?? .double(number)
  }
}
