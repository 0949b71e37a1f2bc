import JobModel

@testable import ControlAPI

extension FuzzTarget {
  /// A request on the control socket: method, target, content type and body.
  static let controlRequest = FuzzTarget(name: "control-request") { input in
    let parts = input.parts(4)
    let target = parts[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(
      String.init)
    do throws(ControlProblem) {
      let route = try ControlRoute.match(
        method: parts[0], path: target.first ?? "", query: target.count == 2 ? target[1] : "")
      require(route.longestTime <= ControlLimits.wait + ControlLimits.request, "\(route) ends")
    } catch {
      judge(error)
    }
    do throws(ControlProblem) {
      let body = try ControlBody(Array(parts[3].utf8), contentType: parts[2], allowed: members)
      try read(body)
    } catch {
      judge(error)
    }
  }

  private static let members = [
    "input", "environment", "command", "requestedBy", "note", "date", "slot", "force", "fromFailed",
    "sameDefinition",
    "reason", "until", "from", "to", "maxParallel", "token", "output", "error", "cause",
  ]

  private static func read(_ body: ControlBody) throws(ControlProblem) {
    for action in [TaskAnswerRequest.Action.succeed, .fail, .heartbeat] {
      _ = try? body.answer(action)
    }
    for key in ["from", "to", "date"] {
      if let date = try body.date(key) { require(CivilDate("\(date)") == date, "\(date)") }
    }
    for key in ["slot", "until"] {
      if let time = try body.instant(key) { require(Instant("\(time)") == time, "\(time)") }
    }
    for key in ["force", "fromFailed", "sameDefinition"] { _ = try body.flag(key) }
    for key in ["requestedBy", "note", "reason"] { _ = try body.text(key) }
    for name in (try body.texts("environment") ?? [:]).keys {
      require(!name.hasPrefix("JOBD_"), name)
    }
    _ = try body.list("command")
    if let most = try body.integer("maxParallel", in: 1...Limits.backfillParallel) {
      require((1...Limits.backfillParallel).contains(most), "\(most)")
    }
    require((body.value("input") ?? .null) == (body.value("input") ?? .null), "an input")
  }

  private static func judge(_ problem: ControlProblem) {
    require((400..<600).contains(problem.httpStatus), "\(problem)")
    require(
      !problem.error.message.isEmpty && !problem.error.message.contains("\n"),
      "a message: \(problem)")
    require(problem.error.message.utf8.count < 8_192, "a short message: \(problem)")
    let response = ControlResponse(problem)
    require(
      (try? JSONValue.parse(response.body.text)) == response.body,
      "an answer: \(response.body.text)")
  }

  /// An answer of the daemon, as the client reads it.
  static let controlAnswer = FuzzTarget(name: "control-answer") { input in
    guard let value = try? JSONValue.parse(input.bytes) else { return }
    judge(StatusAnswer.self, value)
    judge(ListAnswer.self, value)
    judge(JobAnswer.self, value)
    judge(JobHistoryAnswer.self, value)
    judge(RunAnswer.self, value)
    judge(RunHistoryAnswer.self, value)
    judge(RunMachineAnswer.self, value)
    judge(DefinitionAnswer.self, value)
    judge(LogsAnswer.self, value)
    judge(BackfillAnswer.self, value)
    judge(BackupPiece.self, value)
    judge(ReloadAnswer.self, value)
    judge(ControlError.self, value)
  }

  private static func judge<Answer: Codable & Equatable>(_ type: Answer.Type, _ value: JSONValue) {
    guard let answer = try? WireDecoder.decode(type, from: value) else { return }
    guard let written = try? WireEncoder.json(answer) else {
      require(false, "\(type) can be written: \(value.text)")
      return
    }
    require(
      (try? WireDecoder.decode(type, from: written)) == answer,
      "\(type) is read the same: \(written.text)")
  }
}
