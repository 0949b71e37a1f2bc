internal import JobModel

extension Rendering {
  /// `jobd ctl list`: a line a job; with several days a mark a day. Ends with a line break.
  public func list(_ answer: ListAnswer) -> String {
    guard !answer.jobs.isEmpty else { return "No jobs.\n" }
    let isOneDay = answer.jobs.allSatisfy { $0.days.count <= 1 }
    var lines = isOneDay ? dayTable(answer).lines(style) : daysTable(answer)
    let notes = answer.jobs.flatMap(self.notes)
    if !notes.isEmpty { lines += [""] + notes }
    lines += ["", summary(answer)]
    return lines.joined(separator: "\n") + "\n"
  }

  private func dayTable(_ answer: ListAnswer) -> Table {
    let hasSlots = answer.jobs.contains { ($0.days.last?.counts.values.reduce(0, +) ?? 0) > 1 }
    var columns = [
      Table.Column(title: "JOB", least: 12),
      Table.Column(title: "SCHEDULE", least: 12, leaves: 0),
      Table.Column(title: "STATE"),
      Table.Column(title: "TRIES", isRight: true),
      Table.Column(title: "STARTED", leaves: 1),
      Table.Column(title: "DURATION", isRight: true),
      Table.Column(title: "NEXT", leaves: 3),
    ]
    if hasSlots { columns.insert(Table.Column(title: "SLOTS", leaves: 2), at: 3) }
    let rows = answer.jobs.map { row in
      var cells = dayCells(row, now: answer.now)
      if hasSlots { cells.insert(Table.Cell(slots(row.days.last)), at: 3) }
      return cells
    }
    return Table(columns: columns, rows: rows)
  }

  private func dayCells(_ row: JobRow, now: Instant) -> [Table.Cell] {
    let day = row.days.last
    let state = shownState(row)
    let started = day?.startedAt.map { times.near(day?.date, wholeMinute($0), row.timezone) } ?? ""
    let duration = day?.startedAt.map { TimeText.length((day?.endedAt ?? now) - $0) } ?? ""
    let launches = day.map { $0.launches > 0 ? String($0.launches) : "" } ?? ""
    return [
      Table.Cell(row.job.description, .bold),
      Table.Cell(schedule(row)),
      Table.Cell(state?.rawValue ?? "-", state?.color ?? .gray),
      Table.Cell(launches),
      Table.Cell(started),
      Table.Cell(duration),
      next(row),
    ]
  }

  /// Seconds are noise in the list; a run's page has them.
  private func wholeMinute(_ instant: Instant) -> Instant { Instant(seconds: instant.seconds - instant.seconds % 60) }

  private func next(_ row: JobRow) -> Table.Cell {
    if row.pause != nil { return Table.Cell("paused", .yellow) }
    guard let nextAt = row.nextAt else {
      return Table.Cell(row.schedules.isEmpty ? "" : "never", .gray)
    }
    return Table.Cell(times.near(row.days.last?.date, nextAt, row.timezone))
  }

  /// A day without slots is pending while its next time is still to come.
  private func shownState(_ row: JobRow) -> SlotState? {
    guard let day = row.days.last else { return nil }
    if let state = day.state { return state }
    guard row.pause == nil, let nextAt = row.nextAt, times.civil(nextAt, row.timezone).date == day.date else {
      return nil
    }
    return .pending
  }

  /// `41/42`: how many of the day's slots have succeeded; empty for a day with one.
  private func slots(_ day: DayAnswer?) -> String {
    let total = day?.counts.values.reduce(0, +) ?? 0
    return total > 1 ? "\(day?.counts[.succeeded] ?? 0)/\(total)" : ""
  }

  /// Why a job did not do what it should, a line each.
  private func notes(_ row: JobRow) -> [String] {
    var result: [String] = []
    if let reason = row.reason, let state = row.days.last?.state, state != .succeeded, state != .pending {
      result.append(note(state.mark(style), state.color, row.job, reason))
    }
    if let slot = row.waiting.first {
      let more = row.waiting.count > 1 ? "; \(row.waiting.count - 1) more wait" : ""
      let what = slot.reason ?? slot.wait.map { "it waits (\($0.rawValue))" } ?? "it waits"
      result.append(
        note(
          SlotState.pending.mark(style), SlotState.pending.color, row.job,
          "the slot of \(times.full(slot.scheduledAt, row.timezone)): \(what)\(more)"))
    }
    if let pause = row.pause {
      let since = "paused since \(times.full(pause.since, row.timezone))"
      let mark = style.hasUnicode ? "‖" : "p"
      let until = pause.until.map { " until \(times.full($0, row.timezone))" } ?? ""
      result.append(note(mark, .yellow, row.job, since + until + (pause.note.map { ": \($0)" } ?? "")))
    }
    return result
  }

  /// Whole on a narrow terminal too: the end of a reason is often what matters.
  private func note(_ mark: String, _ color: TerminalStyle.Color, _ job: JobName, _ text: String) -> String {
    "\(style.paint(mark, color)) \(job): \(CleanText.line(text))"
  }

  /// `12 jobs: 10 succeeded, 1 running, 1 failed`.
  private func summary(_ answer: ListAnswer) -> String {
    var counts: [SlotState: Int] = [:]
    var without = 0
    for row in answer.jobs {
      if let state = shownState(row) { counts[state, default: 0] += 1 } else { without += 1 }
    }
    var parts = SlotState.inOrder.compactMap { state in
      counts[state].map { style.paint("\($0) \(state.words)", state.color) }
    }
    if without > 0 { parts.append("\(without) without a slot") }
    let paused = answer.jobs.count { $0.pause != nil }
    if paused > 0 { parts.append(style.paint("\(paused) paused", .yellow)) }
    let jobs = answer.jobs.count == 1 ? "1 job" : "\(answer.jobs.count) jobs"
    return "\(jobs): \(parts.joined(separator: ", "))"
  }
}

/// `--days N`.
extension Rendering {
  private func daysTable(_ answer: ListAnswer) -> [String] {
    var dates = Array(Set(answer.jobs.flatMap { $0.days.map(\.date) })).sorted()
    var columns = [
      Table.Column(title: "JOB", least: 12),
      Table.Column(title: "SCHEDULE", least: 12, leaves: 0),
    ]
    if let width = style.width {
      // The schedule goes before a day does, and the oldest days go first.
      let name = min(40, answer.jobs.map { DisplayWidth.of($0.job.description) }.max() ?? 0)
      dates = Array(dates.suffix(max(1, (width - max(name, 3)) / 4)))
    }
    columns += dates.map { Table.Column(title: twoDigits($0.day), isRight: true) }
    let rows = answer.jobs.map { row in
      let states = Dictionary(row.days.map { ($0.date, $0) }, uniquingKeysWith: { $1 })
      return [Table.Cell(row.job.description, .bold), Table.Cell(schedule(row))]
        + dates.map { mark(row, states[$0]) }
    }
    let range = dates.first.map { first in "\(first) to \(dates.last ?? first)" } ?? ""
    return [range, ""] + Table(columns: columns, rows: rows).lines(style) + ["", legend(answer)]
  }

  private func mark(_ row: JobRow, _ day: DayAnswer?) -> Table.Cell {
    let state = day?.date == row.days.last?.date ? shownState(row) : day?.state
    guard let state else { return Table.Cell(style.hasUnicode ? "·" : ".", .gray) }
    return Table.Cell(state.mark(style), state.color)
  }

  private func legend(_ answer: ListAnswer) -> String {
    let states = Set(answer.jobs.flatMap { row in row.days.compactMap(\.state) + [shownState(row)].compactMap { $0 } })
    return SlotState.inOrder.filter { states.contains($0) }
      .map { "\(style.paint($0.mark(style), $0.color)) \($0.words)" }.joined(separator: "  ")
  }

  private func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  /// When it runs: by its schedules, or after other jobs.
  private func schedule(_ row: JobRow) -> String {
    if !row.schedules.isEmpty { return row.schedules.joined(separator: ", ") }
    return row.after.isEmpty ? "" : "after " + row.after.map(\.description).joined(separator: ", ")
  }
}
