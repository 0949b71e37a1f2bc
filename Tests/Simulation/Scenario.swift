public import JobModel
internal import TestSupport

/// Everything about a simulation that is decided before it begins, drawn from its seed.
public struct Scenario: Sendable {
  public enum StoreKind: String, Sendable {
    case memory, sqlite
  }

  /// A job file.
  public struct Edition: Sendable, Equatable {
    public var jobs: [SimulatedJob]
    /// Pools and their limits.
    public var pools: [String: Int]

    public var text: String {
      var lines = [
        "region: us-east-1", "timezone: UTC",
        "notifications: {on: [failed], topicArn: \"arn:aws:sns:us-east-1:123456789012:alerts\"}",
        "defaults: {cluster: sim}",
      ]
      if !pools.isEmpty {
        lines.append(
          "pools: {\(pools.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", "))}")
      }
      return (lines + ["jobs:"] + jobs.flatMap(\.yaml)).joined(separator: "\n") + "\n"
    }

    /// Some of the jobs bound their runs, often before all attempts are over.
    fileprivate func withRunTimeouts(_ chance: Chance) -> Edition {
      var edition = self
      for index in edition.jobs.indices where chance.happens(0.25) && edition.jobs[index].work == .task {
        edition.jobs[index].runTimeout = edition.jobs[index].timeout * chance.number(1...3) + .seconds(60)
      }
      return edition
    }

    /// The same jobs, none of which is ever due again.
    var withoutSchedules: Edition {
      var edition = self
      for index in edition.jobs.indices { edition.jobs[index].schedule = nil }
      return edition
    }
  }

  /// Something that is done to the processes, their clock, or the services.
  public struct Disturbance: Sendable {
    public enum Kind: Sendable {
      /// As by `kill -9`: now, or at one side of the effect after so many others. Down for a while.
      case kill(down: Duration)
      case killAtEffect(Int, before: Bool, down: Duration)
      /// As by SIGTERM.
      case terminate(down: Duration)
      /// Killed, and never there again, unless it is the last one.
      case vanish
      /// As by SIGTERM, and back with another edition of the job file.
      case deploy(down: Duration)
      /// As by SIGSTOP and SIGCONT: now, or where the process comes by a place for so many times.
      case pause(Duration)
      case pauseAt(Life.Place, times: Int, Duration)
      /// The wall clock is set.
      case step(Duration)
      case outage(Faults.Outage, Duration)
      /// The power goes, for all processes of the host.
      case powerCut(down: Duration)
      /// The process is killed in an operation of its disk, after so many others, of which so many bytes get there.
      case tornWrite(after: Int, written: Int, down: Duration)
      case reload
      case wish(WishKind)
      /// The process that is asked is killed as soon as it has answered.
      case wishAndKill(WishKind, down: Duration)
    }

    public enum WishKind: Sendable, CaseIterable {
      case start, rerun, forcedRerun, stop, pause, resume, backfill, forcedBackfill, cancelBackfill
    }

    public var at: Duration
    public var kind: Kind
  }

  /// How much of what is simulated.
  public enum Shape: String, Sendable, CaseIterable {
    /// A job or two for some minutes: many of these are simulated in little time.
    case minutes
    /// A few jobs in an hour or two, in which much goes wrong.
    case hours
    /// Some jobs for some days.
    case days
    /// Many daily jobs for weeks.
    case weeks
  }

  public var seed: UInt64
  public var shape: Shape
  /// The hosts' wall clock at the beginning.
  public var start: Instant
  public var length: Duration
  public var edition: Edition
  public var processes: Int
  public var lease: Duration
  /// Whether the processes are on one host, where a dead one is known by its lock.
  public var sharesHost: Bool
  public var store: StoreKind
  /// In seconds, what a task takes.
  public var taskLengths: ClosedRange<Double>
  public var disturbances: [Disturbance]

  public var days: Double { Double(length.components.seconds) / 86_400 }
  /// No process stays down, and no service out, for longer.
  public var longestDown: Duration { Scale.longestDown(shape) }
  /// Jobs times simulated days.
  public var jobDays: Double { days * Double(edition.jobs.count) }

  /// The job file with one of its jobs changed: what it asks for, and perhaps when it is due.
  func edited(_ edition: Edition, _ chance: Chance) -> (job: JobName, edition: Edition) {
    var edition = edition
    let index = chance.number(0...edition.jobs.count - 1)
    var job = edition.jobs[index]
    job.edition += 1
    if job.schedule != nil, chance.happens(0.5) {
      job.schedule = Scale.schedule(shape, chance)
      if job.waitsWithoutBound { job.schedule = edition.jobs[index].schedule }
    }
    edition.jobs[index] = job
    return (job.name, edition)
  }

  /// - Parameter shape: drawn where it is nil.
  public init(seed: UInt64, shape: Shape? = nil) {
    let chance = Chance(seed: seed, for: "scenario")
    self.seed = seed
    let shape = shape ?? chance.pick([.hours, .hours, .hours, .days, .days, .weeks])
    self.shape = shape
    let scale = Scale(shape, chance)
    let night = chance.happens(0.5) ? chance.pick(Self.nights) : nil
    start = Self.start(night, chance, length: scale.length)
    length = scale.length
    taskLengths = scale.taskLengths
    edition = Self.edition(chance, scale, night).withRunTimeouts(Chance(seed: seed, for: "run timeouts"))
    processes = chance.pick([1, 1, 2, 2, 2, 3])
    lease = scale.lease
    sharesHost = chance.happens(0.6)
    // Weeks of SQLite take twenty times as long as in memory.
    store = chance.happens(shape == .weeks ? 0.04 : 0.2) ? .sqlite : .memory
    disturbances = Self.disturbances(chance, scale, start: start, isSQLite: store == .sqlite)
  }

  /// When clocks change, or a year or February ends, and the zone in which that happens.
  private typealias Night = (at: String, zone: String)

  private static let nights: [Night] = [
    ("2026-03-29T01:00:00Z", "Europe/Berlin"), ("2026-10-25T01:00:00Z", "Europe/Berlin"),
    ("2026-03-08T07:00:00Z", "America/New_York"), ("2026-11-01T04:30:00Z", "America/St_Johns"),
    ("2026-10-03T15:30:00Z", "Australia/Lord_Howe"), ("2026-04-04T15:00:00Z", "Australia/Lord_Howe"),
    ("2027-01-01T00:00:00Z", "UTC"), ("2028-02-29T00:00:00Z", "UTC"),
  ]

  /// A night comes at some time of the simulation.
  private static func start(_ night: Night?, _ chance: Chance, length: Duration) -> Instant {
    let day = Instant(seconds: 1_795_219_200 + Int64(chance.number(0...364)) * 86_400)
    guard let night, let change = Instant(night.at) else { return day + .seconds(chance.number(0...3_599)) }
    return change - .seconds(chance.number(0...Int(length.components.seconds)))
  }

  private static let zones = [
    "UTC", "Asia/Tokyo", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/St_Johns",
  ]

  private static func edition(_ chance: Chance, _ scale: Scale, _ night: Night?) -> Edition {
    let pools = chance.happens(0.5) ? ["db": chance.number(1...3)] : [:]
    var jobs: [SimulatedJob] = []
    for number in 0..<chance.number(scale.jobs) {
      jobs.append(job(number, chance, scale, night, pools: pools, earlier: jobs))
    }
    return Edition(jobs: jobs, pools: pools)
  }

  private static func job(
    _ number: Int, _ chance: Chance, _ scale: Scale, _ night: Night?, pools: [String: Int], earlier: [SimulatedJob]
  ) -> SimulatedJob {
    let timeout = Duration.seconds(chance.pick(scale.timeouts))
    var job = SimulatedJob(
      name: JobName("job-\(number)") ?? "job", schedule: Scale.schedule(scale.shape, chance),
      zone: chance.happens(0.5) ? night?.zone ?? chance.pick(zones) : chance.pick(zones),
      overlap: chance.pick([.skip, .skip, .allow, .cancelOther, .queue(1), .queue(3)]),
      isOncePerDay: chance.happens(0.2),
      catchUp: chance.pick([
        .none, .latest(within: .seconds(86_400)), .latest(within: .seconds(3_600)), .all(within: .seconds(86_400)),
        .all(within: .seconds(7_200)),
      ]),
      retry: chance.happens(0.7)
        ? .init(
          maxAttempts: chance.number(1...4), interval: .seconds(chance.pick([1, 30, 300])),
          backoffRate: chance.number(1...3), isJittered: false) : nil,
      timeout: timeout, startTimeout: chance.happens(0.2) ? .seconds(300) : nil,
      pool: pools.isEmpty || chance.happens(0.5) ? nil : "db", priority: chance.number(0...2), after: [],
      work: chance.pick([
        .task, .task, .task, .task, .steps, .branches,
        .items(chance.number(1...6), maxConcurrency: chance.number(1...3)),
      ]),
      edition: 1)
    if job.work == .task, job.retry != nil { job.retry?.isJittered = chance.happens(0.3) }
    if job.waitsWithoutBound { job.overlap = .queue(3) }
    // Jobs after jobs share a zone, so that their days are the same.
    if let upstream = earlier.last(where: { $0.after.isEmpty && $0.schedule != nil }), chance.happens(0.25) {
      job.after = [upstream.name]
      job.zone = upstream.zone
      if chance.happens(0.6) { job.schedule = nil }
    }
    return job
  }

  private static func disturbances(
    _ chance: Chance, _ scale: Scale, start: Instant, isSQLite: Bool
  ) -> [Disturbance] {
    let down: () -> Duration = { chance.pick(scale.downs) }
    let longest = Double(scale.longestDown.components.seconds)
    return (0..<scale.disturbances).map { _ in
      let isBeforeDue = chance.happens(0.3)
      let at = isBeforeDue ? scale.shortlyBeforeDue(chance, start) : scale.anyTime(chance)
      // What is ready to begin is of a job file that may be read again.
      if isBeforeDue, chance.happens(0.2) { return Disturbance(at: at, kind: .reload) }
      let kind: Disturbance.Kind
      switch chance.number(0...23) {
      case 0...1: kind = .kill(down: down())
      case 2...5: kind = .killAtEffect(chance.number(1...40), before: chance.happens(0.5), down: down())
      case 6: kind = .terminate(down: down())
      case 7: kind = .pause(chance.length(5...longest / 4))
      case 8: kind = .step(.seconds(chance.pick([-7_200, -3_600, -60, -1, 1, 60, 3_600, 86_400])))
      case 9: kind = .outage(.ecs, chance.length(60...longest / 2))
      case 10: kind = .outage(.sns, chance.length(60...longest))
      case 11: kind = .outage(.store, chance.length(5...longest / 4))
      case 12: kind = .reload
      case 13: kind = .vanish
      case 14: kind = .deploy(down: down())
      case 15...16:
        let place: Life.Place = chance.happens(0.5) ? .beforeCommit : .afterCommit
        kind = .pauseAt(place, times: chance.number(1...20), chance.length(5...longest / 3))
      case 17 where isSQLite: kind = .powerCut(down: down())
      case 18 where isSQLite:
        kind = .tornWrite(after: chance.number(0...60), written: chance.number(0...4_096), down: down())
      case 19:
        let place = chance.pick([Life.Place.afterLaunch, .afterPermit, .afterSignature])
        // A request that was signed is taken for five minutes.
        let length = chance.length(5...(place == .afterSignature ? 400 : longest / 3))
        kind = .pauseAt(place, times: chance.number(1...3), length)
      case 20: kind = .wishAndKill(chance.pick(Disturbance.WishKind.allCases), down: down())
      default: kind = .wish(chance.pick(Disturbance.WishKind.allCases))
      }
      return Disturbance(at: at, kind: kind)
    }.sorted { $0.at < $1.at }
  }
}

extension SimulatedJob {
  /// Whether more and more of its slots may wait for its pool.
  fileprivate var waitsWithoutBound: Bool {
    if case .everyMinutes = schedule { overlap == .allow && pool != nil } else { false }
  }
}

/// What a shape means.
private struct Scale {
  var shape: Scenario.Shape
  var length: Duration
  var jobs: ClosedRange<Int>
  var taskLengths: ClosedRange<Double>
  var timeouts: [Int]
  var lease: Duration
  var disturbances: Int

  init(_ shape: Scenario.Shape, _ chance: Chance) {
    self.shape = shape
    switch shape {
    case .minutes:
      length = .seconds(chance.number(5...15) * 60)
      jobs = 1...2
      taskLengths = chance.pick([1...20, 5...120])
      timeouts = [60, 120]
      lease = .seconds(chance.pick([15, 30]))
      disturbances = chance.pick([0, 2, 5, 10])
    case .hours:
      length = .seconds(chance.pick([30, 60, 120]) * 60)
      jobs = 1...5
      taskLengths = chance.pick([1...20, 5...120, 60...600, 300...1_200])
      timeouts = [60, 120, 300, 900]
      lease = .seconds(chance.pick([15, 30, 60]))
      disturbances = chance.pick([0, 5, 15, 30])
    case .days:
      let days = chance.pick([1, 1, 2, 3])
      length = .seconds(days * 86_400)
      jobs = 2...10
      taskLengths = chance.pick([1...30, 5...300, 60...3_600])
      timeouts = [60, 600, 1_800, 7_200]
      lease = .seconds(chance.pick([60, 300, 900]))
      disturbances = chance.pick([0, 5, 15, 40]) * days
    case .weeks:
      let days = chance.number(7...28)
      length = .seconds(days * 86_400)
      jobs = 30...80
      taskLengths = chance.pick([1...30, 5...60, 60...600])
      timeouts = [300, 900, 1_800]
      lease = .seconds(900)
      disturbances = chance.pick([0, 1, 3]) * days
    }
  }

  var longestDown: Duration { Self.longestDown(shape) }

  static func longestDown(_ shape: Scenario.Shape) -> Duration {
    switch shape {
    case .minutes: .seconds(240)
    case .hours: .seconds(900)
    case .days, .weeks: .seconds(4 * 3_600)
    }
  }

  var downs: [Duration] { [.seconds(1), .seconds(60), longestDown / 8, longestDown] }

  func anyTime(_ chance: Chance) -> Duration {
    .milliseconds(chance.number(0...Int(length.components.seconds) * 1_000))
  }

  /// In the seconds in which jobd gets ready for what is due at a full minute.
  func shortlyBeforeDue(_ chance: Chance, _ start: Instant) -> Duration {
    let any = start + anyTime(chance)
    let due =
      switch shape {
      case .minutes, .hours: Instant(seconds: any.seconds / 60 * 60)
      case .days, .weeks: Instant(seconds: any.seconds / 3_600 * 3_600 + Int64(chance.pick(Self.minutes)) * 60)
      }
    return max(.zero, due - start - .milliseconds(chance.number(1...6_000)))
  }

  private static let minutes = [0, 15, 30, 59]

  static func schedule(_ shape: Scenario.Shape, _ chance: Chance) -> SimulatedJob.Schedule {
    let (hour, minute) = (chance.pick([0, 1, 2, 2, 3, 3, 9, 23]), chance.pick(Self.minutes))
    let kind = chance.number(0...9)
    switch (shape, kind) {
    case (.minutes, _): return .everyMinutes(chance.pick([2, 3, 5]))
    case (.hours, 0...1), (.days, 5...6): return .hourly(minute: minute)
    case (.hours, 2...): return .everyMinutes(chance.pick([2, 5, 10, 15, 30]))
    case (.days, 7...8): return .everyMinutes(chance.pick([15, 20, 30]))
    case (_, 0...1): return .dailyUnix(hour: hour, minute: minute)
    case (_, 2): return .weekdays(hour: hour, minute: minute)
    default: return .daily(hour: hour, minute: minute)
    }
  }
}
