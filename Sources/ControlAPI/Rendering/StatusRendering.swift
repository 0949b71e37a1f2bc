internal import JobModel

extension Rendering {
  /// `jobd ctl status`.
  public func status(_ answer: StatusAnswer) -> String {
    let zone = "UTC"
    var fields = Fields()
    fields.add("jobd", CleanText.line(answer.version))
    fields.add("instance", "\(CleanText.line(answer.instance.description)), epoch \(answer.epoch)")
    fields.add(
      "started", "\(times.full(answer.startedAt, zone)), \(TimeText.length(answer.now - answer.startedAt)) ago")
    fields.add("job file", "\(CleanText.line(answer.jobFile)), read \(times.full(answer.loadedAt, zone))")
    fields.add("jobs", "\(answer.jobs)" + (answer.pausedJobs > 0 ? ", \(answer.pausedJobs) paused" : ""))
    fields.add("runs", "\(answer.activeRuns) going on")
    fields.add("messages", outbox(answer))
    let error = answer.store.error.map { "\n" + style.paint(CleanText.line($0), .red) } ?? ""
    fields.add("store", CleanText.line(answer.store.description) + error)
    fields.add("others", answer.otherInstances.map { other($0, now: answer.now) }.joined(separator: "\n"))
    return fields.lines(indentation: 0).joined(separator: "\n") + "\n"
  }

  private func outbox(_ answer: StatusAnswer) -> String {
    let outbox = answer.outbox
    guard outbox.unsent > 0 else { return "all sent" }
    let age = outbox.oldestAt.map { ", the oldest \(TimeText.length(answer.now - $0)) old" } ?? ""
    let error = outbox.lastError.map { "\n\(CleanText.line($0))" } ?? ""
    return style.paint("\(outbox.unsent) not sent", .yellow) + age + error
  }

  private func other(_ instance: Instance, now: Instant) -> String {
    let left = instance.leaseUntil - now
    let lease = left > .zero ? "lease for \(TimeText.length(left))" : "lease over for \(TimeText.length(.zero - left))"
    return "\(CleanText.line(instance.id.description)), epoch \(instance.epoch), \(lease)"
  }

  /// `jobd ctl reload`.
  public func reload(_ answer: ReloadAnswer) -> String {
    let file = CleanText.line(answer.jobFile)
    var lines = answer.diagnostics.map(CleanText.line)
    guard answer.isApplied else {
      return (lines + ["\(file) is not applied: the jobs are as they were."]).joined(separator: "\n") + "\n"
    }
    lines += answer.added.map { style.paint("+ \($0)", .green) }
    lines += answer.changed.map { style.paint("~ \($0.job)", .yellow) + "  \($0.parts.joined(separator: ", "))" }
    lines += answer.removed.map { style.paint("- \($0)", .red) }
    lines.append(
      "\(file): \(answer.added.count) added, \(answer.changed.count) changed, \(answer.removed.count) removed, "
        + "\(answer.unchanged.count) unchanged")
    return lines.joined(separator: "\n") + "\n"
  }
}
