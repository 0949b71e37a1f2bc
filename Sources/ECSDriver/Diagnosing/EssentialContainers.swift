internal import AWSClient
internal import JobModel

/// Which containers of a task definition are essential: DescribeTasks does not say.
struct EssentialContainers: Sendable {
  var facts: TaskDefinitionFacts

  /// The names of the essential containers; nil where the definition cannot be read.
  func names(of taskDefinition: String) async throws(CancellationError) -> Set<String>? {
    do throws(AWSError) {
      return EssentialContainers.names(among: try await facts.containers(of: taskDefinition))
    } catch {
      if error.kind == .cancelled { throw CancellationError() }
      return nil
    }
  }

  static func names(in answer: JSONValue) -> Set<String>? {
    TaskDefinitionFacts.containers(in: answer).flatMap(names)
  }

  private static func names(among containers: [TaskDefinitionFacts.Container]) -> Set<String>? {
    let names = containers.filter(\.isEssential).map(\.name)
    return names.isEmpty ? nil : Set(names)
  }
}
