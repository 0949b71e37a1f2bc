internal import JobModel

/// Where a state's result goes in its input: a path of names and indices only (ResultPath).
struct ReferencePath: Hashable, Sendable {
  let path: JSONPath

  static let whole = ReferencePath(path: .whole)

  private init(path: JSONPath) { self.path = path }

  /// Nil where the path could name several places, or none in the input.
  init?(_ path: JSONPath) {
    guard path.isReference else { return nil }
    self.path = path
  }

  /// The document with the value put at this place; objects on the way are made as needed.
  func setting(_ value: JSONValue, in document: JSONValue) throws(StateFailure) -> JSONValue {
    guard let changed = ReferencePath.set(value, at: path.segments[...], in: document) else {
      throw StateFailure(
        error: "States.ResultPathMatchFailure",
        detail: "Unable to apply ReferencePath \(path.text) to input \(document.text)")
    }
    return changed
  }

  private static func set(_ value: JSONValue, at segments: ArraySlice<Segment>, in document: JSONValue) -> JSONValue? {
    guard let first = segments.first else { return value }
    switch (first, document) {
    case (.name(let name), .object(var members)):
      guard let inner = set(value, at: segments.dropFirst(), in: members[name] ?? [:]) else { return nil }
      members[name] = inner
      return .object(members)
    case (.index(let index), .array(var elements)) where elements.indices.contains(index):
      guard let inner = set(value, at: segments.dropFirst(), in: elements[index]) else { return nil }
      elements[index] = inner
      return .array(elements)
    default: return nil
    }
  }
}
