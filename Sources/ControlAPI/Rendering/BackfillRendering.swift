internal import JobModel

extension Rendering {
  /// `jobd ctl backfill JOB`.
  public func backfill(_ answer: BackfillAnswer) -> String {
    var fields = Fields()
    fields.add(
      "days", "\(answer.from) to \(answer.to), \(answer.maxParallel) at a time\(answer.force ? ", forced" : "")")
    fields.add("state", answer.state.rawValue)
    fields.add("started", slots(answer.started))
    fields.add("slots", counts(answer.counts))
    fields.add("reached", answer.reachedAt.map { times.full($0, answer.timezone) })
    fields.add("asked by", "\(CleanText.line(answer.requestedBy)), \(times.full(answer.createdAt, answer.timezone))")
    fields.add("because", answer.note.map(CleanText.line))
    return (["Backfill of \(answer.job)"] + fields.lines()).joined(separator: "\n") + "\n"
  }

  /// In a job's page: `2026-11-01 to 2026-11-20, reached 2026-11-04 12:00+09:00: 3 succeeded, 1 running`.
  func backfillLine(_ answer: BackfillAnswer) -> String {
    let reached = answer.reachedAt.map { ", reached \(times.full($0, answer.timezone))" } ?? ""
    let slots = counts(answer.counts).map { ": \($0)" } ?? ""
    return "\(answer.from) to \(answer.to)\(reached)\(slots)"
  }

  /// `--wait`: how far it is; equal where nothing has changed.
  func backfillProgress(_ answer: BackfillAnswer) -> String {
    let slots = counts(answer.counts) ?? "no slot yet"
    let reached = answer.reachedAt.map { ", reached \(times.full($0, answer.timezone))" } ?? ""
    return "\(slots)\(reached)"
  }

  private func slots(_ count: Int) -> String { count == 1 ? "1 slot" : "\(count) slots" }

  /// `3 succeeded, 1 running`; nil for none.
  private func counts(_ counts: [SlotState: Int]) -> String? {
    let parts = SlotState.inOrder.compactMap { state in
      counts[state].map { style.paint("\($0) \(state.words)", state.color) }
    }
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }

  /// `jobd ctl backfill JOB --list`.
  public func backfills(_ answer: BackfillsAnswer) -> String {
    if answer.backfills.isEmpty { return "No backfills.\n" }
    return answer.backfills.map(backfill).joined(separator: "\n")
  }
}

extension Rendering {
  /// `jobd ctl logs RUN`: a line of a container.
  ///
  /// - Parameter namesContainer: whether several containers write.
  public func log(_ line: LogsAnswer.Line, _ timezone: String, namesContainer: Bool) -> String {
    let container = namesContainer ? style.paint(CleanText.line(line.container), .blue) + "  " : ""
    return "\(times.full(line.at, timezone))  \(container)\(CleanText.line(line.message))\n"
  }
}
