internal import Foundation

extension Evaluation {
  /// `value[predicate]`: the element at a position, the elements at several, or those for which it is true.
  func filter(_ value: Value?, by predicate: Expression, _ frame: Frame) throws(JSONataError) -> Value? {
    if case .array(let list) = value, let stream = list.tuples {
      return try filter(stream, by: predicate, frame)
    }
    if let number = predicate.isNumberLiteral, predicate.predicates.isEmpty {
      return element(of: value, at: number)
    }
    guard case .array(let list) = value else {
      return try keeps(value, at: 0, of: 1, predicate, frame) > 0 ? value : nil
    }
    var result: [Value] = []
    for (index, item) in list.enumerated() {
      for _ in 0..<(try keeps(item, at: index, of: list.count, predicate, frame)) { result.append(item) }
    }
    try budget.allocate(result.count)
    return .array(.sequence(result))
  }

  private func element(of value: Value?, at number: Double) -> Value? {
    let list = value?.list ?? List(value.map { [$0] } ?? [])
    guard let index = Evaluation.position(number, of: list.count), list.indices.contains(index) else {
      return .array(.sequence([]))
    }
    let item = list[index]
    if case .array = item { return item }
    return .array(.sequence([item]))
  }

  private func filter(
    _ stream: TupleStream, by predicate: Expression, _ frame: Frame
  ) throws(JSONataError) -> Value? {
    let tuples = stream.tuples
    var result: [Tuple] = []
    if let number = predicate.isNumberLiteral, predicate.predicates.isEmpty {
      if let index = Evaluation.position(number, of: tuples.count), tuples.indices.contains(index) {
        result.append(tuples[index])
      }
    } else {
      for (index, tuple) in tuples.enumerated() {
        let scope = Frame(frame, binding: tuple)
        let count = try keeps(tuple.item, at: index, of: tuples.count, predicate, scope)
        for _ in 0..<count { result.append(tuple) }
      }
    }
    return .array(List(TupleStream(result)))
  }

  /// How often the predicate selects the item: a list of positions may hold the item's several times.
  private func keeps(
    _ item: Value?, at index: Int, of count: Int, _ predicate: Expression, _ frame: Frame
  ) throws(JSONataError) -> Int {
    guard let outcome = try predicate.evaluate(item, frame, self) else { return 0 }
    switch outcome {
    case .number(let number):
      if number.isInfinite { throw JSONataError("D1001", ["value": .value(outcome)]) }
      return Evaluation.position(number, of: count) == index ? 1 : 0
    case .array(let list):
      guard let positions = Evaluation.numbers(list) else { return try truth(of: outcome) ? 1 : 0 }
      try budget.spend(positions.count)
      return positions.count { Evaluation.position($0, of: count) == index }
    default: return try truth(of: outcome) ? 1 : 0
    }
  }

  /// The elements where all of them are numbers.
  static func numbers(_ list: List) -> [Double]? {
    var result: [Double] = []
    for element in list {
      guard case .number(let number) = element else { return nil }
      result.append(number)
    }
    return result
  }

  /// The index that a number means, from the end where it is negative.
  private static func position(_ number: Double, of count: Int) -> Int? {
    guard let whole = Int(exactly: number.rounded(.down)) else { return nil }
    return whole < 0 ? count + whole : whole
  }
}
