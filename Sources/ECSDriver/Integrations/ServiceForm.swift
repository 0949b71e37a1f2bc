internal import AWSClient
internal import JobModel

/// An input as the pairs of a Query form: what is a list or a map, and how its elements are called, only the model
/// knows. The result is an object of texts without depth, which the Query protocol sends as it stands.
///
/// Source: Smithy, "AWS Query protocol" and "AWS EC2 query protocol".
struct ServiceForm {
  let model: ServiceModel
  private(set) var pairs = JSONObject()
  private let isEC2: Bool

  private init(_ model: ServiceModel) {
    self.model = model
    if case .ec2 = model.service.wireProtocol { isEC2 = true } else { isEC2 = false }
  }

  static func pairs(_ input: JSONObject, as members: [ServiceMember], of model: ServiceModel) -> JSONObject {
    var form = ServiceForm(model)
    form.append(input, as: members, at: "")
    return form.pairs
  }

  private mutating func append(_ object: JSONObject, as members: [ServiceMember], at path: String) {
    for member in members {
      guard let value = object[member.name] else { continue }
      append(value, as: member.type, at: path + member.wireName)
    }
  }

  private mutating func append(_ value: JSONValue, as type: ServiceType, at path: String) {
    switch (type, value) {
    case (.list(let element, let name, let isFlat), .array(let elements)):
      if elements.isEmpty, !isEC2 { pairs[path] = "" }
      let base = isFlat || isEC2 ? path : "\(path).\(name ?? "member")"
      for (index, item) in elements.enumerated() { append(item, as: element, at: "\(base).\(index + 1)") }
    case (.map(let element, let keyName, let valueName, let isFlat), .object(let object)):
      let base = isFlat ? path : path + ".entry"
      for (index, entry) in object.enumerated() {
        pairs["\(base).\(index + 1).\(keyName)"] = .string(entry.key)
        append(entry.value, as: element, at: "\(base).\(index + 1).\(valueName)")
      }
    case (.structure(let number), .object(let object)):
      append(object, as: model.inputStructure(number), at: path + ".")
    case (_, .null): return
    case (_, .bool(let value)): pairs[path] = value ? "true" : "false"
    case (_, .string): pairs[path] = value
    default: pairs[path] = .string(value.text)
    }
  }
}
