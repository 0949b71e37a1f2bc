import JobModel
import TestSupport

@testable import Simulation

/// Evidence of a small, clean simulation, to be spoilt in one place: two days, one process, in UTC.
///
/// `nightly` runs at 02:00, with three attempts; `flow` at 03:00 in two steps; `batch` at 04:00 for two items.
struct FabricatedEvidence {
  var evidence: Evidence
  static let start = Instant(seconds: 1_795_219_200)
  static let end = Duration.seconds(3 * 86_400)

  init() {
    // One in which nothing goes wrong by itself.
    var scenario = Scenario(seed: (0...).first { Faults(seed: $0).rates.isEmpty } ?? 0)
    scenario.start = Self.start
    scenario.edition = Scenario.Edition(
      jobs: [
        Self.job("nightly", .daily(hour: 2, minute: 0)), Self.job("flow", .daily(hour: 3, minute: 0), .steps),
        Self.job("batch", .daily(hour: 4, minute: 0), .items(2, maxConcurrency: 2)),
      ], pools: [:])
    scenario.length = .seconds(2 * 86_400)
    scenario.disturbances = []
    (scenario.processes, scenario.lease, scenario.sharesHost) = (1, .seconds(15), true)
    evidence = Evidence(scenario: scenario, observations: [], endedAt: Self.end)
    see(.zero, .process(number: 1, what: "starts"))
    see(.seconds(1), .ready(process: 1))
    see(.seconds(2 * 86_400), .calm)
    see(.seconds(2 * 86_400 + 4 * 3_600), .schedulesEnd)
    for day in 0..<2 {
      succeed("nightly", at: day * 86_400 + 2 * 3_600, ["nightly"])
      succeed("flow", at: day * 86_400 + 3 * 3_600, ["flow-first", "flow-second"])
      succeed("batch", at: day * 86_400 + 4 * 3_600, ["batch-item 0", "batch-item 1"])
    }
    // Of the third day.
    for (job, hour) in [("nightly", 2), ("flow", 3)] {
      succeed(
        JobName(job) ?? "x", at: 2 * 86_400 + hour * 3_600, job == "flow" ? ["flow-first", "flow-second"] : [job])
    }
  }

  static func job(
    _ name: JobName, _ schedule: SimulatedJob.Schedule?, _ work: SimulatedJob.Work = .task
  ) -> SimulatedJob {
    SimulatedJob(
      name: name, schedule: schedule, zone: "UTC", overlap: .skip, isOncePerDay: false, catchUp: .none,
      retry: .init(maxAttempts: 3, interval: .seconds(30), backoffRate: 2, isJittered: false), timeout: .seconds(600),
      startTimeout: nil, pool: nil, priority: 0, after: [], work: work, edition: 1)
  }

  // MARK: What happens

  /// Kept in the order of time.
  mutating func see(_ at: Duration, _ event: Observation.Event) {
    let observation = Observation(at: at, wallClock: Self.start + at, event: event)
    let place = evidence.observations.firstIndex { $0.at > at } ?? evidence.observations.endIndex
    evidence.observations.insert(observation, at: place)
  }

  static func id(_ job: JobName, at seconds: Int, rerun: Int = 0) -> RunID {
    RunID(slot: SlotKey(job: job, scheduledAt: start + .seconds(seconds)), rerun: rerun)
  }

  /// A run in which each of these, a family and perhaps an item, is done within a minute, one after the other.
  @discardableResult
  mutating func succeed(
    _ job: JobName, at seconds: Int, rerun: Int = 0, from begin: Int? = nil, trigger: Trigger = .schedule,
    _ places: [String]
  ) -> RunID {
    let id = Self.id(job, at: seconds, rerun: rerun)
    let begin = begin ?? seconds
    put(id, .succeeded, from: begin, to: begin + 100 * places.count, trigger: trigger)
    for (index, place) in places.enumerated() {
      launch(id, place, from: begin + 100 * index, to: begin + 100 * index + 60)
    }
    return id
  }

  /// A run whose attempts all fail.
  @discardableResult
  mutating func fail(_ job: JobName, at seconds: Int, rerun: Int = 0, isTold: Bool = true) -> RunID {
    let id = Self.id(job, at: seconds, rerun: rerun)
    put(id, .failed, from: seconds, to: seconds + 600)
    for begin in [0, 100, 300] { launch(id, "\(job)", from: seconds + begin, to: seconds + begin + 60, exitCode: 1) }
    if isTold { tell(id) }
    return id
  }

  mutating func tell(_ id: RunID, id message: String? = nil) {
    see(
      .seconds(1_000),
      .published(
        id: message ?? "\(id)/FAILED/12345678", subject: "failed",
        body: "{\"JOBID\": \"\(id.job)\", \"run\": \"\(id)\"}"))
  }

  mutating func put(_ id: RunID, _ status: RunStatus, from: Int, to: Int, trigger: Trigger = .schedule) {
    let day = CivilTime(secondsSince1970: id.slot.scheduledAt.seconds).date
    evidence.runs.removeAll { $0.id == id }
    evidence.launches[id] = []
    evidence.tasks.removeAll { $0.startedBy.hasPrefix(Self.startedBy(id)) }
    evidence.runs.append(
      Run(
        id: id, day: day, trigger: trigger, status: status,
        owner: Ownership(instance: InstanceID("process-1"), epoch: 1),
        definition: "{}", input: "{}", startedAt: Self.start + .seconds(from), endedAt: Self.start + .seconds(to)))
    let ends: [RunStatus: String] = [
      .succeeded: "ExecutionSucceeded", .failed: "ExecutionFailed", .aborted: "ExecutionAborted",
    ]
    evidence.histories[id] = []
    append("ExecutionStarted", to: id)
    if let end = ends[status] { append(end, to: id) }
    if let place = evidence.slots.firstIndex(where: { $0.key == id.slot }) {
      evidence.slots[place].state = status.slotState
      evidence.slots[place].runs = max(evidence.slots[place].runs, id.rerun + 1)
      evidence.slots[place].reason = nil
    } else {
      evidence.slots.append(
        Slot(key: id.slot, day: day, trigger: trigger, state: status.slotState, runs: id.rerun + 1))
    }
  }

  static func startedBy(_ id: RunID) -> String {
    "jobd/12345678/\(id.job)/\(id.slot.scheduledAt.compactText)/\(id.rerun)/"
  }

  /// Before the run's end.
  private mutating func append(_ type: String, to id: RunID) {
    editHistory(of: id) { events in
      let last = events.last.map { $0.type.hasPrefix("Execution") && $0.type != "ExecutionStarted" } ?? false
      events.insert(
        HistoryEvent(id: 0, previousID: 0, timestamp: Self.start, type: type),
        at: last ? events.count - 1 : events.count)
    }
  }

  private mutating func editHistory(of id: RunID, _ change: (inout [HistoryEvent]) -> Void) {
    var events = evidence.histories[id] ?? []
    change(&events)
    for index in events.indices { (events[index].id, events[index].previousID) = (index + 1, index) }
    evidence.histories[id] = events
  }

  /// The last task is one that ECS never started.
  mutating func undoLastTask(of id: RunID) {
    guard let number = evidence.launches[id]?.count else { return }
    evidence.tasks.removeAll { $0.startedBy == Self.startedBy(id) + "\(number)" }
    editLaunch(of: id, number) { $0.taskARN = nil }
    editHistory(of: id) { events in
      if let place = events.lastIndex(where: { $0.type == "TaskSubmitted" }) { events.remove(at: place) }
    }
  }

  @discardableResult
  mutating func launch(
    _ id: RunID, _ place: String, from: Int, to: Int, exitCode: Int? = 0, status: LaunchState? = nil,
    stopCode: String = "EssentialContainerExited"
  ) -> String {
    let words = place.split(separator: " ").map(String.init)
    let number = (evidence.launches[id]?.count ?? 0) + 1
    let arn = "arn:aws:ecs:us-east-1:123456789012:task/sim/\(evidence.tasks.count)-\(id)-\(number)"
    let isGood = exitCode == 0 && stopCode == "EssentialContainerExited"
    let status = status ?? (isGood ? .succeeded : .failed)
    let state = words[0].split(separator: "-").dropFirst().first.map { $0.prefix(1).uppercased() + $0.dropFirst() }
    evidence.launches[id, default: []].append(
      Launch(
        id: LaunchID(run: id, number: number), task: number, scope: words.count > 1 ? "root/\(words[1])" : "root",
        state: state ?? words[0], resource: "arn:aws:states:::ecs:runTask.sync", request: [:],
        startedBy: Self.startedBy(id) + "\(number)", status: status, intendedAt: Self.start + .seconds(from),
        endedAt: Self.start + .seconds(to), taskARN: arn))
    if let index = evidence.runs.firstIndex(where: { $0.id == id }) { evidence.runs[index].launches = number }
    evidence.tasks.append(
      SimulatedTask(
        arn: arn, cluster: "sim", family: words[0], command: ["work", "1"] + words.dropFirst(),
        startedBy: Self.startedBy(id) + "\(number)", clientToken: "\(number)", createdAt: .seconds(from),
        pendingAt: .seconds(from), activatingAt: .seconds(from), runningAt: .seconds(from), stoppingAt: .seconds(to),
        stoppedAt: .seconds(to), visibleAt: .seconds(from), exitCode: exitCode, stopCode: stopCode, stoppedReason: ""))
    append("TaskScheduled", to: id)
    append("TaskSubmitted", to: id)
    if status == .succeeded { append("TaskSucceeded", to: id) }
    if status == .failed { append("TaskFailed", to: id) }
    if isGood { give(arn, ofItem: words.count > 1, to: id) }
    return arn
  }

  /// What a run gives: what its last task gave, or that of each item.
  private mutating func give(_ arn: String, ofItem isItem: Bool, to id: RunID) {
    guard let index = evidence.runs.firstIndex(where: { $0.id == id }) else { return }
    let part: JSONValue = ["TaskArn": .string(arn)]
    let list = evidence.runs[index].output.flatMap { try? JSONValue.parse($0) }?.arrayValue ?? []
    evidence.runs[index].output = (isItem ? .array(list + [part]) : part).text
  }

  /// A slot without a run, in place of what it was.
  mutating func leave(_ job: JobName, at seconds: Int, _ state: SlotState, _ reason: String?, wait: SlotWait? = nil) {
    let id = Self.id(job, at: seconds)
    evidence.runs.removeAll { $0.id.slot == id.slot }
    evidence.launches[id] = nil
    evidence.histories[id] = nil
    evidence.tasks.removeAll { $0.startedBy.hasPrefix(Self.startedBy(id)) }
    evidence.slots.removeAll { $0.key == id.slot }
    evidence.slots.append(
      Slot(
        key: id.slot, day: CivilTime(secondsSince1970: id.slot.scheduledAt.seconds).date, trigger: .schedule,
        state: state,
        reason: reason, wait: wait))
  }

  /// Slots that are not on record.
  mutating func leaveOut(_ job: JobName, at seconds: [Int]) {
    for seconds in seconds {
      leave(job, at: seconds, .skipped, nil)
      evidence.slots.removeAll { $0.key == Self.id(job, at: seconds).slot }
    }
  }

  /// Process 1 reads a job file in which a job has another schedule.
  mutating func reschedule(_ job: JobName, _ schedule: SimulatedJob.Schedule, at seconds: Int) {
    var edition = evidence.scenario.edition
    for index in edition.jobs.indices where edition.jobs[index].name == job {
      edition.jobs[index].schedule = schedule
    }
    see(.seconds(seconds), .edited(job, edition))
    see(.seconds(seconds), .reloaded(process: 1, edition))
  }

  private var asked = 0

  mutating func wish(_ wish: Wish, at seconds: Int, _ answer: Observation.Answer) {
    asked += 1
    see(.seconds(seconds), .asked(wish, process: 1, number: asked))
    see(.seconds(seconds) + .milliseconds(100), .answered(wish, number: asked, answer))
  }

  mutating func edit(_ job: JobName, _ change: (inout SimulatedJob) -> Void) {
    guard let index = evidence.scenario.edition.jobs.firstIndex(where: { $0.name == job }) else { return }
    change(&evidence.scenario.edition.jobs[index])
  }

  mutating func editTask(of id: RunID, _ number: Int = 1, _ change: (inout SimulatedTask) -> Void) {
    guard let index = evidence.tasks.firstIndex(where: { $0.startedBy == Self.startedBy(id) + "\(number)" }) else {
      return
    }
    change(&evidence.tasks[index])
  }

  mutating func editRun(_ id: RunID, _ change: (inout Run) -> Void) {
    guard let index = evidence.runs.firstIndex(where: { $0.id == id }) else { return }
    change(&evidence.runs[index])
  }

  mutating func editOutput(of id: RunID, _ change: (inout JSONValue) -> Void) {
    guard let index = evidence.runs.firstIndex(where: { $0.id == id }) else { return }
    var output = (try? JSONValue.parse(evidence.runs[index].output ?? "")) ?? .null
    change(&output)
    evidence.runs[index].output = output.text
  }

  mutating func editLaunch(of id: RunID, _ number: Int = 1, _ change: (inout Launch) -> Void) {
    guard var launch = evidence.launches[id]?[number - 1] else { return }
    change(&launch)
    evidence.launches[id]?[number - 1] = launch
  }
}
