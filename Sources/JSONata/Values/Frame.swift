/// The variables of a scope. A frame sees those of the frames around it.
final class Frame {
  private(set) var parent: Frame?
  private var names: [String] = []
  private var values: [Value?] = []
  /// A function may outlive the scope: the evaluation empties the frame at its end (see ``Evaluation``).
  var isCaptured = false

  init(_ parent: Frame?) {
    self.parent = parent
  }

  init(_ parent: Frame, binding tuple: Tuple) {
    self.parent = parent
    names = tuple.names
    values = tuple.values
  }

  func bind(_ name: String, _ value: Value?) {
    if let index = names.firstIndex(of: name) {
      values[index] = value
    } else {
      names.append(name)
      values.append(value)
    }
  }

  /// Nil where this frame does not bind the name; a name may be bound to nothing, which hides outer ones.
  func own(_ name: String) -> Value?? {
    guard let index = names.firstIndex(of: name) else { return .none }
    return .some(values[index])
  }

  func empty() {
    parent = nil
    names = []
    values = []
  }
}
