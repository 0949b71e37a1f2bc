internal import JobModel

/// The ECS of one account and Region as a value: every operation and every passing of time is a step that
/// may leave effects. Nothing here waits, asks for the time, or starts a process.
struct SimulatedECS: Sendable {
  struct Settings: Sendable {
    var autoCreate = false
    var startsProcesses = true
    var maximumProcesses = 64
    var delays = LifeCycleDelays.none
    var stopTimeout = Duration.seconds(30)
    var retention = Duration.seconds(3_600)
    /// For containers without a log configuration.
    var defaultLogGroup: String?
  }

  let settings: Settings
  let arns: ResourceNames
  var definitions = DefinitionBook()
  /// In the order of their creation.
  var clusters: [String] = []
  var tasks: [String: SimulatedTask] = [:]
  /// Ids by creation, with those that were forgotten since the last tidying.
  var taskOrder: [(sequence: Int, id: String)] = []
  var tokens = ClientTokens()
  var agenda = Agenda()
  /// Processes that were started and have not exited.
  var processes = 0
  /// Tasks whose containers wait for a free process.
  var queue: [String] = []
  var effects: [SimulatorEffect] = []
  private var sequence = 0

  init(settings: Settings, arns: ResourceNames, clusters: [String] = []) {
    self.settings = settings
    self.arns = arns
    self.clusters = clusters
  }

  /// When ``advance(to:)`` has something to do next.
  var nextAt: Instant? { agenda.nextAt }

  mutating func takeEffects() -> [SimulatorEffect] {
    defer { effects = [] }
    return effects
  }

  mutating func nextSequence() -> Int {
    sequence += 1
    return sequence
  }

  /// One operation of the API; time has been advanced to `now` before.
  mutating func perform(
    _ operation: String, _ input: JSONObject, fates: [TaskEffect] = [], at now: Instant,
    random: inout some RandomNumberGenerator
  ) throws(ServiceError) -> JSONValue {
    switch operation {
    case "CreateCluster": try createCluster(input)
    case "DescribeClusters": try describeClusters(input)
    case "ListClusters": try listClusters(input)
    case "RegisterTaskDefinition": try registerTaskDefinition(input, at: now)
    case "DescribeTaskDefinition": try describeTaskDefinition(input)
    case "ListTaskDefinitions": try listTaskDefinitions(input)
    case "DeregisterTaskDefinition": try deregisterTaskDefinition(input, at: now)
    case "RunTask": try runTask(input, fates: fates, at: now, random: &random)
    case "DescribeTasks": try describeTasks(input, at: now)
    case "ListTasks": try listTasks(input, at: now)
    case "StopTask": try stopTask(input, at: now)
    default: throw .unknownOperation
    }
  }

  /// The cluster that an input names, `default` where it names none.
  mutating func cluster(of input: JSONObject) throws(ServiceError) -> String {
    let name = ResourceNames.resource(try input.string("cluster") ?? "default", kind: "cluster")
    if clusters.contains(name) { return name }
    guard settings.autoCreate, isName(name) else { throw .clusterNotFound }
    clusters.append(name)
    return name
  }

  func isName(_ text: String) -> Bool {
    (1...255).contains(text.utf8.count)
      && text.utf8.allSatisfy {
        switch $0 {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }
}

/// Clusters.
extension SimulatedECS {
  private mutating func createCluster(_ input: JSONObject) throws(ServiceError) -> JSONValue {
    let name = try input.string("clusterName") ?? "default"
    guard isName(name) else { throw .invalidParameter("Invalid cluster name: \(name.prefix(255))") }
    if !clusters.contains(name) { clusters.append(name) }
    return ["cluster": json(ofCluster: name)]
  }

  private func describeClusters(_ input: JSONObject) throws(ServiceError) -> JSONValue {
    let asked = try input.strings("clusters")
    guard asked.count <= 100 else { throw .invalidParameter("Clusters cannot have more than 100 elements.") }
    var found: [JSONValue] = []
    var failures: [JSONValue] = []
    for name in (asked.isEmpty ? ["default"] : asked).map({ ResourceNames.resource($0, kind: "cluster") }) {
      if clusters.contains(name) {
        found.append(json(ofCluster: name))
      } else {
        failures.append(["arn": .string(arns.cluster(name)), "reason": "MISSING"])
      }
    }
    return ["clusters": .array(found), "failures": .array(failures)]
  }

  private func listClusters(_ input: JSONObject) throws(ServiceError) -> JSONValue {
    let page = try Page(input, count: clusters.count)
    return page.json("clusterArns", clusters[page.range].map { .string(arns.cluster($0)) })
  }

  private func json(ofCluster name: String) -> JSONValue {
    let members = tasks.values.filter { $0.cluster == name }
    return [
      "clusterArn": .string(arns.cluster(name)),
      "clusterName": .string(name),
      "status": "ACTIVE",
      "registeredContainerInstancesCount": 0,
      "runningTasksCount": .integer(Int64(members.count { $0.status == .running })),
      "pendingTasksCount": .integer(Int64(members.count { $0.status < .running })),
      "activeServicesCount": 0,
      "statistics": [], "tags": [], "settings": [], "capacityProviders": [],
      "defaultCapacityProviderStrategy": [],
    ]
  }
}

/// A page of a list whose elements stand still: `nextToken` is the index of the next one.
struct Page {
  var range: Range<Int>
  private let count: Int

  init(_ input: JSONObject, count: Int) throws(ServiceError) {
    let size = try Page.size(input)
    let start = try Page.token(input) ?? 0
    guard start <= count else { throw .invalidParameter("Invalid token.") }
    range = start..<min(start + size, count)
    self.count = count
  }

  /// `maxResults`, 100 by default.
  static func size(_ input: JSONObject) throws(ServiceError) -> Int {
    let size = try input.integer("maxResults") ?? 100
    guard (1...100).contains(size) else { throw .invalidParameter("maxResults must be between 1 and 100.") }
    return size
  }

  static func token(_ input: JSONObject) throws(ServiceError) -> Int? {
    guard let text = try input.string("nextToken") else { return nil }
    guard let token = Int(text), token >= 0 else { throw .invalidParameter("Invalid token.") }
    return token
  }

  func json(_ key: String, _ elements: [JSONValue]) -> JSONValue {
    var json: JSONObject = [key: .array(elements)]
    if range.upperBound < count { json["nextToken"] = .string(String(range.upperBound)) }
    return .object(json)
  }
}
