internal import JobModel

/// Answers go to everybody who may open the socket, and from there into tickets and chats: what stands in them
/// tells which variables a task gets, never their values.
///
/// Secrets belong into Secrets Manager or SSM, but not everybody keeps to that. The history in the store, and what
/// is sent to AWS, are whole.
extension JSONValue {
  /// In the place of a value that is not shown.
  static let redacted: JSONValue = "…"

  /// The same document without the values of its environments (`Environment`, `environment`) and of the options of
  /// log drivers other than `awslogs`, also inside JSON documents that stand in strings, as a history's
  /// `parameters` and a cause do; and without task tokens, wherever they stand. Names stay, and so do paths into the
  /// input (`Value.$`) and jobd's own variables.
  var withoutSecretValues: JSONValue {
    switch self {
    case .object(let members):
      var result = JSONObject()
      let hidesOptions = members["LogDriver"] != "awslogs" && members["logDriver"] != "awslogs"
      for (key, value) in members {
        result[key] =
          switch key {
          case "Environment", "environment": value.withoutPairValues
          case "Options", "options": hidesOptions && members.namesLogDriver ? value.withoutMemberValues : value
          default: value.withoutSecretValues
          }
      }
      return .object(result)
    case .array(let elements): return .array(elements.map(\.withoutSecretValues))
    case .string(let text): return .string(text.withoutSecretValues)
    default: return self
    }
  }

  /// A list of names and values, or an object of them.
  private var withoutPairValues: JSONValue {
    guard let elements = arrayValue else { return objectValue == nil ? withoutSecretValues : withoutMemberValues }
    return .array(
      elements.map { element in
        guard var pair = element.objectValue else { return element.withoutSecretValues }
        if (pair["Name"] ?? pair["name"])?.stringValue.map(JSONValue.isOwnVariable) == true { return element }
        for key in ["Value", "value"] where pair[key] != nil { pair[key] = .redacted }
        return .object(pair)
      })
  }

  /// Whether jobd gives the variable its value: the run, its slot, its day.
  private static func isOwnVariable(_ name: String) -> Bool {
    name.hasPrefix("JOBD_") || name == "JOB_ID" || name == "JOB_TYPE"
  }

  private var withoutMemberValues: JSONValue {
    guard let members = objectValue else { return withoutSecretValues }
    return .object(members.mapValues { _ in .redacted })
  }
}

extension JSONObject {
  fileprivate var namesLogDriver: Bool { self["LogDriver"] != nil || self["logDriver"] != nil }
}

extension String {
  /// The same text; where it is a JSON document that has something to hide, that document without it.
  var withoutSecretValues: String { withoutEnvironments.withoutTaskTokens }

  private var withoutEnvironments: String {
    // Most texts are none: looking is cheaper than parsing.
    // A cause may quote a task's arguments among its words.
    if let first, first != "{", first != "[" { return contains("nvironment") ? causeWithoutPayload(self) : self }
    guard !isEmpty, contains("nvironment") || contains("ogDriver"),
      let document = try? JSONValue.parse(self)
    else { return self }
    let clean = document.withoutSecretValues
    return clean == document ? self : clean.text
  }
}

extension HistoryEvent {
  var withoutSecretValues: HistoryEvent {
    var event = self
    event.details = details.withoutSecretValues
    return event
  }
}
