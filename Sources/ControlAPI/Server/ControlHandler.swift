internal import JobModel
internal import Logging
internal import ServiceLifecycle

/// A request, however it came.
struct ControlRequest: Sendable {
  var method: String
  /// Percent-encoded.
  var path: String
  var query: String
  var contentType: String?
}

struct ControlResponse: Equatable, Sendable {
  var status: Int
  var body: JSONValue
  var allow: String?

  init(status: Int = 200, body: JSONValue) {
    self.status = status
    self.body = body
  }

  init(_ problem: ControlProblem) {
    status = problem.httpStatus
    allow = problem.allow
    let error = (try? WireEncoder.json(problem.error)) ?? .string(problem.error.message)
    body = ["error": error]
  }
}

/// Answers requests: everything of the server but the connection.
struct ControlHandler: Sendable {
  let service: any ControlService
  let time: any TimeSource
  let logger: Logger

  /// - Parameter body: reads the body; called for a POST only, and inside the request's time.
  func respond(
    to request: ControlRequest, body: @escaping @Sendable () async throws(ControlProblem) -> [UInt8]
  ) async -> ControlResponse {
    do throws(ControlProblem) {
      let route = try ControlRoute.match(method: request.method, path: request.path, query: request.query)
      return try await withinTime(route.longestTime, method: request.method) {
        () throws(ControlProblem) -> ControlResponse in
        let bytes = request.method == "POST" ? try await body() : []
        // Somebody who has been told that it took too long must not see it done afterwards.
        if Task.isCancelled { throw ControlProblem(.unavailable("the request has been given up")) }
        return try await answer(route, bytes, request.contentType)
      }
    } catch {
      if error.error.code == .internal {
        logger.error("A control request failed", metadata: ["error": "\(error.error.message)"])
      }
      return ControlResponse(error)
    }
  }

  private func answer(
    _ route: ControlRoute, _ bytes: [UInt8], _ contentType: String?
  ) async throws(ControlProblem) -> ControlResponse {
    do throws(ControlError) {
      switch route {
      case .status: return try encode(try await service.status())
      case .list(let query): return try encode(try await service.list(query))
      case .job(let job): return try encode(try await service.show(job))
      case .jobHistory(let job, let limit): return try encode(try await service.history(job, limit: limit))
      case .run(let run): return try encode(try await service.showRun(run))
      case .change(let run, let wait, let after): return try encode(try await change(run, wait, after))
      case .runHistory(let run, let range):
        let page = try await service.runHistory(run, range)
        return try encode(RunHistoryAnswer(run: run, events: page.events, isMore: page.isMore))
      case .definition(let job, let version): return try encode(try await service.definition(job, version: version))
      case .runDefinition(let run): return try encode(try await service.runDefinition(run))
      case .runMachine(let run): return try encode(try await service.runMachine(run))
      case .backfills(let job): return try encode(BackfillsAnswer(backfills: try await service.backfills(job)))
      case .logs(let run, let query): return try encode(try await service.logs(run, query))
      case .backupPiece(let id, let offset): return try encode(try await service.backupPiece(id, offset: offset))
      case .startRun, .rerun, .pause, .resume, .stop, .startBackfill, .cancelBackfill, .answerTask, .makeBackup,
        .reload:
        break
      }
    } catch {
      throw ControlProblem(error)
    }
    return try await act(route, bytes, contentType)
  }

  /// The routes that change something.
  private func act(
    _ route: ControlRoute, _ bytes: [UInt8], _ contentType: String?
  ) async throws(ControlProblem) -> ControlResponse {
    func body(_ allowed: String...) throws(ControlProblem) -> ControlBody {
      try ControlBody(bytes, contentType: contentType, allowed: allowed)
    }
    switch route {
    case .startRun(let job):
      let body = try body("input", "environment", "command", "requestedBy", "note")
      let request = RunRequest(
        input: body.value("input"), environment: try body.texts("environment"), command: try body.list("command"),
        requestedBy: try body.text("requestedBy") ?? ControlHandler.nobody,
        note: try body.text("note"))
      return try await perform("A run is asked for", job: job) { () throws(ControlError) in
        try await service.run(job, request)
      }
    case .rerun(let job):
      let body = try body("date", "slot", "force", "fromFailed", "sameDefinition", "requestedBy", "note")
      let request = RerunRequest(
        date: try body.date("date"), slot: try body.instant("slot"), force: try body.flag("force"),
        fromFailed: try body.flag("fromFailed"), sameDefinition: try body.flag("sameDefinition"),
        requestedBy: try body.text("requestedBy") ?? ControlHandler.nobody, note: try body.text("note"))
      if request.date != nil, request.slot != nil {
        throw ControlProblem(.invalid("date and slot both name a slot: give one of them"))
      }
      return try await perform("A rerun is asked for", job: job) { () throws(ControlError) in
        try await service.rerun(job, request)
      }
    case .stop(let run):
      let reason = try body("reason").text("reason") ?? "stopped by an operator"
      return try await perform("A stop is asked for", job: run.job, run: run) { () throws(ControlError) in
        try await service.stop(run, reason: reason)
        return Done()
      }
    case .pause(let job):
      let body = try body("note", "until")
      let request = PauseRequest(note: try body.text("note"), until: try body.instant("until"))
      return try await perform("A job is paused", job: job) { () throws(ControlError) in
        try await service.pause(job, request)
        return Done()
      }
    case .startBackfill(let job):
      let request = try backfillRequest(try body("from", "to", "maxParallel", "force", "requestedBy", "note"))
      return try await perform("A backfill is asked for", job: job) { () throws(ControlError) in
        try await service.startBackfill(job, request)
      }
    case .cancelBackfill(let job):
      _ = try body()
      return try await perform("A backfill is cancelled", job: job) { () throws(ControlError) in
        try await service.cancelBackfill(job)
      }
    case .answerTask(let action):
      let request = try ControlBody(
        bytes, contentType: contentType, allowed: ControlBody.members(of: action)
      ).answer(action)
      return try await perform("A task is answered") { () throws(ControlError) in
        try await service.answerTask(request)
        return Done()
      }
    case .makeBackup:
      _ = try body()
      return try await perform("A backup is asked for") { () throws(ControlError) in try await service.makeBackup() }
    case .resume(let job):
      _ = try body()
      return try await perform("A job is resumed", job: job) { () throws(ControlError) in
        try await service.resume(job)
        return Done()
      }
    default:
      _ = try body()
      return try await perform("A reload is asked for") { () throws(ControlError) in try await service.reload() }
    }
  }

  private func backfillRequest(_ body: ControlBody) throws(ControlProblem) -> BackfillRequest {
    guard let from = try body.date("from"), let to = try body.date("to") else {
      throw ControlProblem(.invalid("a backfill needs from and to, dates like 2026-11-21"))
    }
    return BackfillRequest(
      from: from, to: to, maxParallel: try body.integer("maxParallel", in: 1...Limits.backfillParallel) ?? 1,
      force: try body.flag("force"), requestedBy: try body.text("requestedBy") ?? ControlHandler.nobody,
      note: try body.text("note"))
  }

  /// Who asked, where the client does not say.
  private static let nobody = "the control socket"

  /// The answer of routes that have nothing to tell.
  private struct Done: Codable {}

  private func perform<Answer: Encodable>(
    _ message: Logger.Message, job: JobName? = nil, run: RunID? = nil,
    _ action: () async throws(ControlError) -> Answer
  ) async throws(ControlProblem) -> ControlResponse {
    var metadata: Logger.Metadata = [:]
    if let job { metadata["job"] = "\(job)" }
    if let run { metadata["run"] = "\(run)" }
    logger.info(message, metadata: metadata)
    do throws(ControlError) {
      return try encode(try await action())
    } catch {
      throw ControlProblem(error)
    }
  }

  private func encode(_ answer: some Encodable) throws(ControlError) -> ControlResponse {
    do {
      return ControlResponse(body: try WireEncoder.json(answer))
    } catch {
      throw .internal("the answer cannot be written as JSON: \(error)")
    }
  }

  /// Waits for the run to change, and gives what there is when the time is over or the daemon stops.
  private func change(_ run: RunID, _ wait: Duration, _ after: Int) async throws(ControlError) -> RunAnswer {
    if wait == .zero { return try await service.showRun(run) }
    let service = service
    let changed = await first(
      { () async -> Result<RunAnswer, ControlError> in
        do throws(ControlError) {
          return .success(try await service.waitForChange(run, after: after))
        } catch {
          return .failure(error)
        }
      }, within: wait)
    if let changed { return try changed.get() }
    return try await service.showRun(run)
  }

  /// Bounds a whole request, its body included. A task that does not heed its cancellation still holds it up.
  private func withinTime(
    _ limit: Duration, method: String, _ work: @escaping @Sendable () async throws(ControlProblem) -> ControlResponse
  ) async throws(ControlProblem) -> ControlResponse {
    let result = await first(
      { () async -> Result<ControlResponse, ControlProblem> in
        do throws(ControlProblem) {
          return .success(try await work())
        } catch {
          return .failure(error)
        }
      }, within: limit, endsWithShutdown: false)
    guard let result else {
      throw ControlProblem(
        .unavailable(
          "the request took longer than \(limit.components.seconds) s",
          remedy: method == "POST" ? "It may have been done all the same: look with jobd ctl list" : nil))
    }
    return try result.get()
  }

  /// What the work yields, or nil when the time is over first.
  ///
  /// - Parameter endsWithShutdown: the time is also over when the daemon begins to stop, so that
  ///   nobody's wait holds it up.
  private func first<Value: Sendable>(
    _ work: @escaping @Sendable () async -> Value, within limit: Duration, endsWithShutdown: Bool = true
  ) async -> Value? {
    let time = time
    return await withTaskGroup(of: Value?.self) { group in
      group.addTask { await work() }
      group.addTask {
        if endsWithShutdown {
          try? await cancelWhenGracefulShutdown { try await time.sleep(for: limit) }
        } else {
          try? await time.sleep(for: limit)
        }
        return nil
      }
      let first = await group.next() ?? nil
      group.cancelAll()
      return first
    }
  }
}
