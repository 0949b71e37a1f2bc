public import JobModel

/// A task definition of the job file, with every short form written out.
public struct TaskDefinition: Equatable, Sendable {
  public var family: String
  /// RegisterTaskDefinition's input in the API's own spelling.
  public var input: JSONValue
  /// The container that does the job: commands and variables of a job are for it.
  public var container: String

  public init(family: String, input: JSONValue, container: String) {
    self.family = family
    self.input = input
    self.container = container
  }
}

extension TaskDefinition {
  var containers: [JSONValue] { input["containerDefinitions"]?.arrayValue ?? [] }
  var containerNames: [String] { containers.compactMap { $0["name"]?.stringValue } }
  var networkMode: String? { input["networkMode"]?.stringValue }
  var isForFargate: Bool { input["requiresCompatibilities"]?.arrayValue?.contains("FARGATE") == true }
}
