internal import JobModel

extension Rendering {
  /// `jobd ctl show JOB`.
  public func job(_ answer: JobAnswer) -> String {
    var lines = [style.paint(answer.job.description, .bold)]
    if let description = answer.description { lines.append("  \(CleanText.line(description))") }
    lines.append("")
    var fields = Fields()
    fields.add("state", state(answer))
    for schedule in answer.schedules { fields.add("schedule", self.schedule(schedule)) }
    if answer.schedules.isEmpty {
      let after = answer.policies.first { $0.key == "after" }
      fields.add("schedule", after.map { "none: runs after \(CleanText.line($0.value))" } ?? "none: runs by hand only")
    } else {
      fields.add("next", next(answer))
    }
    fields.add("zone", answer.timezone)
    fields.add("policies", policies(answer))
    for policy in answer.policies { fields.add("", "\(policy.key): \(CleanText.line(policy.value))") }
    fields.add("pool", answer.pool.map(pool))
    fields.add("backfill", answer.backfill.map(backfillLine))
    fields.add("machine", MachineText.lines(answer.machine).joined(separator: "\n"))
    fields.add(
      "version",
      answer.definitionVersion.map { number in
        "\(number)" + (answer.definitionSince.map { ", since \(times.full($0, answer.timezone))" } ?? "")
      } ?? "no run has begun with this definition yet")
    fields.add("input", answer.input == [:] ? nil : CleanText.line(answer.input.text))
    for notification in answer.notifications {
      let events = notification.events.map(\.rawValue).joined(separator: ", ")
      fields.add("notifies", "\(CleanText.line(notification.receiver)): \(events)")
    }
    lines += fields.lines()
    if !answer.slots.isEmpty {
      lines += ["", "Latest slots"] + slotTable(answer.slots, answer.timezone, now: answer.now).map { "  " + $0 }
    }
    if !answer.messages.isEmpty {
      lines += ["", "Notifications of slots"] + answer.messages.map { message($0, answer.timezone) }
    }
    lines += whyItFailed(answer)
    if !answer.whyNot.isEmpty {
      lines += ["", "Why does it not run?"] + answer.whyNot.map { "  " + CleanText.line($0) }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// `db: 2 of 2 places taken by a.20261121T030000Z.0, b.20261121T030000Z.0; 3 slots wait`.
  private func pool(_ pool: PoolAnswer) -> String {
    let shown = pool.active.prefix(Self.poolRuns).map(\.description).joined(separator: ", ")
    let rest = pool.active.count > Self.poolRuns ? " and \(pool.active.count - Self.poolRuns) more" : ""
    let takers = pool.active.isEmpty ? "" : " by \(shown)\(rest)"
    let waiting = pool.waiting == 0 ? "" : "; \(pool.waiting == 1 ? "1 slot waits" : "\(pool.waiting) slots wait")"
    return CleanText.line("\(pool.name): \(pool.active.count) of \(pool.limit) places taken\(takers)\(waiting)")
  }

  private static let poolRuns = 10

  private func state(_ answer: JobAnswer) -> String {
    var parts = answer.running.map { style.paint("running", .blue) + " \($0)" }
    if let pause = answer.pause {
      let note = pause.note.map { ": \(CleanText.line($0))" } ?? ""
      let until = pause.until.map { " until \(times.full($0, answer.timezone))" } ?? ""
      parts.append(
        style.paint("paused", .yellow) + " since \(times.full(pause.since, answer.timezone))\(until)\(note)")
    }
    return parts.isEmpty ? "idle" : parts.joined(separator: "\n")
  }

  private func schedule(_ schedule: JobAnswer.Schedule) -> String {
    let explanation = schedule.explanation.map { "\n\(CleanText.line($0))" } ?? ""
    let bounds = [
      schedule.start.map { "from \(times.full($0, schedule.timezone))" },
      schedule.end.map { "to \(times.full($0, schedule.timezone))" },
    ].compactMap(\.self).map { "\n" + $0 }.joined()
    return "\(CleanText.line(schedule.expression))  (\(CleanText.line(schedule.timezone)))\(explanation)\(bounds)"
  }

  /// The next three times of all schedules together.
  private func next(_ answer: JobAnswer) -> String {
    let soonest = Array(Set(answer.schedules.flatMap(\.nextAt))).sorted().prefix(3)
    if soonest.isEmpty { return "never" }
    return soonest.map { times.full($0, answer.timezone) }.joined(separator: "\n")
  }

  private func policies(_ answer: JobAnswer) -> String {
    let within = TimeText.setting(.seconds(answer.catchUp.withinSeconds))
    let catchUp = answer.catchUp.mode == "none" ? "none" : "\(answer.catchUp.mode) within \(within)"
    return "once per \(answer.oncePer), overlap: \(answer.overlap), catch-up: \(catchUp)"
  }

  private func whyItFailed(_ answer: JobAnswer) -> [String] {
    guard let slot = answer.slots.first(where: { $0.state != .running && $0.state != .pending }),
      let run = slot.runs.last, run.status.slotState.color == .red
    else { return [] }
    var fields = Fields()
    fields.add("why", CleanText.line(run.reason ?? run.error ?? "no reason is recorded"))
    fields.add("details", "jobd ctl show \(run.id)")
    fields.add("again", "jobd ctl rerun \(answer.job) --slot \(slot.scheduledAt)")
    return ["", "Latest failure"] + fields.lines()
  }

  /// `jobd ctl history JOB`.
  public func jobHistory(_ answer: JobHistoryAnswer) -> String {
    guard !answer.slots.isEmpty else { return "\(answer.job) has no slots yet.\n" }
    return slotTable(answer.slots, answer.timezone, now: answer.now).joined(separator: "\n") + "\n"
  }

  /// What brought a slot about, where it was not the schedule.
  private func trigger(_ trigger: Trigger) -> String? {
    switch trigger {
    case .schedule: nil
    case .manual: "by hand"
    case .upstream: "after others"
    case .backfill: "by backfill"
    case .execution: "by a run"
    }
  }

  private func slotTable(_ slots: [SlotAnswer], _ timezone: String, now: Instant) -> [String] {
    let columns = [
      Table.Column(title: "SLOT"),
      Table.Column(title: "STATE"),
      Table.Column(title: "RUNS", isRight: true),
      Table.Column(title: "TRIES", isRight: true),
      Table.Column(title: "DURATION", isRight: true),
      Table.Column(title: "LATEST RUN", leaves: 0),
      Table.Column(title: "WHY", least: 20, leaves: 1),
    ]
    let rows = slots.map { slot in
      let run = slot.runs.last
      let manual = trigger(slot.trigger).map { " \($0)" } ?? ""
      return [
        Table.Cell(times.full(slot.scheduledAt, timezone) + manual),
        Table.Cell(slot.state.rawValue, slot.state.color),
        Table.Cell(slot.runs.isEmpty ? "" : String(slot.runs.count)),
        Table.Cell(run.map { String($0.launches) } ?? ""),
        Table.Cell(run.map { TimeText.length(($0.endedAt ?? now) - $0.startedAt) } ?? ""),
        Table.Cell(run?.id.description ?? ""),
        Table.Cell(slot.reason ?? run?.reason ?? run?.error ?? ""),
      ]
    }
    return Table(columns: columns, rows: rows).lines(style)
  }
}
