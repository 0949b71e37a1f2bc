/// `^( <a, >b )` as a step of a path.
struct SortForm: ExpressionForm {
  let terms: [Term]

  struct Term: Sendable {
    var isDescending: Bool
    var expression: Expression
  }

  func evaluate(
    _ input: Value?, _ frame: Frame, _ run: Evaluation, _ node: Expression
  ) throws(JSONataError) -> Value? {
    try run.sort(input, by: self, node.position, frame)
  }
}

extension Evaluation {
  /// The elements in the order of the terms; those without a value come last.
  func sort(
    _ value: Value?, by form: SortForm, _ position: Int, _ frame: Frame
  ) throws(JSONataError) -> Value? {
    let list = value?.list ?? List.sequence(value.map { [$0] } ?? [])
    guard list.count > 1 else { return .array(list) }
    try budget.allocate(list.count * 2)
    var sorter = TermSorter(form: form, position: position, list: list, frame: frame, run: self)
    let order = try MergeSort.sorted(Array(list.indices), self) { (left, right) throws(JSONataError) in
      try sorter.isAfter(left, right)
    }
    if let stream = list.tuples { return .array(List(TupleStream(order.map { stream.tuples[$0] }))) }
    return .array(List(order.map { list[$0] }))
  }
}

/// Compares elements by their terms, each evaluated once for an element.
private struct TermSorter {
  let form: SortForm
  let position: Int
  let list: List
  let frame: Frame
  let run: Evaluation
  private var keys: [[Value??]]

  init(form: SortForm, position: Int, list: List, frame: Frame, run: Evaluation) {
    self.form = form
    self.position = position
    self.list = list
    self.frame = frame
    self.run = run
    keys = Array(repeating: [], count: list.count)
  }

  private mutating func key(_ index: Int, _ term: Int) throws(JSONataError) -> Value? {
    if term < keys[index].count, let known = keys[index][term] { return known }
    let scope = list.tuples.map { Frame(frame, binding: $0.tuples[index]) } ?? frame
    let value = try form.terms[term].expression.evaluate(list[index], scope, run)
    while keys[index].count <= term { keys[index].append(.none) }
    keys[index][term] = .some(value)
    return value
  }

  mutating func isAfter(_ left: Int, _ right: Int) throws(JSONataError) -> Bool {
    for term in form.terms.indices {
      let one = try key(left, term)
      let other = try key(right, term)
      guard let one else {
        if other == nil { continue }
        return true
      }
      guard let other else { return false }
      guard let comparison = try compare(one, other) else { continue }
      return comparison != form.terms[term].isDescending
    }
    return false
  }

  /// Whether the left one is greater; nil where both are the same.
  private func compare(_ left: Value, _ right: Value) throws(JSONataError) -> Bool? {
    switch (left, right) {
    case (.number(let left), .number(let right)): return left == right ? nil : left > right
    case (.string(let left), .string(let right)):
      return areSame(left, right) ? nil : precedes(right, left)
    case (.number, .string), (.string, .number):
      throw JSONataError("T2007", at: position, ["value": .value(left), "value2": .value(right)])
    default: throw JSONataError("T2008", at: position)
    }
  }
}

/// A stable sort whose comparison may fail.
enum MergeSort {
  static func sorted<Element>(
    _ elements: [Element], _ run: Evaluation,
    isAfter: (Element, Element) throws(JSONataError) -> Bool
  ) throws(JSONataError) -> [Element] {
    guard elements.count > 1 else { return elements }
    let middle = elements.count / 2
    let left = try sorted(Array(elements[..<middle]), run, isAfter: isAfter)
    let right = try sorted(Array(elements[middle...]), run, isAfter: isAfter)
    try run.budget.spend(elements.count)
    var result: [Element] = []
    result.reserveCapacity(elements.count)
    var (one, other) = (0, 0)
    while one < left.count, other < right.count {
      if try isAfter(left[one], right[other]) {
        result.append(right[other])
        other += 1
      } else {
        result.append(left[one])
        one += 1
      }
    }
    return result + left[one...] + right[other...]
  }
}
