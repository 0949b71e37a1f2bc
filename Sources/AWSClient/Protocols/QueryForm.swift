internal import JobModel

/// The form bodies of the Query protocol: `Tags.member.1.Key=…` for lists, `Attributes.entry.1.key=…` for maps.
///
/// Source: Smithy, "AWS Query protocol". JSON does not tell maps from structures, so the few maps of the
/// services that jobd calls are named here.
enum QueryForm {
  /// How a map's keys and values are called, by the member that holds it.
  private static let maps: [String: (key: String, value: String)] = [
    "MessageAttributes": ("Name", "Value"), "Attributes": ("key", "value"),
  ]
  /// Nesting beyond this is not written; no operation comes near.
  private static let depth = 32

  /// How lists are written.
  enum Lists: Sendable {
    /// `Tags.member.1`; an empty one as `Tags=`.
    case members
    /// `SubnetId.1`, as EC2 has them; an empty one not at all.
    case numbers
  }

  static func body(operation: String, apiVersion: String, input: JSONValue, lists: Lists = .members) -> String {
    var pairs = [("Action", operation), ("Version", apiVersion)]
    for (name, value) in input.objectValue ?? [:] {
      append(value, at: name, member: name, lists, depth: 0, to: &pairs)
    }
    return pairs.map { "\(PercentEncoding.encode($0.0))=\(PercentEncoding.encode($0.1))" }.joined(separator: "&")
  }

  private static func append(
    _ value: JSONValue, at path: String, member: String, _ lists: Lists, depth: Int, to pairs: inout [(String, String)]
  ) {
    guard depth < QueryForm.depth else { return }
    switch value {
    case .null: return
    case .bool(let value): pairs.append((path, value ? "true" : "false"))
    case .integer(let value): pairs.append((path, String(value)))
    case .double: pairs.append((path, value.text))
    case .string(let value): pairs.append((path, value))
    case .array(let elements):
      if elements.isEmpty, lists == .members { pairs.append((path, "")) }
      let base = lists == .members ? "\(path).member" : path
      for (index, element) in elements.enumerated() {
        append(element, at: "\(base).\(index + 1)", member: "", lists, depth: depth + 1, to: &pairs)
      }
    case .object(let object):
      guard let names = maps[member] else {
        for (key, value) in object {
          append(value, at: "\(path).\(key)", member: key, lists, depth: depth + 1, to: &pairs)
        }
        return
      }
      for (index, entry) in object.enumerated() {
        let base = "\(path).entry.\(index + 1)"
        pairs.append(("\(base).\(names.key)", entry.key))
        append(entry.value, at: "\(base).\(names.value)", member: "", lists, depth: depth + 1, to: &pairs)
      }
    }
  }
}
