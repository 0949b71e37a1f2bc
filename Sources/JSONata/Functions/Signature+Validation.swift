extension Signature {
  /// The arguments as the function is to get them: the context in the place of one left out, single values as
  /// arrays where an array is wanted.
  ///
  /// - Throws: `T0410`, `T0411` or `T0412`, without the function's name.
  func validate(_ arguments: [Value?], context: Value?) throws(JSONataError) -> [Value?] {
    let symbols = arguments.map { Signature.symbol($0) }
    var counts: [Int] = []
    guard match(symbols, 0, 0, &counts) else { throw mismatch(symbols) }
    var result: [Value?] = []
    result.reserveCapacity(arguments.count)
    var index = 0
    for (parameter, count) in zip(parameters, counts) {
      if count == 0 {
        guard parameter.usesContext else {
          result.append(index < arguments.count ? arguments[index] : nil)
          index += 1
          continue
        }
        guard parameter.accepted.contains(Signature.symbol(context)) else {
          throw JSONataError("T0411", ["index": .value(.number(Double(index + 1)))])
        }
        result.append(context)
        continue
      }
      for _ in 0..<count {
        result.append(try parameter.type == "a" ? array(arguments[index], parameter, index) : arguments[index])
        index += 1
      }
    }
    return result
  }

  private static func symbol(_ value: Value?) -> Character {
    switch value {
    case nil: "m"
    case .null: "l"
    case .bool: "b"
    case .number: "n"
    case .string: "s"
    case .array: "a"
    case .object: "o"
    case .function: "f"
    }
  }

  /// How many arguments each parameter takes, the first ones as many as they can.
  private func match(_ symbols: [Character], _ parameter: Int, _ start: Int, _ counts: inout [Int]) -> Bool {
    guard parameter < parameters.count else { return start == symbols.count }
    let most = longest(symbols, parameter, start)
    let least = parameters[parameter].isOptional ? 0 : 1
    guard most >= least else { return false }
    for count in stride(from: most, through: least, by: -1) {
      counts.append(count)
      if match(symbols, parameter + 1, start + count, &counts) { return true }
      counts.removeLast()
    }
    return false
  }

  private func longest(_ symbols: [Character], _ parameter: Int, _ start: Int) -> Int {
    let accepted = parameters[parameter].accepted
    let limit = parameters[parameter].isRepeated ? symbols.count - start : min(1, symbols.count - start)
    var count = 0
    while count < limit, accepted.contains(symbols[start + count]) { count += 1 }
    return count
  }

  /// Names the first argument that fits no parameter.
  private func mismatch(_ symbols: [Character]) -> JSONataError {
    var good = 0
    for parameter in parameters.indices {
      let count = longest(symbols, parameter, good)
      if count == 0, !parameters[parameter].isOptional { break }
      good += count
    }
    return JSONataError("T0410", ["index": .value(.number(Double(good + 1)))])
  }

  private func array(_ value: Value?, _ parameter: Parameter, _ index: Int) throws(JSONataError) -> Value? {
    guard let value else { return nil }
    if let element = parameter.element, let type = element.first {
      let fits: Bool
      if let list = value.list {
        fits = Signature.holds(list, only: type)
      } else {
        fits = String(Signature.symbol(value)) == element
      }
      if !fits {
        throw JSONataError(
          "T0412",
          [
            "index": .value(.number(Double(index + 1))),
            "type": Signature.plurals[element].map { .text($0) } ?? .value(nil),
          ])
      }
    }
    if case .array = value { return value }
    return .array(List([value]))
  }

  private static func holds(_ list: List, only type: Character) -> Bool {
    if case .range = list.storage { return type == "n" }
    return list.allSatisfy { symbol($0) == type }
  }

  private static let plurals = [
    "a": "arrays", "b": "booleans", "f": "functions", "n": "numbers", "o": "objects", "s": "strings",
  ]
}
