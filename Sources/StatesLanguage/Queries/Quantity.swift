internal import JobModel

/// A number that a definition gives literally, or says where to find.
enum Quantity: Sendable {
  case literal(Int64)
  case path(JSONPath)
  case query(JSONataQuery)

  /// Reads `key`, or in JSONPath `keyPath`; nil where there is neither.
  ///
  /// - Parameter takesContext: whether the path may look into the context object.
  static func read(
    _ key: String, _ range: ClosedRange<Int64>, takesContext: Bool = true, _ fields: Fields,
    _ reader: inout DefinitionReader
  ) -> Quantity? {
    fields.exclusive([key, key + "Path"], &reader)
    if let path = fields.definitePath(key + "Path", takesContext: takesContext, &reader) { return .path(path) }
    if let query = fields.query(key, &reader) { return .query(query) }
    return fields.integer(key, range, &reader).map(Quantity.literal)
  }

  var literal: Int64? { if case .literal(let number) = self { number } else { nil } }
}
