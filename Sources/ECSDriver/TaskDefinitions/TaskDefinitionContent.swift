public import JobModel

/// What a task definition says, whichever way it is written: two of the same content start the same tasks.
///
/// ECS answers with more than was registered (its defaults, empty lists, what it keeps of the revision) and
/// takes some texts in several spellings. Whatever means nothing is left out here on both sides, and lists
/// whose order means nothing are sorted (ECS API, RegisterTaskDefinition and TaskDefinition).
public struct TaskDefinitionContent: Sendable {
  /// RegisterTaskDefinition's input, less what means nothing; keys sorted.
  public let value: JSONValue
  /// Without revision.
  public let family: String
  private let canonicalText: String

  /// - Parameter input: RegisterTaskDefinition's input in the API's spelling.
  public init(_ input: JSONValue) {
    value = TaskDefinitionNormalization.normalized(input)
    family = input["family"]?.stringValue ?? ""
    canonicalText = value.text
  }

  /// - Parameter answer: of DescribeTaskDefinition or RegisterTaskDefinition, whose tags stand beside the
  ///   definition.
  /// - Returns: nil where there is no definition in it.
  public init?(answer: JSONValue) {
    guard var definition = answer["taskDefinition"]?.objectValue else { return nil }
    definition["tags"] = answer["tags"]
    self.init(.object(definition))
  }

  /// Whether an existing revision serves for this definition. Tags that only the revision has are somebody
  /// else's (an organization's, a cost report's) and no reason for another one.
  public func isServed(by revision: TaskDefinitionContent) -> Bool {
    self == revision || self == revision.keepingTags(of: self)
  }

  /// The same content with those tags alone whose keys the other has too.
  func keepingTags(of other: TaskDefinitionContent) -> TaskDefinitionContent {
    guard var members = value.objectValue, let tags = members["tags"]?.arrayValue else { return self }
    let wanted = Set((other.value["tags"]?.arrayValue ?? []).compactMap { $0["key"]?.stringValue })
    members["tags"] = .array(tags.filter { wanted.contains($0["key"]?.stringValue ?? "") })
    return TaskDefinitionContent(.object(members))
  }
}

extension TaskDefinitionContent: Hashable {
  public static func == (left: Self, right: Self) -> Bool { left.canonicalText == right.canonicalText }
  public func hash(into hasher: inout Hasher) { hasher.combine(canonicalText) }
}
