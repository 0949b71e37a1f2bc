internal import JobModel

/// An element of a small XML document: its text, or its children. Attributes and prefixes are not kept,
/// since no answer says anything with them.
struct XMLElement: Equatable, Sendable {
  var name: String
  var text = ""
  var children: [XMLElement] = []

  func child(_ name: String) -> XMLElement? { children.first { $0.name == name } }

  /// By element name; a list is an element whose children are all called `member`, and a name that
  /// occurs several times.
  var jsonValue: JSONValue { jsonValue(listElement: "member") }

  /// - Parameter listElement: what the children of a list are called: `member`, or `item` in EC2's answers.
  func jsonValue(listElement: String) -> JSONValue {
    if children.isEmpty { return .string(text) }
    if children.allSatisfy({ $0.name == listElement }) {
      return .array(children.map { $0.jsonValue(listElement: listElement) })
    }
    var lists: [String: [JSONValue]] = [:]
    for child in children { lists[child.name, default: []].append(child.jsonValue(listElement: listElement)) }
    var object = JSONObject()
    for child in children where object[child.name] == nil {
      let list = lists[child.name] ?? []
      object[child.name] = list.count == 1 ? list[0] : .array(list)
    }
    return .object(object)
  }
}
