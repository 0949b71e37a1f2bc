internal import JobModel

/// What an intrinsic function says when its arguments do not suit it; the call's text is put before it.
struct IntrinsicProblem: Error {
  var message: String

  init(_ message: String) { self.message = message }
}

extension IntrinsicCall {
  /// The call's value.
  ///
  /// - Parameter data: where its paths look.
  func value(in data: EvaluationData, using generator: inout any RandomNumberGenerator) throws(StateFailure)
    -> JSONValue
  {
    var values: [JSONValue] = []
    values.reserveCapacity(arguments.count)
    for argument in arguments { values.append(try value(of: argument, in: data, using: &generator)) }
    do {
      if function == .format { return .string(try formatted(values)) }
      return try function.value(values, using: &generator)
    } catch let problem {
      throw StateFailure(
        error: ErrorName.intrinsicFailure,
        detail: "The function '\(text)' had the following error: \(problem.message)")
    }
  }

  private func value(
    of argument: Argument, in data: EvaluationData, using generator: inout any RandomNumberGenerator
  ) throws(StateFailure) -> JSONValue {
    switch argument {
    case .text(let raw): .string(IntrinsicCall.unescape(raw))
    case .integer(let number): .integer(number)
    case .double(let number): .double(number)
    case .bool(let value): .bool(value)
    case .null: .null
    case .call(let call): try call.value(in: data, using: &generator)
    case .path(let path): try value(of: path, in: data)
    }
  }

  private func value(of path: JSONPath, in data: EvaluationData) throws(StateFailure) -> JSONValue {
    guard let value = data.lenientValue(of: path) else {
      throw StateFailure.runtime(
        "The function '\(text)' had the following error: The JsonPath argument for the field '\(path.text)' "
          + "could not be found in the input '\(data.documentText(of: path))'")
    }
    return value
  }

  /// `\'`, `\\`, `\{` and `\}` stand for the character after the backslash.
  static func unescape(_ raw: String) -> String {
    guard raw.utf8.contains(UInt8(ascii: "\\")) else { return raw }
    var result = String.UnicodeScalarView()
    var isEscaped = false
    for scalar in raw.unicodeScalars {
      if isEscaped {
        if !"'\\{}".unicodeScalars.contains(scalar) { result.append("\\") }
        result.append(scalar)
        isEscaped = false
      } else if scalar == "\\" {
        isEscaped = true
      } else {
        result.append(scalar)
      }
    }
    if isEscaped { result.append("\\") }
    return String(result)
  }

  /// States.Format: each `{}` of the first argument is replaced by the next of the others.
  private func formatted(_ values: [JSONValue]) throws(IntrinsicProblem) -> String {
    guard case .string(let evaluated) = values[0] else {
      throw IntrinsicProblem("The first argument of States.Format is a string")
    }
    let template: String = if case .text(let raw) = arguments[0] { raw } else { evaluated }
    var result = String.UnicodeScalarView()
    var used = 1
    var scalars = template.unicodeScalars.makeIterator()
    var pending = scalars.next()
    while let scalar = pending {
      pending = scalars.next()
      if scalar == "\\", let escaped = pending {
        if !"'\\{}".unicodeScalars.contains(escaped) { result.append(scalar) }
        result.append(escaped)
        pending = scalars.next()
      } else if scalar == "{", pending == "}" {
        guard used < values.count else {
          throw IntrinsicProblem("The number of arguments does not match the number of occurrences of {}")
        }
        result.append(contentsOf: javaText(values[used]).unicodeScalars)
        used += 1
        pending = scalars.next()
      } else if scalar == "{" || scalar == "}" {
        throw IntrinsicProblem("Matching '}' not found for '{', or a brace is not escaped")
      } else {
        result.append(scalar)
      }
    }
    guard used == values.count else {
      throw IntrinsicProblem("The number of arguments does not match the number of occurrences of {}")
    }
    return String(result)
  }
}

/// A value as a Java program prints it, which is what States.Format shows of objects and arrays.
func javaText(_ value: JSONValue) -> String {
  switch value {
  case .null: "null"
  case .bool(let value): value ? "true" : "false"
  case .integer(let number): String(number)
  case .double(let number): javaText(number)
  case .string(let text): text
  case .array(let elements): "[" + elements.map(javaText).joined(separator: ", ") + "]"
  case .object(let members): "{" + members.map { "\($0.key)=\(javaText($0.value))" }.joined(separator: ", ") + "}"
  }
}

/// `Double.toString` of Java: `1.0`, `1.0E10`, `1.5E-5`.
func javaText(_ number: Double) -> String {
  let magnitude = number.magnitude
  let shortest = number.description
  if magnitude == 0 || (magnitude >= 1e-3 && magnitude < 1e7) { return shortest }
  // Swift's shortest digits are Java's, only the point and the exponent are placed elsewhere.
  let sign = number < 0 ? "-" : ""
  let parts = magnitude.description.split(separator: "e")
  let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
  let whole = String(mantissa[0])
  let fraction = mantissa.count > 1 && mantissa[1] != "0" ? String(mantissa[1]) : ""
  var exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
  var digits = whole + fraction
  exponent += whole.count - 1
  while digits.first == "0", digits.count > 1 {
    digits.removeFirst()
    exponent -= 1
  }
  while digits.last == "0", digits.count > 1 { digits.removeLast() }
  let rest = digits.dropFirst()
  return "\(sign)\(digits.prefix(1)).\(rest.isEmpty ? "0" : String(rest))E\(exponent)"
}
