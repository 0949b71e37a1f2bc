internal import JobModel

extension Rendering {
  /// `jobd ctl backfill JOB`.
  public func backfill(_ answer: BackfillAnswer) -> String {
    var fields = Fields()
    fields.add(
      "days", "\(answer.from) to \(answer.to), \(answer.maxParallel) at a time\(answer.force ? ", forced" : "")")
    fields.add("state", answer.state.rawValue)
    fields.add("started", "\(answer.started) \(answer.started == 1 ? "slot" : "slots")")
    fields.add("reached", answer.reachedAt.map { times.full($0, answer.timezone) })
    fields.add("asked by", "\(CleanText.line(answer.requestedBy)), \(times.full(answer.createdAt, answer.timezone))")
    fields.add("because", answer.note.map(CleanText.line))
    return (["Backfill of \(answer.job)"] + fields.lines()).joined(separator: "\n") + "\n"
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
