public import JobModel

/// The Task states of a definition, those within Parallel and Map states included.
public struct TaskStates: Equatable, Sendable {
  public struct Found: Equatable, Sendable {
    public var name: String
    /// The JSON pointer of the state.
    public var pointer: String
    public var resource: String
  }

  public private(set) var found: [Found] = []

  /// - Parameter definition: what is no definition has no tasks: that it is wrong, others say.
  public init(of definition: JSONValue) {
    collect(definition, at: "", depth: 0)
  }

  private mutating func collect(_ graph: JSONValue, at pointer: String, depth: Int) {
    guard depth <= LanguageLimits.nesting else { return }
    for (name, state) in graph["States"]?.objectValue ?? [:] {
      let place = "\(pointer)/States/\(jsonPointerToken(name))"
      if state["Type"] == "Task", let resource = state["Resource"]?.stringValue {
        found.append(Found(name: name, pointer: place, resource: resource))
      }
      for (index, branch) in (state["Branches"]?.arrayValue ?? []).enumerated() {
        collect(branch, at: "\(place)/Branches/\(index)", depth: depth + 1)
      }
      for field in ["ItemProcessor", "Iterator"] {
        if let processor = state[field] { collect(processor, at: "\(place)/\(field)", depth: depth + 1) }
      }
    }
  }
}
