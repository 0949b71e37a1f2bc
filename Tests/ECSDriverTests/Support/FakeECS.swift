import AWSClient
import JobModel
import Synchronization

/// A small ECS in memory: it honours client tokens with their lifetime (failures included), is
/// eventually consistent, forgets stopped tasks after an hour, and pages its lists.
final class FakeECS: AWSCaller {
  /// What happens to one call instead of, or beside, what was asked for.
  enum Fault: Sendable {
    /// Nothing is done.
    case before(AWSError)
    /// It is done, and the answer is lost.
    case after(AWSError)
    /// Nothing is done, and this is answered.
    case answer(JSONValue)
    /// RunTask: these failures, and no task.
    case failures([String])
    /// RunTask: these failures, and a task all the same, which is seen a while later.
    case failuresAndTask([String], visibleAfter: Duration)
  }

  struct Task: Sendable {
    var arn: String
    var startedBy: String
    var family: String
    var visibleAt: Duration
    var stopsAt: Duration
    /// PENDING before.
    var runsAt: Duration = .zero
    var exitCode: Int64 = 0
    var stopReason: String?
  }

  private struct Token {
    var request: JSONValue
    var answer: JSONValue
    var arns: [String]
    var endsAt: Duration
  }

  struct Call: Equatable, Sendable {
    var operation: String
    var input: JSONValue
  }

  private struct State {
    var tasks: [Task] = []
    var tokens: [String: Token] = [:]
    var calls: [Call] = []
    var faults: [String: [Fault]] = [:]
    var definitions: [String: JSONValue] = [:]
    var next = 0
    /// The life and the delay of the next tasks.
    var life: Duration = .seconds(600)
    var visibleAfter: Duration = .zero
    var cluster = "batch"
    var chance: (@Sendable (String) -> Fault?)?
  }

  private let time: any TimeSource
  private let state = Mutex(State())
  private let pageSize: Int

  init(time: any TimeSource, pageSize: Int = 2) {
    self.time = time
    self.pageSize = pageSize
  }

  var tasks: [Task] { state.withLock { $0.tasks } }
  var calls: [Call] { state.withLock { $0.calls } }
  func calls(of operation: String) -> [Call] { calls.filter { $0.operation == operation } }

  /// The next calls of an operation meet these faults, in order.
  func inject(_ operation: String, _ faults: Fault...) {
    state.withLock { $0.faults[operation, default: []] += faults }
  }

  /// Every call asks this for its fault, unless one was injected.
  func injectByChance(_ chance: @escaping @Sendable (String) -> Fault?) { state.withLock { $0.chance = chance } }

  func setLife(_ life: Duration, visibleAfter: Duration = .zero) {
    state.withLock {
      $0.life = life
      $0.visibleAfter = visibleAfter
    }
  }

  /// A task is PENDING until then; by default it runs at once.
  func setRunsAt(_ arn: String, _ runsAt: Duration) { change(arn) { $0.runsAt = runsAt } }

  func change(_ arn: String, _ change: (inout Task) -> Void) {
    state.withLock { state in
      for index in state.tasks.indices where state.tasks[index].arn == arn { change(&state.tasks[index]) }
    }
  }

  func define(_ arn: String, containers: JSONValue) {
    state.withLock { $0.definitions[arn] = ["taskDefinition": ["containerDefinitions": containers]] }
  }

  /// A task that somebody else started.
  func addTask(startedBy: String, family: String = "report", life: Duration = .seconds(600)) {
    let now = time.uptime()
    state.withLock { state in
      _ = FakeECS.newTask(&state, startedBy: startedBy, family: family, visibleAt: now, stopsAt: now + life)
    }
  }

  func call(
    _ service: AWSService, _ operation: String, _ input: JSONValue
  ) async throws(AWSError) -> JSONValue {
    let now = time.uptime()
    let result: Result<JSONValue, AWSError> = state.withLock { state in
      state.calls.append(Call(operation: operation, input: input))
      var fault: Fault?
      if state.faults[operation]?.isEmpty == false {
        fault = state.faults[operation]?.removeFirst()
      } else {
        fault = state.chance?(operation)
      }
      switch fault {
      case .before(let error): return .failure(error)
      case .answer(let answer): return .success(answer)
      case .after(let error):
        _ = perform(operation, input, fault, &state, now)
        return .failure(error)
      case .failures, .failuresAndTask, nil: return perform(operation, input, fault, &state, now)
      }
    }
    return try result.get()
  }

  private func perform(
    _ operation: String, _ input: JSONValue, _ fault: Fault?, _ state: inout State, _ now: Duration
  ) -> Result<JSONValue, AWSError> {
    if let cluster = input["cluster"]?.stringValue, cluster != state.cluster {
      return .failure(.refused("ClusterNotFoundException", "Cluster not found."))
    }
    switch operation {
    case "RunTask": return runTask(input, fault, &state, now)
    case "ListTasks": return .success(listTasks(input, state, now))
    case "DescribeTasks": return .success(describeTasks(input, state, now))
    case "StopTask": return stopTask(input, &state, now)
    case "DescribeTaskDefinition":
      let name = input["taskDefinition"]?.stringValue ?? ""
      return state.definitions[name].map { .success($0) } ?? .failure(.refused("ClientException", "Unable to describe"))
    default: return .failure(.refused("InvalidAction", operation))
    }
  }

  private func runTask(
    _ input: JSONValue, _ fault: Fault?, _ state: inout State, _ now: Duration
  ) -> Result<JSONValue, AWSError> {
    let name = input["clientToken"]?.stringValue ?? ""
    if let token = state.tokens[name], token.endsAt > now {
      if token.request == input { return .success(token.answer) }
      var error = AWSError.refused("ConflictException", "conflict")
      error.details = ["resourceIds": .array(token.arns.map { .string($0) })]
      return .failure(error)
    }
    var visibleAt = now + state.visibleAfter
    var failures: [String] = []
    var count = Int(input["count"]?.integerValue ?? 1)
    switch fault {
    case .failures(let reasons):
      failures = reasons
      count -= reasons.count
    case .failuresAndTask(let reasons, let delay):
      failures = reasons
      visibleAt = now + delay
    default: break
    }
    var arns: [String] = []
    for _ in 0..<max(count, 0) {
      arns.append(
        FakeECS.newTask(
          &state, startedBy: input["startedBy"]?.stringValue ?? "",
          family: input["taskDefinition"]?.stringValue ?? "", visibleAt: visibleAt, stopsAt: now + state.life))
    }
    var isShown = true
    if case .failuresAndTask = fault { isShown = false }
    let shown = isShown ? state.tasks.filter { arns.contains($0.arn) }.map { FakeECS.json($0, now) } : []
    let answer: JSONValue = [
      "tasks": .array(shown), "failures": .array(failures.map { ["reason": .string($0)] }),
    ]
    let life = arns.isEmpty ? .zero : state.life
    state.tokens[name] = Token(
      request: input, answer: answer, arns: arns, endsAt: now + min(.seconds(86_400), life + .seconds(3_600)))
    return .success(answer)
  }

  private func visible(_ task: Task, _ now: Duration) -> Bool {
    task.visibleAt <= now && now < task.stopsAt + .seconds(3_600)
  }

  private func listTasks(_ input: JSONValue, _ state: State, _ now: Duration) -> JSONValue {
    let wantsStopped = input["desiredStatus"] == "STOPPED"
    let listed = state.tasks.filter { task in
      visible(task, now) && (task.stopsAt <= now) == wantsStopped
        && (input["startedBy"].map { $0.stringValue == task.startedBy } ?? true)
        && (input["family"].map { $0.stringValue == task.family } ?? true)
    }.map(\.arn)
    let from = Int(input["nextToken"]?.stringValue ?? "0") ?? 0
    let page = listed.dropFirst(from).prefix(pageSize)
    var answer: JSONObject = ["taskArns": .array(page.map { .string($0) })]
    if from + page.count < listed.count { answer["nextToken"] = .string("\(from + page.count)") }
    return .object(answer)
  }

  private func describeTasks(_ input: JSONValue, _ state: State, _ now: Duration) -> JSONValue {
    let arns = (input["tasks"]?.arrayValue ?? []).compactMap(\.stringValue)
    precondition((1...100).contains(arns.count), "DescribeTasks of \(arns.count)")
    var tasks: [JSONValue] = []
    var failures: [JSONValue] = []
    for arn in arns {
      if let task = state.tasks.first(where: { $0.arn == arn }), visible(task, now) {
        tasks.append(FakeECS.json(task, now))
      } else {
        failures.append(["arn": .string(arn), "reason": "MISSING"])
      }
    }
    return ["tasks": .array(tasks), "failures": .array(failures)]
  }

  private func stopTask(_ input: JSONValue, _ state: inout State, _ now: Duration) -> Result<JSONValue, AWSError> {
    guard let index = state.tasks.firstIndex(where: { $0.arn == input["task"]?.stringValue }) else {
      return .failure(.refused("InvalidParameterException", "The referenced task was not found."))
    }
    if state.tasks[index].stopsAt > now {
      state.tasks[index].stopsAt = now
      state.tasks[index].stopReason = input["reason"]?.stringValue
    }
    return .success(["task": FakeECS.json(state.tasks[index], now)])
  }

  private static func newTask(
    _ state: inout State, startedBy: String, family: String, visibleAt: Duration, stopsAt: Duration
  ) -> String {
    state.next += 1
    let arn = "arn:aws:ecs:eu-central-1:111111111111:task/batch/task\(state.next)"
    state.tasks.append(
      Task(arn: arn, startedBy: startedBy, family: family, visibleAt: visibleAt, stopsAt: stopsAt))
    return arn
  }

  private static func json(_ task: Task, _ now: Duration) -> JSONValue {
    let isStopped = task.stopsAt <= now
    let status = isStopped ? "STOPPED" : task.runsAt <= now ? "RUNNING" : "PENDING"
    var json: JSONObject = [
      "taskArn": .string(task.arn), "startedBy": .string(task.startedBy),
      "lastStatus": .string(status),
      "createdAt": .double(Double(Instant.reference.seconds) + task.visibleAt.inSeconds + 0.123),
      "taskDefinitionArn": .string("arn:aws:ecs:eu-central-1:111111111111:task-definition/\(task.family):1"),
      "containers": [["name": "app", "lastStatus": .string(status)]],
    ]
    if isStopped {
      let hasRun = task.runsAt <= task.stopsAt
      json["containers"] = [
        hasRun
          ? ["name": "app", "lastStatus": "STOPPED", "exitCode": .integer(task.exitCode)]
          : ["name": "app", "lastStatus": "STOPPED"]
      ]
      json["stopCode"] = task.stopReason == nil ? "EssentialContainerExited" : "UserInitiated"
      json["stoppedReason"] = .string(task.stopReason ?? "Essential container in task exited")
    }
    return .object(json)
  }
}

extension AWSError {
  static func refused(_ code: String, _ message: String) -> AWSError {
    AWSError(kind: .refused, code: code, message: message, httpStatus: 400, requestID: "r-1")
  }

  static let ambiguous = AWSError(kind: .ambiguous, code: "Timeout", message: "no answer from ecs within 30 s")
  static let throttled = AWSError(
    kind: .throttled, code: "ThrottlingException", message: "Rate exceeded", httpStatus: 400)
  static let notSent = AWSError(kind: .notSent, code: "ConnectionFailed", message: "no connection to ecs")
  static let cancelled = AWSError(kind: .cancelled, code: "Cancelled", message: "cancelled")
}
