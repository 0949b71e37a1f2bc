internal import JobModel

extension IntrinsicFunction {
  /// The function's value; the parser has made sure that as many arguments are there as it takes.
  func value(
    _ arguments: [JSONValue], using generator: inout any RandomNumberGenerator
  ) throws(IntrinsicProblem) -> JSONValue {
    switch self {
    case .format: throw IntrinsicProblem("States.Format needs its template")
    case .array: return .array(arguments)
    case .arrayPartition: return try arrayPartition(arguments)
    case .arrayContains: return .bool(try array(arguments[0]).contains(arguments[1]))
    case .arrayRange: return try arrayRange(arguments)
    case .arrayGetItem: return try arrayGetItem(arguments)
    case .arrayLength: return .integer(Int64(try array(arguments[0]).count))
    case .arrayUnique: return .array(unique(try array(arguments[0])))
    case .stringToJSON: return try stringToJSON(arguments[0])
    case .jsonToString: return .string(arguments[0].text)
    case .jsonMerge: return try jsonMerge(arguments)
    case .base64Encode: return .string(Encoding.base64(Array(try encodable(arguments[0]).utf8)))
    case .base64Decode: return .string(try base64Decode(arguments[0]))
    case .hash: return .string(try hash(arguments))
    case .mathAdd: return try mathAdd(arguments)
    case .mathRandom: return try mathRandom(arguments, using: &generator)
    case .stringSplit: return try stringSplit(arguments)
    case .uuid: return .string(Encoding.uuid(using: &generator))
    }
  }

  private var name: String { "States." + rawValue }

  private func array(_ value: JSONValue) throws(IntrinsicProblem) -> [JSONValue] {
    guard case .array(let elements) = value else {
      throw IntrinsicProblem("The first argument of \(name) is an array, not: \(value.kind)")
    }
    return elements
  }

  private func string(_ value: JSONValue) throws(IntrinsicProblem) -> String {
    guard case .string(let text) = value else {
      throw IntrinsicProblem("\(name) takes a string, not: \(value.kind)")
    }
    return text
  }

  /// A number rounded to the nearest integer, as the guide says of the array and math functions.
  private func integer(_ value: JSONValue) throws(IntrinsicProblem) -> Int64 {
    if case .integer(let number) = value { return number }
    guard let number = value.numberValue, let whole = Int64(exactly: (number + 0.5).rounded(.down)) else {
      throw IntrinsicProblem("\(name) takes an integer, not: \(value.text)")
    }
    return whole
  }

  private func encodable(_ value: JSONValue) throws(IntrinsicProblem) -> String {
    let text = try string(value)
    guard text.utf16.count <= LanguageLimits.encodingCharacters else {
      throw IntrinsicProblem("\(name) takes at most \(LanguageLimits.encodingCharacters) characters")
    }
    return text
  }
}

// MARK: - Arrays

extension IntrinsicFunction {
  private func arrayPartition(_ arguments: [JSONValue]) throws(IntrinsicProblem) -> JSONValue {
    let elements = try array(arguments[0])
    guard let size = Int(exactly: try integer(arguments[1])), size > 0 else {
      throw IntrinsicProblem("The chunk size of \(name) is a positive integer")
    }
    return .array(
      stride(from: 0, to: elements.count, by: size).map { start in
        .array(Array(elements[start..<(elements.count - start > size ? start + size : elements.count)]))
      })
  }

  private func arrayRange(_ arguments: [JSONValue]) throws(IntrinsicProblem) -> JSONValue {
    let first = try integer(arguments[0])
    let last = try integer(arguments[1])
    let step = try integer(arguments[2])
    guard step != 0 else { throw IntrinsicProblem("The step of \(name) is not zero") }
    let (distance, isTooWide) = last.subtractingReportingOverflow(first)
    let (steps, isTooMany) = distance.dividedReportingOverflow(by: step)
    guard !isTooWide, !isTooMany, steps < LanguageLimits.arrayRangeElements else {
      throw IntrinsicProblem("\(name) makes at most \(LanguageLimits.arrayRangeElements) elements")
    }
    return .array(stride(from: first, through: last, by: Int(step)).map(JSONValue.integer))
  }

  private func arrayGetItem(_ arguments: [JSONValue]) throws(IntrinsicProblem) -> JSONValue {
    let elements = try array(arguments[0])
    guard let index = Int(exactly: try integer(arguments[1])), elements.indices.contains(index) else {
      throw IntrinsicProblem("The index \(arguments[1].text) is out of bounds of an array of \(elements.count)")
    }
    return elements[index]
  }

  private func unique(_ elements: [JSONValue]) -> [JSONValue] {
    var scalars: Set<String> = []
    var others: [JSONValue] = []
    var result: [JSONValue] = []
    for element in elements {
      switch element {
      case .array, .object:
        if others.contains(element) { continue }
        others.append(element)
      case .integer, .double:
        if !scalars.insert(element.numberValue?.description ?? "").inserted { continue }
      default:
        if !scalars.insert(element.text).inserted { continue }
      }
      result.append(element)
    }
    return result
  }
}

// MARK: - JSON, numbers, strings

extension IntrinsicFunction {
  private func stringToJSON(_ value: JSONValue) throws(IntrinsicProblem) -> JSONValue {
    let text = try string(value)
    if text.allSatisfy(\.isWhitespace) { return .null }
    do {
      return try JSONValue.parse(text)
    } catch {
      throw IntrinsicProblem("The string is no valid JSON: \(error)")
    }
  }

  private func jsonMerge(_ arguments: [JSONValue]) throws(IntrinsicProblem) -> JSONValue {
    guard case .object(var merged) = arguments[0], case .object(let second) = arguments[1] else {
      throw IntrinsicProblem("\(name) merges two objects")
    }
    guard case .bool(let isDeep) = arguments[2] else {
      throw IntrinsicProblem("The third argument of \(name) is a boolean")
    }
    guard !isDeep else { throw IntrinsicProblem("\(name) does not support the deep merging mode") }
    for member in second { merged[member.key] = member.value }
    return .object(merged)
  }

  private func mathAdd(_ arguments: [JSONValue]) throws(IntrinsicProblem) -> JSONValue {
    let (sum, overflow) = try integer(arguments[0]).addingReportingOverflow(try integer(arguments[1]))
    guard !overflow else { throw IntrinsicProblem("The sum of \(name) is out of range") }
    return .integer(sum)
  }

  /// From the first argument, included, to the second, excluded; a seed makes it repeatable.
  private func mathRandom(
    _ arguments: [JSONValue], using generator: inout any RandomNumberGenerator
  ) throws(IntrinsicProblem) -> JSONValue {
    let start = try integer(arguments[0])
    let end = try integer(arguments[1])
    guard start < end else { throw IntrinsicProblem("The start of \(name) is less than its end") }
    guard arguments.count == 3 else { return .integer(Int64.random(in: start..<end, using: &generator)) }
    var seeded = SeededGenerator(seed: UInt64(bitPattern: try integer(arguments[2])))
    return .integer(Int64.random(in: start..<end, using: &seeded))
  }

  /// Every character of the second argument separates, and empty parts are left out: Java's StringTokenizer.
  private func stringSplit(_ arguments: [JSONValue]) throws(IntrinsicProblem) -> JSONValue {
    let text = try string(arguments[0])
    let separators = Set(try string(arguments[1]).unicodeScalars)
    return .array(text.unicodeScalars.split { separators.contains($0) }.map { .string(String($0)) })
  }

  private func base64Decode(_ value: JSONValue) throws(IntrinsicProblem) -> String {
    guard let bytes = Encoding.bytes(base64: try encodable(value)),
      let text = String(validating: bytes, as: UTF8.self)
    else { throw IntrinsicProblem("The string is no Base64 of UTF-8 text") }
    return text
  }

  private func hash(_ arguments: [JSONValue]) throws(IntrinsicProblem) -> String {
    let data = if case .string(let text) = arguments[0] { text } else { arguments[0].text }
    guard data.utf16.count <= LanguageLimits.encodingCharacters else {
      throw IntrinsicProblem("\(name) takes at most \(LanguageLimits.encodingCharacters) characters")
    }
    let algorithm = try string(arguments[1])
    guard let digest = Encoding.digest(of: Array(data.utf8), algorithm: algorithm) else {
      throw IntrinsicProblem("\(name) knows MD5, SHA-1, SHA-256, SHA-384 and SHA-512, not: \(algorithm)")
    }
    return digest
  }
}
