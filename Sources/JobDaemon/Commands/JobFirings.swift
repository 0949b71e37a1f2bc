internal import JobModel
internal import Scheduler

/// When a job is due next, by all its schedules together, with bounds, calendars and its flexible window.
struct JobFirings {
  /// How many slots are looked at for those that run: a calendar may leave out every one of them.
  static let mostSlots = 100_000

  let job: CompiledJob
  /// In order, also those that a calendar leaves out or moves; the last one runs, unless the search has ended.
  private(set) var slots: [DueSlot] = []
  /// Whether the search was given up rather than at its end.
  private(set) var isCut = false

  /// - Parameters:
  ///   - count: how many slots that run.
  ///   - after: strictly after this instant they are due.
  ///   - start: where `rate(…)` begins; nil for the schedule's own start, else `after`.
  init(_ job: CompiledJob, count: Int, after: Instant, start: Instant?) {
    self.job = job
    let schedules = job.schedules.map { schedule in
      guard let start, schedule.expression.isRate else { return schedule }
      var schedule = schedule
      schedule.start = start
      return schedule
    }
    var last = after
    var running = 0
    while running < count {
      guard slots.count < JobFirings.mostSlots else {
        isCut = true
        return
      }
      guard let slot = JobFirings.next(of: schedules, after: last, rateStart: after) else { return }
      slots.append(slot)
      last = slot.dueAt
      if slot.fate == .run { running += 1 }
    }
  }

  /// As the engine plans: of several schedules that mean one instant the one that runs decides.
  private static func next(of schedules: [DueSchedule], after instant: Instant, rateStart: Instant) -> DueSlot? {
    schedules.compactMap { $0.next(after: instant, rateStart: rateStart) }.min { left, right in
      (left.dueAt, left.fate == .run ? 0 : 1) < (right.dueAt, right.fate == .run ? 0 : 1)
    }
  }

  /// The scheduled instants of the slots that run.
  var running: [Instant] { slots.filter { $0.fate == .run }.map(\.scheduledAt) }
}

/// As text.
extension JobFirings {
  /// Of so many slots in a row that are not run, the first is shown and the others are counted.
  private static let longestRow = 3

  /// Every schedule in words, then a line for each slot: weekday, time in the job's zone, and how far from now,
  /// or why it is not run.
  func text(now: Instant) -> String {
    var lines = job.schedules.map(sentence)
    if job.offset > .zero {
      let length = NextQuery.Answer.length(UInt64(clamping: job.offset.components.seconds))
      lines.append("Each starts \(length) after the time shown: that is the job's place in its flexible window.")
    }
    lines += rows().map { line($0, now: now) }
    if isCut {
      lines.append("None of the next \(JobFirings.mostSlots) times runs\(running.isEmpty ? "" : " after that").")
    } else if slots.isEmpty {
      lines.append("It never fires again.")
    }
    return lines.joined(separator: "\n")
  }

  private func sentence(_ schedule: DueSchedule) -> String {
    var text = schedule.expression.explanation(in: schedule.zone)
    if let start = schedule.start { text += " Not before \(start.text(offset: schedule.zone.offset(at: start)))." }
    if let end = schedule.end { text += " Not after \(end.text(offset: schedule.zone.offset(at: end)))." }
    return text
  }

  /// Neighbours that the same calendar leaves out or moves, together where there are many.
  private func rows() -> [ArraySlice<DueSlot>] {
    var rows: [ArraySlice<DueSlot>] = []
    var start = slots.startIndex
    while start < slots.endIndex {
      let kind = JobFirings.kind(slots[start])
      var end = start + 1
      while kind != nil, end < slots.endIndex, JobFirings.kind(slots[end]) == kind { end += 1 }
      if end - start > JobFirings.longestRow {
        rows.append(slots[start..<end])
      } else {
        rows += (start..<end).map { slots[$0...$0] }
      }
      start = end
    }
    return rows
  }

  /// What slots have in common that are counted together; nil for those that run.
  private static func kind(_ slot: DueSlot) -> String? {
    switch slot.fate {
    case .run: nil
    case .leftOut(let calendar): "left out by calendar \(calendar)"
    case .moved(_, let calendar): "moved by calendar \(calendar)"
    }
  }

  private func line(_ row: ArraySlice<DueSlot>, now: Instant) -> String {
    guard let first = row.first, let last = row.last else { return "" }
    let time = text(first.scheduledAt)
    if row.count > 1 {
      return "\(time)  \(JobFirings.kind(first) ?? ""), and \(row.count - 1) more until \(text(last.scheduledAt))"
    }
    switch first.fate {
    case .run: return "\(time)  \(NextQuery.Answer.distance(of: first.scheduledAt, from: now))"
    case .leftOut(let calendar): return "\(time)  left out by calendar \(calendar)"
    case .moved(let target, let calendar): return "\(time)  moved to \(text(target)) by calendar \(calendar)"
    }
  }

  private func text(_ instant: Instant) -> String {
    let weekday = NextQuery.Answer.weekdays[job.zone.civil(at: instant).date.weekday]
    return "\(weekday)  \(instant.text(offset: job.zone.offset(at: instant)))"
  }
}
