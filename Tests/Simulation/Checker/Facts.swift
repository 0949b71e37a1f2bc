internal import JobModel

/// The evidence, with what the rules look up.
struct Facts {
  let evidence: Evidence
  let clock: WallClock
  let quiet: [QuietTime]
  let jobs: [JobName: SimulatedJob]
  let runs: [RunID: Run]
  let runsOfJob: [JobName: [Run]]
  let slots: [SlotKey: Slot]
  let slotsOfJob: [JobName: [Slot]]
  let tasks: [LaunchedTask]
  let tasksOfRun: [RunID: [LaunchedTask]]
  /// When ECS was asked to start a task of the run, whatever became of that.
  let asksOfRun: [RunID: [LaunchAsk]]
  /// Of launches that ECS refused, or answered with failures.
  let denied: Set<String>
  /// When StopTask first reached a task.
  let stopAsked: [String: Duration]
  let wishes: [AskedWish]
  let calmAt: Duration
  let schedulesEndAt: Duration
  /// By every schedule that a job ever had.
  private let dueTimes: [JobName: [SimulatedJob.Schedule: [Instant]]]
  /// Which schedule a job had, and when.
  let tenures: [JobName: [Tenure<SimulatedJob.Schedule?>]]
  let zones: [String: LocalTimes]
  /// Whether nothing ever kept the store from answering at once.
  let storeIsPrompt: Bool
  /// Whether ListTasks, DescribeTasks and StopTask may be refused.
  let mayDenyAccess: Bool
  /// Since when somebody had, or might have read, a schedule of a job, and until when.
  let held: [JobName: [SimulatedJob.Schedule: ClosedRange<Duration>]]
  /// How long stopping a task may take a jobd that is well: ten minutes where calls get through, and the longer the
  /// rarer three calls in a row do, which is what finding a task (by two) and stopping it takes.
  let stopTime: Duration

  init(_ evidence: Evidence) {
    self.evidence = evidence
    clock = WallClock(evidence)
    quiet = QuietTime.all(in: evidence)
    jobs = Dictionary(evidence.scenario.edition.jobs.map { ($0.name, $0) }) { first, _ in first }
    runs = Dictionary(evidence.runs.map { ($0.id, $0) }) { first, _ in first }
    runsOfJob = Dictionary(grouping: evidence.runs, by: \.id.job)
    slots = Dictionary(evidence.slots.map { ($0.key, $0) }) { first, _ in first }
    slotsOfJob = Dictionary(grouping: evidence.slots, by: \.key.job)
    tasks = evidence.tasks.map { LaunchedTask($0, evidence.launches) }.sorted { $0.task.createdAt < $1.task.createdAt }
    tasksOfRun = tasks.reduce(into: [:]) { result, task in
      if let run = task.run { result[run, default: []].append(task) }
    }
    wishes = AskedWish.all(in: evidence)

    var asksOfRun: [RunID: [LaunchAsk]] = [:]
    var denied: Set<String> = []
    var stopAsked: [String: Duration] = [:]
    var (calmAt, schedulesEndAt) = (evidence.endedAt, evidence.endedAt)
    var editions = [evidence.scenario.edition]
    for observation in evidence.observations {
      switch observation.event {
      case .launchAsked(_, let startedBy):
        if let started = StartedBy(startedBy) {
          asksOfRun[started.run, default: []].append(LaunchAsk(number: started.number, at: observation.at))
        }
      case .launchDenied(let startedBy): denied.insert(startedBy)
      case .stopAsked(let arn, _): stopAsked[arn] = min(stopAsked[arn] ?? observation.at, observation.at)
      case .calm: calmAt = observation.at
      case .schedulesEnd: schedulesEndAt = observation.at
      case .edited(_, let edition): editions.append(edition)
      default: break
      }
    }
    (self.asksOfRun, self.denied) = (asksOfRun, denied)
    (self.stopAsked, self.calmAt, self.schedulesEndAt) = (stopAsked, calmAt, schedulesEndAt)

    let shown = clock.range(.zero, evidence.endedAt)
    // Backfills reach back, and a zone's day begins before UTC's.
    let range = (shown.lowerBound - .seconds(6 * 86_400))...(shown.upperBound + .seconds(2 * 86_400))
    var zones: [String: LocalTimes] = [:]
    var dueTimes: [JobName: [SimulatedJob.Schedule: [Instant]]] = [:]
    for job in editions.flatMap(\.jobs) {
      let zone = zones[job.zone] ?? LocalTimes(zone: job.zone, range)
      zones[job.zone] = zone
      guard let schedule = job.schedule, dueTimes[job.name]?[schedule] == nil else { continue }
      dueTimes[job.name, default: [:]][schedule] = zone.dueTimes(of: schedule)
    }
    (self.zones, self.dueTimes) = (zones, dueTimes)
    tenures = Dictionary(
      uniqueKeysWithValues: dueTimes.keys.map { job in
        (job, Tenure.all(in: evidence) { edition in edition.jobs.first { $0.name == job }?.schedule })
      })
    let rates = Faults(seed: evidence.scenario.seed).rates
    mayDenyAccess = rates[.accessDenied] != nil
    storeIsPrompt = rates[.storeStalls] == nil && rates[.storeRefuses] == nil
    let arrives = Faults.Fault.ofCalls.reduce(1) { $0 * (1 - (rates[$1] ?? 0)) }
    let passes = arrives * (1 - (rates[.accessDenied] ?? 0))
    stopTime = .seconds(Int(600 / (passes * passes * passes)))
    held = Tenure<SimulatedJob.Schedule?>.spans(in: evidence)
  }

  // MARK: Looking up

  func job(_ run: RunID) -> SimulatedJob? { jobs[run.job] }
  func launches(_ run: RunID) -> [Launch] { evidence.launches[run] ?? [] }
  func tasks(_ run: RunID) -> [LaunchedTask] { tasksOfRun[run] ?? [] }
  func asks(_ run: RunID) -> [LaunchAsk] { asksOfRun[run] ?? [] }

  /// In the job's zone.
  func zone(_ job: SimulatedJob) -> LocalTimes? { zones[job.zone] }

  func isDue(_ slot: SlotKey) -> Bool { isDue(slot.job, slot.scheduledAt) }

  /// By any schedule that the job ever had.
  private func isDue(_ job: JobName, _ instant: Instant) -> Bool {
    dueTimes[job]?.values.contains { $0.has(instant) } ?? false
  }

  /// Slots of a job that are due after one instant and up to another, by one of its schedules.
  func due(
    _ job: JobName, by schedule: SimulatedJob.Schedule, after: Instant, upTo: Instant
  ) -> ArraySlice<Instant> {
    dueTimes[job]?[schedule]?.between(after, upTo) ?? []
  }

  func isDue(_ slot: SlotKey, by schedule: SimulatedJob.Schedule) -> Bool {
    dueTimes[slot.job]?[schedule]?.has(slot.scheduledAt) ?? false
  }

  /// Whether one of them is due by any schedule that the job ever had.
  func mayBeDue(_ job: JobName, after: Instant, upTo: Instant) -> Bool {
    dueTimes[job]?.values.contains { !$0.between(after, upTo).isEmpty } ?? false
  }

  /// Those that are due by every schedule that the job ever had.
  func certainlyDue(_ job: JobName, after: Instant, upTo: Instant) -> [Instant] {
    let times = (dueTimes[job] ?? [:]).values
    return times.first?.between(after, upTo).filter { instant in times.allSatisfy { $0.has(instant) } } ?? []
  }

  /// The longest while within another one in which all worked and nothing of what was before was in the way.
  ///
  /// - Parameter settled: whether leases of the dead have to be over.
  func longestQuiet(_ from: Duration, _ to: Duration, settled: Bool = true) -> Duration {
    quiet.reduce(.zero) { longest, time in
      max(longest, min(to, time.end) - max(from, settled ? time.settled : time.start))
    }
  }

  /// Whether what began then was decided on by somebody who was well.
  func isDecidedInQuiet(_ span: ClosedRange<Duration>) -> Bool {
    quiet.contains { $0.decides <= span.lowerBound + WallClock.skew * 2 && $0.end >= span.upperBound }
  }

  /// The schedule that all had who were there in a while; nil where they did not agree, or where it changed.
  func tenure(of job: JobName, _ from: Duration, _ to: Duration) -> Tenure<SimulatedJob.Schedule?>? {
    tenures[job]?.first { $0.from <= from && $0.to >= to }
  }

  func isQuiet(_ from: Duration, _ to: Duration) -> Bool { quiet.contains { $0.start <= from && $0.end >= to } }
}

extension [Instant] {
  fileprivate func has(_ instant: Instant) -> Bool {
    let place = partition(before: instant)
    return place < count && self[place] == instant
  }

  /// Those after one instant and up to another.
  fileprivate func between(_ after: Instant, _ upTo: Instant) -> ArraySlice<Instant> {
    guard after < upTo else { return [] }
    return self[partition(before: after + .milliseconds(1))..<partition(before: upTo + .milliseconds(1))]
  }

  /// The first place whose instant is not before this one; they are in order.
  fileprivate func partition(before instant: Instant) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < instant { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension Run {
  /// Whether it began by itself: nobody asked for it by hand, or for a range of days.
  var isPlanned: Bool { requestedBy == nil && (trigger == .schedule || trigger == .upstream) }
}

/// What a task's `startedBy` says: `jobd/<installation>/<job>/<scheduled instant>/<rerun>/<launch number>`.
struct StartedBy {
  var run: RunID
  /// Of the launch.
  var number: Int

  init?(_ text: String) {
    let parts = text.split(separator: "/").map(String.init)
    guard parts.count == 6, parts[0] == "jobd", let job = JobName(parts[2]), let at = Instant(compact: parts[3]),
      let rerun = Int(parts[4]), let number = Int(parts[5])
    else { return nil }
    run = RunID(slot: SlotKey(job: job, scheduledAt: at), rerun: rerun)
    self.number = number
  }
}

/// A RunTask that a process sent.
struct LaunchAsk {
  /// Of the launch.
  var number: Int
  var at: Duration
}

/// A task, and what its `startedBy` says of it.
struct LaunchedTask {
  var task: SimulatedTask
  var run: RunID?
  /// Of the launch.
  var number = 0
  var launch: Launch?
  /// Which of a run's tasks may not live at a time: those of one Task state, and one item.
  var place: String

  init(_ task: SimulatedTask, _ launches: [RunID: [Launch]]) {
    self.task = task
    place = task.family
    if task.family.hasSuffix("-item"), let item = task.command.last { place += " \(item)" }
    guard let started = StartedBy(task.startedBy) else { return }
    (run, number) = (started.run, started.number)
    launch = launches[started.run]?.first { $0.id.number == started.number }
  }

  var arn: String { task.arn }

  /// jobd gave it up: nothing waits for it any more.
  var isGivenUp: Bool { launch?.status == .stopped }

  /// Until when a further task has to wait for it: one that has been told to stop is let go of after three minutes.
  var holdsUntil: Duration { min(task.stoppedAt, task.stoppingAt + .seconds(180)) }

  var text: String { "task \(arn.suffix(6)) (\(place), launch \(number))" }
}

/// What an operator asked for, and what came of it.
struct AskedWish {
  var wish: Wish
  var askedAt: Duration
  /// When it was answered; when all was over where it never was.
  var answeredAt: Duration
  var answer: Observation.Answer?

  var isDone: Bool { if case .done = answer { true } else { false } }
  var run: RunID? { if case .run(let run) = answer { run } else { nil } }

  /// Whether nothing can have come of it. A process that dies may have done what it cannot answer any more.
  var isRefused: Bool {
    if case .refused(let why) = answer { !why.contains("the process is dead") } else { false }
  }

  static func all(in evidence: Evidence) -> [AskedWish] {
    var wishes: [Int: AskedWish] = [:]
    for observation in evidence.observations {
      switch observation.event {
      case .asked(let wish, _, let number):
        wishes[number] = AskedWish(wish: wish, askedAt: observation.at, answeredAt: evidence.endedAt, answer: nil)
      case .answered(_, let number, let answer):
        wishes[number]?.answeredAt = observation.at
        wishes[number]?.answer = answer
      default: break
      }
    }
    return wishes.sorted { $0.key < $1.key }.map(\.value)
  }
}
