internal import JobModel

/// What a run keeps in mind of its launches: those that are not over, and of the others what its end tells of them.
/// However many launches a run has had, this stays small, and no step looks through all of them.
struct RunLaunches: Sendable {
  /// Those that are not over, by number.
  private(set) var open: [Int: Launch] = [:]
  /// Committed, and not handed to a driver by this process.
  private(set) var unsent: Set<Int> = []
  /// Given up (timeout, stop), and perhaps still alive.
  private(set) var givenUp: Set<Int> = []
  /// Those whose tokens somebody may answer.
  private(set) var awaited: Set<Int> = []
  private var numberOfTask: [Int: Int] = [:]
  /// The launch with the highest number of those that are over.
  private(set) var latest: Launch?
  private var latestFailed: Launch?
  /// Of the latest ones with a task that are over.
  private var told: [Int: Launch] = [:]

  init() {}

  /// What a store keeps of a run's launches: all that are not over, and of the others the latest ones and the latest
  /// failed one. None counts as unsent: an earlier process may have sent any of them.
  init(stored: [Launch]) {
    for launch in stored { put(launch) }
    unsent = []
  }

  subscript(number: Int) -> Launch? { open[number] }

  /// The launch that performs an attempt, unless it is over.
  func launch(of task: Int) -> Launch? { numberOfTask[task].flatMap { open[$0] } }

  /// How many launches are kept, of whatever kind.
  var count: Int { open.count + told.count + (latest == nil ? 0 : 1) + (latestFailed == nil ? 0 : 1) }

  /// Adds a launch, or replaces what was known of it.
  mutating func put(_ launch: Launch) {
    let number = launch.id.number
    guard launch.endedAt == nil else { return close(launch) }
    if open[number] == nil, launch.status == .intended { unsent.insert(number) }
    open[number] = launch
    numberOfTask[launch.task] = number
    if launch.status == .stopped {
      givenUp.insert(number)
      awaited.remove(number)
    } else if launch.token != nil {
      awaited.insert(number)
    }
  }

  /// A driver has it.
  mutating func handOver(_ number: Int) { unsent.remove(number) }

  /// Whatever an earlier process did, it is yet to be sent.
  mutating func keepUnsent(_ number: Int) { unsent.insert(number) }

  private mutating func close(_ launch: Launch) {
    let number = launch.id.number
    open[number] = nil
    unsent.remove(number)
    givenUp.remove(number)
    awaited.remove(number)
    if numberOfTask[launch.task] == number { numberOfTask[launch.task] = nil }
    let kept = launch.forTelling
    if number >= latest?.id.number ?? 0 { latest = kept }
    if launch.isFailed, number >= latestFailed?.id.number ?? 0 { latestFailed = kept }
    guard launch.taskARN != nil else { return }
    told[number] = kept.withoutLog
    if told.count > RunLaunches.toldCount, let first = told.keys.min() { told[first] = nil }
  }

  /// How many tasks a message names at most.
  static let toldCount = 100

  /// What a message about the run's end is made of, by number; nothing of their requests and results.
  var forTelling: [Launch] {
    var launches = told
    for launch in [latest, latestFailed].compactMap(\.self) { launches[launch.id.number] = launch }
    return launches.values.sorted { $0.id.number < $1.id.number }
  }
}

extension Launch {
  fileprivate var isFailed: Bool { status == .failed || status == .stopped }

  fileprivate var forTelling: Launch {
    var launch = self
    (launch.request, launch.submission, launch.result, launch.token) = (.null, nil, nil, nil)
    return launch
  }

  fileprivate var withoutLog: Launch {
    var launch = self
    launch.diagnosis?.log = []
    return launch
  }

  /// Whether somebody has to bring its token back, and nothing of it runs that could be followed or stopped.
  var isOnlyAwaited: Bool {
    token != nil && submission != nil && (taskARN == nil || result != nil)
  }
}
