internal import AWSClient
internal import JobModel

/// The whole simulator as a value: what a request over the wire gets, with its faults and counts. The
/// shell checks signatures, wraps a lock around it, sends the answers, and starts the processes.
struct SimulatorCore: Sendable {
  struct Count: Equatable, Sendable {
    var requests = 0
    var errors = 0
    var faults = 0
  }

  private let configuration: ECSSimulatorConfiguration
  private let arns: ResourceNames
  var ecs: SimulatedECS
  var sns: SimulatedSNS
  var logs: SimulatedLogs
  var faults = FaultBook()
  var counts: [String: Count] = [:]
  /// The log of every task that was ever started: a line per event.
  private(set) var taskEvents: [JSONValue] = []

  init(_ configuration: ECSSimulatorConfiguration) {
    self.configuration = configuration
    arns = ResourceNames(region: configuration.region, accountID: configuration.accountID)
    ecs = SimulatorCore.ecs(configuration, arns)
    sns = SimulatedSNS(autoCreate: configuration.autoCreate, arns: arns)
    logs = SimulatedLogs(arns: arns, streamBytes: configuration.logBytes)
  }

  private static func ecs(_ configuration: ECSSimulatorConfiguration, _ arns: ResourceNames) -> SimulatedECS {
    let settings = SimulatedECS.Settings(
      autoCreate: configuration.autoCreate, startsProcesses: configuration.processes == .local,
      maximumProcesses: configuration.maximumProcesses, delays: configuration.delays,
      stopTimeout: configuration.stopTimeout, retention: configuration.retention,
      defaultLogGroup: configuration.defaultLogGroup)
    return SimulatedECS(settings: settings, arns: arns, clusters: configuration.clusters)
  }

  /// Forgets everything but the configuration.
  ///
  /// - Returns: what is left to do: what runs is killed.
  mutating func reset() -> [SimulatorEffect] {
    let running = ecs.tasks.values.flatMap { task in
      task.containers.indices.filter { task.containers[$0].behaviour == nil }.map {
        SimulatorEffect.kill(ContainerKey(task: task.id, index: $0))
      }
    }
    let folders = ecs.tasks.keys.map { SimulatorEffect.forget(task: $0) }
    self = SimulatorCore(configuration)
    return running + folders
  }

  /// The effects since the last time, with time advanced to `now`; the log of tasks is kept.
  mutating func settle(at now: Instant) -> [SimulatorEffect] {
    ecs.advance(to: now)
    let effects = ecs.takeEffects()
    for effect in effects {
      switch effect {
      case .record(let line): taskEvents.append(line)
      case .nameLogGroup(let name): logs.createGroup(name, at: now)
      case .openLog(let key, let stream): logs.open(key, stream, at: now)
      case .start, .terminate, .kill, .forget: break
      }
    }
    if taskEvents.count > SimulatorLimits.startedTasks { taskEvents.removeFirst(taskEvents.count / 10) }
    return effects
  }

  /// What a process has to say. Its output ends with it.
  mutating func report(_ key: ContainerKey, _ report: ContainerReport, at now: Instant) {
    if report != .started { logs.close(key, at: now) }
    ecs.report(key, report, at: now)
  }

  /// Answers one request.
  ///
  /// - Parameters:
  ///   - refusal: what the check of its signature found.
  ///   - wasPostponed: its faults have been drawn before.
  mutating func answer(
    _ request: WireRequest, _ call: ServiceCall, refusal: ServiceError?, wasPostponed: Bool = false,
    at now: Instant, random: inout some RandomNumberGenerator
  ) -> WireAnswer {
    ecs.advance(to: now)
    let requestID = uuid(&random)
    do throws(ServiceError) {
      if let refusal { throw refusal }
      let input = try SimulatorCore.input(of: request, call)
      let effects = wasPostponed ? [] : faults.strike(facts(of: call, input))
      return disturbed(call, input, effects, requestID: requestID, at: now, random: &random)
    } catch {
      return refuse(call, error, requestID: requestID)
    }
  }

  private static func input(of request: WireRequest, _ call: ServiceCall) throws(ServiceError) -> JSONObject {
    switch call {
    case .unknown: throw .unknownOperation
    case .query: return [:]
    case .ecs, .logs:
      if request.body.isEmpty { return [:] }
      guard let input = (try? JSONValue.parse(request.body))?.objectValue else { throw .serialization }
      return input
    }
  }

  private func facts(of call: ServiceCall, _ input: JSONObject) -> RequestFacts {
    var facts = RequestFacts(operation: call.operation)
    guard case .ecs = call else { return facts }
    facts.cluster = ResourceNames.resource(input["cluster"]?.stringValue ?? "default", kind: "cluster")
    facts.startedBy = input["startedBy"]?.stringValue
    facts.family =
      input["taskDefinition"]?.stringValue.flatMap { DefinitionBook.parse($0)?.family }
      ?? input["family"]?.stringValue
    let named = input["task"]?.stringValue ?? input["tasks"]?[0]?.stringValue
    if let id = named?.split(separator: "/").last, let task = ecs.tasks[String(id)] {
      facts.family = task.definition.family
      facts.startedBy = task.startedBy
    }
    return facts
  }

  private mutating func refuse(_ call: ServiceCall, _ error: ServiceError, requestID: String) -> WireAnswer {
    counts[call.operation, default: Count()].requests += 1
    counts[call.operation, default: Count()].errors += 1
    return call.answer(error, requestID: requestID)
  }

  /// The call's answer under the faults that struck it.
  private mutating func disturbed(
    _ call: ServiceCall, _ input: JSONObject, _ effects: [FaultEffect], requestID: String, at now: Instant,
    random: inout some RandomNumberGenerator
  ) -> WireAnswer {
    counts[call.operation, default: Count()].faults += effects.count
    for effect in effects {
      if let answer = SimulatorCore.insteadOfWork(effect, call, requestID: requestID) {
        counts[call.operation, default: Count()].requests += 1
        counts[call.operation, default: Count()].errors += 1
        return answer
      }
    }
    let fates = effects.compactMap { if case .task(let fate) = $0 { fate } else { nil } }
    var answer: WireAnswer
    do {
      answer = try perform(call, input, fates, requestID: requestID, at: now, random: &random)
      counts[call.operation, default: Count()].requests += 1
    } catch {
      answer = refuse(call, error, requestID: requestID)
    }
    for effect in effects { SimulatorCore.disturb(&answer, effect, call, requestID: requestID) }
    return answer
  }

  private static func insteadOfWork(
    _ effect: FaultEffect, _ call: ServiceCall, requestID: String
  ) -> WireAnswer? {
    var answer = WireAnswer(status: 200, contentType: "text/html", body: [], requestID: requestID)
    switch effect {
    case .throttle:
      if case .query = call {
        return call.answer(
          ServiceError(code: "Throttling", message: "Rate exceeded"), requestID: requestID)
      }
      return call.answer(.throttled, requestID: requestID)
    case .error(let status, let code, let message, afterWork: false):
      return call.answer(ServiceError(code: code, message: message, status: status), requestID: requestID)
    case .drop(afterWork: false): answer.disruption = .dropped
    case .delay(let length, beforeWork: true): answer.disruption = .postponed(length)
    case .html:
      answer.status = 502
      answer.body = Array("<html><head><title>502 Bad Gateway</title></head><body></body></html>\n".utf8)
    default: return nil
    }
    return answer
  }

  private static func disturb(
    _ answer: inout WireAnswer, _ effect: FaultEffect, _ call: ServiceCall, requestID: String
  ) {
    switch effect {
    case .error(let status, let code, let message, afterWork: true):
      answer = call.answer(ServiceError(code: code, message: message, status: status), requestID: requestID)
    case .drop(afterWork: true): answer.disruption = .dropped
    case .delay(let length, beforeWork: false): answer.delay += length
    case .truncate: answer.disruption = .truncated
    case .garbage: answer.body = [0x7B, 0x22, 0xFF, 0xFE, 0x00] + Array("<<<not an answer>>>".utf8)
    default: break
    }
  }

  private mutating func perform(
    _ call: ServiceCall, _ input: JSONObject, _ fates: [TaskEffect], requestID: String, at now: Instant,
    random: inout some RandomNumberGenerator
  ) throws(ServiceError) -> WireAnswer {
    switch call {
    case .ecs(let operation):
      let result = try ecs.perform(operation, input, fates: fates, at: now, random: &random)
      return ServiceCall.answer(result, requestID: requestID)
    case .logs(let operation):
      return ServiceCall.answer(try logs.perform(operation, input, at: now), requestID: requestID)
    case .query(.sns, let action, let parameters):
      let result = try sns.perform(action, parameters, at: now, random: &random)
      return ServiceCall.answer(.sns, action, result, requestID: requestID)
    case .query(.sts, let action, _):
      guard action == "GetCallerIdentity" else {
        throw ServiceError(
          code: "InvalidAction", message: "Could not find operation \(action.prefix(128)) for version 2011-06-15")
      }
      let identity = [
        XMLElement("Arn", "arn:aws:iam::\(configuration.accountID):root"),
        XMLElement("UserId", configuration.accountID), XMLElement("Account", configuration.accountID),
      ]
      return ServiceCall.answer(.sts, action, identity, requestID: requestID)
    case .unknown: throw .unknownOperation
    }
  }
}
