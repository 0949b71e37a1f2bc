import JobModel

@testable import AWSClient
@testable import ECSDriver

extension FuzzTarget {
  /// What a service's action answers in XML, as Step Functions shows it.
  static let serviceAnswer = FuzzTarget(name: "service-answer") { input in
    guard let element = try? XMLReader.read(input.bytes) else { return }
    for name in ["ec2", "sqs", "sns", "cloudwatch", "rds"] {
      guard let model = ServiceTable.service(name) else { continue }
      for operation in operations(of: model) {
        let result = ServiceResult(model, .sdk).read(element.jsonValue, as: operation.output)
        require(
          (try? JSONValue.parse(JSONValue.object(result).text)) == .object(result),
          "an answer: \(result)")
      }
    }
  }

  /// What RunTask and DescribeTasks answer, through what is made of it: launch, watch, verdict, and what Step Functions
  /// shows of it.
  static let taskAnswer = FuzzTarget(name: "task-answer") { input in
    let parts = input.parts(2)
    if let change = try? TaskStateChange.read(parts[0]) { watch(change) }
    guard let value = try? JSONValue.parse(parts[0]) else { return }
    let answer = RunTaskAnswer(value)
    _ = AnswerSpelling.envelope(tasks: answer.tasks, failures: answer.failures)
    if !answer.failures.isEmpty { _ = LaunchFailures.failures(answer.failures) }
    launch(answer, looks: Array(parts[1].utf8))
    watch(value)
    let policy = TaskPolicy(successExitCodes: [3], skipExitCodes: [100])
    for task in value["tasks"]?.arrayValue ?? [value] {
      for essential in [nil, ["app"], []] as [Set<String>?] {
        let verdict = Judgement.verdict(of: task, essential: essential, policy: policy)
        guard case .failed(let diagnosis, let aliases) = verdict else { continue }
        require(
          !diagnosis.sentence.isEmpty && Set(aliases).count == aliases.count,
          "names once each: \(aliases)")
      }
      _ = Judgement.needsEssentialContainers(task, policy: policy)
      _ = Judgement.verdict(of: AnswerSpelling.stateSpelling(task), essential: nil, policy: policy)
    }
  }

  private static func operations(of model: ServiceModel) -> [ServiceAction] {
    model.actionNames.prefix(5).compactMap { name in
      guard
        case .callable(let action)? = model.action(name.prefix(1).lowercased() + name.dropFirst())
      else { return nil }
      return action
    }
  }

  /// The launch never asks again once it has an answer with tasks, and always ends.
  private static func launch(_ answer: RunTaskAnswer, looks: [UInt8]) {
    var generator = RandomGenerator(SeededRandom(seed: 1))
    var launch = LaunchProtocol(startedBy: "jobd/run.0", count: 1)
    var looks = looks[...]
    var age = Duration.zero
    var action = launch.handle(
      .began(recovering: looks.popFirst() == UInt8(ascii: "r")), age: age, using: &generator)
    for _ in 0..<10_000 {
      let event: LaunchProtocol.Event
      switch action {
      case .finish: return
      case .ask:
        event = .answered(answer)
      case .look, .describe:
        let found = looks.popFirst() == UInt8(ascii: "t")
        let event0: [JSONValue] = found ? answer.tasks : []
        if case .describe = action { event = .described(event0) } else { event = .found(event0) }
      case .wait(let duration):
        age += duration
        event = .waited
      }
      action = launch.handle(event, age: age, using: &generator)
    }
    require(false, "a launch comes to an end")
  }

  private static let key = ObserverState.Key(
    cluster: "batch", arn: "arn:aws:ecs:eu-central-1:111111111111:task/batch/a1")

  private static func watch(_ answer: JSONValue) {
    var generator = RandomGenerator(SeededRandom(seed: 1))
    var state = ObserverState()
    state.watch(key, age: .zero, at: .zero)
    var now = Duration.zero
    for _ in 0..<5 {
      now += .seconds(61)
      for batch in state.takeBatches(at: now) {
        let ends = state.answered(batch, answer, at: now, using: &generator)
        require(ends.keys.allSatisfy { $0 == key }, "only what is watched ends: \(ends)")
      }
    }
  }

  private static func watch(_ change: TaskStateChange) {
    var state = ObserverState()
    state.watch(.init(cluster: "batch", arn: change.arn), age: .zero, at: .zero)
    let ends = state.told(change, sentAgo: .zero, at: .seconds(1))
    require(ends.isEmpty || change.isConclusive, "only what is conclusive ends a task: \(change)")
    _ = state.told(change, sentAgo: .seconds(-5), at: .seconds(2))
  }
}
