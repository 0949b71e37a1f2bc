internal import AWSClient
internal import JobModel

/// What jobd needs to know of task definitions and DescribeTasks does not say: which containers are
/// essential, and where they log. A revision never changes, so one answer is enough.
actor TaskDefinitionFacts {
  /// A container of a revision.
  struct Container: Equatable, Sendable {
    /// Its log configuration (ECS API, LogConfiguration).
    enum Log: Equatable, Sendable {
      case awslogs(LogGroup, streamPrefix: String?)
      /// Another driver, by name: its logs are not AWS's to give.
      case other(driver: String)
      case none
    }

    var name: String
    var isEssential: Bool
    var log: Log
  }

  private let caller: any AWSCaller
  private let time: any TimeSource
  private var generator: RandomGenerator
  private var known: [String: [Container]] = [:]

  init(caller: any AWSCaller, time: any TimeSource, random: any RandomSource) {
    self.caller = caller
    self.time = time
    generator = RandomGenerator(random)
  }

  /// The containers of a revision, in its order. Throws what DescribeTaskDefinition answered, after a few
  /// attempts; `MalformedResponse` where it answered without containers.
  func containers(of taskDefinition: String) async throws(AWSError) -> [Container] {
    if let containers = known[taskDefinition] { return containers }
    var backoff = Backoff(ECSLimits.askDelay)
    while true {
      do throws(AWSError) {
        let answer = try await caller.call(
          .ecs, "DescribeTaskDefinition", ["taskDefinition": .string(taskDefinition)])
        guard let containers = TaskDefinitionFacts.containers(in: answer) else {
          throw AWSError(
            kind: .refused, code: "MalformedResponse", message: "DescribeTaskDefinition answered without containers")
        }
        if known.count >= ECSLimits.definitionCache { known.removeAll() }
        known[taskDefinition] = containers
        return containers
      } catch {
        let isLast = backoff.attempts + 1 >= ECSLimits.definitionAttempts
        if error.kind == .cancelled || error.kind == .refused || isLast { throw error }
      }
      let delay = backoff.next(using: &generator)
      do { try await time.sleep(for: delay) } catch {
        throw AWSError(kind: .cancelled, code: "Cancelled", message: "cancelled")
      }
    }
  }

  /// Nil where there are none.
  static func containers(in answer: JSONValue) -> [Container]? {
    let definitions = answer["taskDefinition"]?["containerDefinitions"]?.arrayValue ?? []
    let containers = definitions.compactMap { definition -> Container? in
      guard let name = definition["name"]?.stringValue else { return nil }
      // True unless said otherwise (ECS API, ContainerDefinition).
      let isEssential = definition["essential"]?.boolValue ?? true
      return Container(name: name, isEssential: isEssential, log: log(definition["logConfiguration"]))
    }
    return containers.isEmpty ? nil : containers
  }

  /// The options' names are the awslogs driver's (ECS developer guide, "Send Amazon ECS logs to CloudWatch").
  private static func log(_ configuration: JSONValue?) -> Container.Log {
    guard let driver = configuration?["logDriver"]?.stringValue, !driver.isEmpty else { return .none }
    let options = configuration?["options"]
    guard driver == "awslogs", let group = options?["awslogs-group"]?.stringValue, !group.isEmpty else {
      return .other(driver: driver == "awslogs" ? "awslogs without `awslogs-group`" : driver)
    }
    func option(_ name: String) -> String? {
      let text = options?[name]?.stringValue
      return text?.isEmpty == false ? text : nil
    }
    return .awslogs(
      LogGroup(name: group, region: option("awslogs-region")), streamPrefix: option("awslogs-stream-prefix"))
  }
}

/// A log group, where it is.
struct LogGroup: Hashable, Sendable {
  var name: String
  /// Nil for the daemon's own Region.
  var region: String?

  /// For messages: `/ecs/report` or `/ecs/report in eu-west-1`.
  var place: String { region.map { "\(name) in \($0)" } ?? name }
}
