/// A named entry of the job file, with all defaults filled in: schedules, a state machine, policies.
public struct Job: Equatable, Sendable {
  public var name: JobName
  public var description: String?
  public var schedules: [Schedule]
  /// The IANA zone in which the job's days are counted and its times are printed.
  public var timezone: String
  /// The ASL definition as compact JSON text. Ten thousand definitions as text take a fraction of the memory
  /// that they take as values, and a job is looked into only when it runs.
  public private(set) var definition: String
  /// The execution's input, before the slot's own values are added.
  public var input: JSONValue
  public var oncePer: OncePer
  public var overlap: Overlap
  public var catchUp: CatchUp
  /// The days that are left out or moved; nil for none.
  public var calendar: CalendarRule?
  /// Slots are due up to so much later, by a length that follows from the job's name.
  public var flexibleWindow: Duration
  /// The form in which the day is handed to the task; nil for `2026-11-21`.
  public var dateFormat: String?
  public var pool: PoolPlace?
  /// The jobs that must have succeeded for the slot's day.
  public var after: [JobName]
  /// From the slot's time; a warning.
  public var lateAfter: Allowance?
  /// From the run's start; a warning.
  public var tooLongAfter: Allowance?
  public var taskPolicy: TaskPolicy
  public var limits: MachineLimits
  /// Who hears of what.
  public var subscriptions: [Subscription]

  public init(
    name: JobName, description: String? = nil, schedules: [Schedule], timezone: String, machine: JSONValue,
    input: JSONValue = [:], oncePer: OncePer = .slot, overlap: Overlap = .skip,
    catchUp: CatchUp = CatchUp(mode: .latest, within: .seconds(86_400)), calendar: CalendarRule? = nil,
    flexibleWindow: Duration = .zero, dateFormat: String? = nil, pool: PoolPlace? = nil, after: [JobName] = [],
    lateAfter: Allowance? = nil, tooLongAfter: Allowance? = nil, taskPolicy: TaskPolicy = .none,
    limits: MachineLimits = .stepFunctions, subscriptions: [Subscription] = []
  ) {
    self.name = name
    self.description = description
    self.schedules = schedules
    self.timezone = timezone
    definition = machine.text
    self.input = input
    self.oncePer = oncePer
    self.overlap = overlap
    self.catchUp = catchUp
    self.calendar = calendar
    self.flexibleWindow = flexibleWindow
    self.dateFormat = dateFormat
    self.pool = pool
    self.after = after
    self.lateAfter = lateAfter
    self.tooLongAfter = tooLongAfter
    self.taskPolicy = taskPolicy
    self.limits = limits
    self.subscriptions = subscriptions
  }

  /// The ASL definition, read from its text; a `task:` has been lowered to a machine of one Task state.
  public var machine: JSONValue {
    get {
      guard let machine = try? JSONValue.parse(definition) else {
        preconditionFailure("job \(name): its definition was written as JSON and is none")
      }
      return machine
    }
    set { definition = newValue.text }
  }

  /// An expression, as written, and the IANA zone in which it is read.
  public struct Schedule: Hashable, Sendable {
    public var expression: String
    public var timezone: String
    /// No slot before this instant.
    public var start: Instant?
    /// No slot after this instant.
    public var end: Instant?

    public init(expression: String, timezone: String, start: Instant? = nil, end: Instant? = nil) {
      self.expression = expression
      self.timezone = timezone
      self.start = start
      self.end = end
    }
  }

  /// How often a job may succeed.
  public enum OncePer: String, Sendable, CaseIterable {
    /// Every slot is run.
    case slot
    /// A day that has SUCCEEDED is not run again.
    case day
  }

  /// What becomes of a slot that is due while a run of the same job is going on.
  public enum Overlap: Hashable, Sendable {
    case skip
    /// It waits, behind at most so many others.
    case queue(limit: Int)
    /// The run is stopped, and the slot runs once it is over.
    case cancelOther
    case allow

    /// The job file's word for it.
    public var word: String {
      switch self {
      case .skip: "skip"
      case .queue: "queue"
      case .cancelOther: "cancelOther"
      case .allow: "allow"
      }
    }
  }

  /// What becomes of slots whose time passed while no instance was there.
  public struct CatchUp: Hashable, Sendable {
    public enum Mode: String, Sendable, CaseIterable {
      case none
      case latest
      case all
    }

    public var mode: Mode
    /// Slots older than this are MISSED whatever the mode.
    public var within: Duration

    public init(mode: Mode, within: Duration) {
      self.mode = mode
      self.within = within
    }
  }
}
