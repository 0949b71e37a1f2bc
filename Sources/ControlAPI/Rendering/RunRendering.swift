internal import JobModel

extension Rendering {
  /// `jobd ctl show RUN`.
  public func run(_ answer: RunAnswer) -> String {
    let zone = answer.timezone
    var lines = ["\(style.paint(answer.id.description, .bold))  \(painted(answer.status))", ""]
    var fields = Fields()
    let kind =
      switch answer.trigger {
      case .schedule: "scheduled for"
      case .manual: "by hand"
      case .upstream: "after other jobs, of"
      case .backfill: "by a backfill, of"
      case .execution: "by another run,"
      }
    fields.add("slot", "\(kind) \(times.full(answer.scheduledAt, zone)), day \(answer.day)")
    fields.add("asked by", answer.requestedBy.map(CleanText.line))
    fields.add("because", answer.note.map(CleanText.line))
    fields.add("pool", answer.pool.map(CleanText.line))
    fields.add("definition", definition(of: answer))
    fields.add("started", times.full(answer.startedAt, zone))
    let length = TimeText.length((answer.endedAt ?? answer.now) - answer.startedAt)
    fields.add("ended", answer.endedAt.map { "\(times.full($0, zone)), after \(length)" } ?? "not yet, after \(length)")
    fields.add("warning", warning(answer))
    fields.add("waits", answer.waits.map { wait($0, zone) }.joined(separator: "\n"))
    fields.add("why", answer.reason.map(CleanText.line))
    fields.add("error", answer.error.map(CleanText.line))
    fields.add("input", short(answer.input))
    fields.add("output", answer.output.map(short))
    fields.add("runs on", "\(CleanText.line(answer.owner.instance.description)), epoch \(answer.owner.epoch)")
    lines += fields.lines()
    if !answer.launches.isEmpty { lines += ["", "Launches"] + answer.launches.flatMap { launch($0, answer) } }
    if !answer.messages.isEmpty { lines += ["", "Notifications"] + answer.messages.map { message($0, zone) } }
    lines += ["", "Every event: jobd ctl history \(answer.id)"]
    if !answer.launches.isEmpty { lines.append("Its output:  jobd ctl logs \(answer.id)") }
    if answer.status != .running {
      let force = answer.status == .succeeded ? " --force" : ""
      lines.append("Again:       jobd ctl rerun \(answer.job) --slot \(answer.scheduledAt)\(force)")
      if answer.isPresentDefinition == false { lines.append("             --same-definition: as it was then") }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func warning(_ answer: RunAnswer) -> String {
    let (isRunning, end) = (answer.status == .running, answer.endedAt ?? answer.now)
    var warnings: [String] = []
    if let at = answer.tooLongAt, at <= end {
      let words = isRunning ? "it takes too long" : "it took too long"
      warnings.append(
        style.paint(words, .yellow) + ": more than \(TimeText.setting(at - answer.startedAt)) (tooLongAfter)")
    }
    if let at = answer.lateAt, at <= end {
      let words = isRunning ? "it is late" : "it was late"
      warnings.append(
        style.paint(words, .yellow) + ": it was to be done by \(times.full(at, answer.timezone)) (lateAfter)")
    }
    return warnings.joined(separator: "\n")
  }

  func painted(_ status: RunStatus) -> String { style.paint(status.rawValue, status.slotState.color) }

  private func short(_ value: JSONValue) -> String {
    DisplayWidth.shorten(CleanText.line(value.text), to: 2_000)
  }

  private func wait(_ wait: RunAnswer.Wait, _ zone: String) -> String {
    let what = wait.kind == .retry ? "to try \(wait.state) again" : "in \(wait.state)"
    return CleanText.line("\(what) until \(times.full(wait.until, zone))")
  }

  private func launch(_ launch: LaunchAnswer, _ answer: RunAnswer) -> [String] {
    let zone = answer.timezone
    let length = launch.endedAt.map { ", \(TimeText.length($0 - launch.intendedAt))" } ?? ""
    let head =
      "  \(launch.number)  \(style.paint(launch.status.rawValue, launch.status.color))  "
      + CleanText.line("\(launch.state)") + "  \(times.near(answer.day, launch.intendedAt, zone))\(length)"
    var lines = [head]
    if let arn = launch.taskARN { lines.append("     \(CleanText.line(arn))") }
    if let definition = launch.taskDefinition {
      // Of `arn:…:task-definition/report:12` what follows the slash names it in its Region.
      let name = definition.split(separator: "/").last.map(String.init) ?? definition
      lines.append("     task definition \(CleanText.line(name))")
    }
    if let diagnosis = launch.diagnosis {
      lines.append("     \(diagnosis.class.rawValue): \(CleanText.line(diagnosis.sentence))")
      let codes = diagnosis.exitCodes.sorted { $0.key < $1.key }.map { "\(CleanText.line($0.key)) \($0.value)" }
      if !codes.isEmpty { lines.append("     exit codes: \(codes.joined(separator: ", "))") }
      if !diagnosis.log.isEmpty {
        lines.append("     its last lines:")
        lines += diagnosis.log.map { "       \(CleanText.line($0))" }
      }
    }
    return lines
  }

  func message(_ message: MessageAnswer, _ zone: String) -> String {
    let fate: String
    if let sentAt = message.sentAt {
      fate = "sent \(times.full(sentAt, zone))"
    } else {
      let error = message.lastError.map { ": \(CleanText.line($0))" } ?? ""
      fate =
        style.paint("not sent", .red)
        + " after \(message.attempts == 1 ? "1 attempt" : "\(message.attempts) attempts")\(error)"
    }
    return "  \(CleanText.line(message.subject))\n     to \(CleanText.line(message.receiver)), \(fate)"
  }
}
