/// A dictionary that remembers which of its keys were written since somebody last asked: what is to be stored
/// after a step is what the step has touched, however much there is.
struct Tracked<Value: Equatable & Sendable>: Equatable, Sendable {
  private(set) var values: [String: Value] = [:]
  private var touched: Set<String> = []

  static func == (left: Tracked, right: Tracked) -> Bool { left.values == right.values }

  subscript(key: String) -> Value? {
    get { values[key] }
    _modify {
      touched.insert(key)
      yield &values[key]
    }
  }

  /// Everything is to be stored, as where it has come from elsewhere.
  mutating func touchAll() { touched.formUnion(values.keys) }

  mutating func takeTouched() -> Set<String> {
    defer { touched = [] }
    return touched
  }
}
