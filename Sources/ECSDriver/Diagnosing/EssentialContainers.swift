internal import AWSClient
internal import JobModel

/// Which containers of a task definition are essential: DescribeTasks does not say. A revision never
/// changes, so one answer is enough.
actor EssentialContainers {
  private let caller: any AWSCaller
  private let time: any TimeSource
  private var generator: RandomGenerator
  private var known: [String: Set<String>] = [:]

  init(caller: any AWSCaller, time: any TimeSource, random: any RandomSource) {
    self.caller = caller
    self.time = time
    generator = RandomGenerator(random)
  }

  /// The names of the essential containers; nil where the definition cannot be read.
  func names(of taskDefinition: String) async throws(CancellationError) -> Set<String>? {
    if let names = known[taskDefinition] { return names }
    var backoff = Backoff(ECSLimits.askDelay)
    for attempt in 1...ECSLimits.definitionAttempts {
      do throws(AWSError) {
        let answer = try await caller.call(
          .ecs, "DescribeTaskDefinition", ["taskDefinition": .string(taskDefinition)])
        guard let names = EssentialContainers.names(in: answer) else { return nil }
        if known.count >= ECSLimits.definitionCache { known.removeAll() }
        known[taskDefinition] = names
        return names
      } catch {
        if error.kind == .cancelled { throw CancellationError() }
        if error.kind == .refused || attempt == ECSLimits.definitionAttempts { return nil }
      }
      let delay = backoff.next(using: &generator)
      do { try await time.sleep(for: delay) } catch { throw CancellationError() }
    }
    return nil
  }

  /// `essential` is true unless said otherwise (ECS API, ContainerDefinition).
  static func names(in answer: JSONValue) -> Set<String>? {
    guard let containers = answer["taskDefinition"]?["containerDefinitions"]?.arrayValue else { return nil }
    let names = containers.filter { $0["essential"]?.boolValue ?? true }.compactMap { $0["name"]?.stringValue }
    return names.isEmpty ? nil : Set(names)
  }
}
