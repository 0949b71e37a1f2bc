public import JobModel

extension Planner {
  /// What is known of a job at one moment.
  public struct Situation: Sendable {
    public var state: JobState
    public var now: Instant
    /// Runs of the job that are going on, whoever owns them.
    public var activeRuns: [RunID]
    /// Those of them that began for a slot of a schedule or of the jobs before this one. Only looked at with
    /// `overlap: cancelOther`.
    public var plannedRuns: [RunID]
    /// Slots of the job that wait.
    public var pending: [Slot]
    /// Days of the range that have SUCCEEDED. Only looked at with `oncePer: day`.
    public var succeededDays: Set<CivilDate>
    /// The days of the jobs that this one comes after. Only looked at with `after`.
    public var upstream: [CivilDate: [UpstreamDay]]
    /// Days that have succeeded upstream and have no slot yet, for a job without a schedule.
    public var readyDays: [CivilDate]
    /// Nil for a job without a pool.
    public var pool: Pool?

    public init(
      state: JobState, now: Instant, activeRuns: [RunID] = [], plannedRuns: [RunID] = [], pending: [Slot] = [],
      succeededDays: Set<CivilDate> = [], upstream: [CivilDate: [UpstreamDay]] = [:], readyDays: [CivilDate] = [],
      pool: Pool? = nil
    ) {
      self.state = state
      self.now = now
      self.activeRuns = activeRuns
      self.plannedRuns = plannedRuns
      self.pending = pending
      self.succeededDays = succeededDays
      self.upstream = upstream
      self.readyDays = readyDays
      self.pool = pool
    }
  }

  /// What is known of a pool.
  public struct Pool: Equatable, Sendable {
    /// A slot of another job that waits for a place.
    public struct Rival: Equatable, Sendable {
      public var slot: SlotKey
      public var priority: Int

      public init(slot: SlotKey, priority: Int) {
        self.slot = slot
        self.priority = priority
      }

      /// The higher priority first, then the older slot, then the name.
      func isBefore(_ slot: SlotKey, priority: Int) -> Bool {
        if self.priority != priority { return self.priority > priority }
        return (self.slot.scheduledAt, self.slot.job) < (slot.scheduledAt, slot.job)
      }
    }

    /// Runs in the pool that are going on.
    public var active: Int
    public var rivals: [Rival]
    /// How often starts in the pool were written: what a claim of a place is conditional on.
    public var version: Int

    public init(active: Int, rivals: [Rival] = [], version: Int = 0) {
      self.active = active
      self.rivals = rivals
      self.version = version
    }
  }
}
