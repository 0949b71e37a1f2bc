internal import JobModel

extension TaskDefinitionContent {
  /// One thing in which two definitions differ.
  public struct Difference: Equatable, Sendable {
    /// Such as `containerDefinitions[app].image`.
    public var path: String
    /// Nil: it was not there.
    public var old: String?
    /// Nil: it is not there any more.
    public var new: String?

    public init(path: String, old: String?, new: String?) {
      self.path = path
      self.old = old
      self.new = new
    }
  }

  /// What registering this definition would change.
  ///
  /// The values of variables and of options that may hold credentials never appear: `(set)` and `(changed)`
  /// stand for them. Secrets are references by themselves.
  ///
  /// - Parameter old: nil where the family has no active revision.
  public func differences(from old: TaskDefinitionContent?) -> [Difference] {
    var comparison = Comparison()
    comparison.compare(old?.keepingTags(of: self).value ?? [:], value, at: "", hidden: false)
    return comparison.differences
  }
}

/// Walks two normalized definitions side by side.
private struct Comparison {
  var differences: [TaskDefinitionContent.Difference] = []

  /// What names an element of a list, by the list's name.
  private static let names: [String: String] = [
    "containerDefinitions": "name", "volumes": "name", "environment": "name", "secrets": "name",
    "secretOptions": "name", "ulimits": "name", "mountPoints": "containerPath", "dependsOn": "containerName",
    "tags": "key", "extraHosts": "hostname", "systemControls": "namespace", "properties": "name",
  ]

  mutating func compare(_ old: JSONValue, _ new: JSONValue, at path: String, hidden: Bool) {
    guard old != new else { return }
    if let before = old.objectValue, let after = new.objectValue {
      return compare(before, after, at: path, hidden: hidden)
    }
    add(path, old, new, hidden: hidden)
  }

  private mutating func compare(_ old: JSONObject, _ new: JSONObject, at path: String, hidden: Bool) {
    for key in Set(old.keys).union(new.keys).sorted() {
      let place = path.isEmpty ? key : "\(path).\(key)"
      let isHidden = hidden || Comparison.mayHoldCredentials(key, under: path)
      guard let name = Comparison.names[key] else {
        compareMember(old[key], new[key], at: place, hidden: isHidden)
        continue
      }
      let (before, after) = (Comparison.elements(old[key], by: name), Comparison.elements(new[key], by: name))
      for element in Set(before.keys).union(after.keys).sorted() {
        compareMember(
          before[element], after[element], at: "\(place)[\(element)]", hidden: isHidden || key == "environment")
      }
    }
  }

  private mutating func compareMember(_ old: JSONValue?, _ new: JSONValue?, at path: String, hidden: Bool) {
    guard old != new else { return }
    switch (old, new) {
    // What came or went as a whole is told member by member, so that nothing hidden is shown with it.
    case (nil, .object(let new)?) where !hidden: compare([:], new, at: path, hidden: false)
    case (.object(let old)?, nil) where !hidden: compare(old, [:], at: path, hidden: false)
    case (.object(let old)?, .object(let new)?) where !hidden: compare(old, new, at: path, hidden: false)
    default: add(path, old, new, hidden: hidden)
    }
  }

  private mutating func add(_ path: String, _ old: JSONValue?, _ new: JSONValue?, hidden: Bool) {
    if hidden {
      let text = old != nil && new != nil ? "(changed)" : "(set)"
      differences.append(.init(path: path, old: old.map { _ in text }, new: new.map { _ in text }))
    } else {
      differences.append(.init(path: path, old: old.map(Comparison.text), new: new.map(Comparison.text)))
    }
  }

  /// A later element of a name wins, as with ECS's environment.
  private static func elements(_ list: JSONValue?, by name: String) -> [String: JSONValue] {
    Dictionary(
      (list?.arrayValue ?? []).map { ($0[name]?.stringValue ?? $0.text, $0) }, uniquingKeysWith: { $1 })
  }

  /// Tokens of log drivers, passwords of volume drivers; awslogs has none.
  private static func mayHoldCredentials(_ key: String, under path: String) -> Bool {
    path.hasSuffix(".driverOpts") || path.hasSuffix(".options") && !key.hasPrefix("awslogs-")
      || path.hasSuffix("proxyConfiguration") && key == "properties"
  }

  private static func text(_ value: JSONValue) -> String { value.stringValue ?? value.text }
}
