internal import Foundation
public import JobModel

/// The other end of ``ControlServer``: one method for each of ``ControlService``'s.
public struct ControlClient: Sendable {
  private let transport: any ControlTransport
  private let socketPath: String

  /// - Parameter socketPath: for messages; the transport knows where to connect.
  public init(transport: any ControlTransport, socketPath: String) {
    self.transport = transport
    self.socketPath = socketPath
  }

  public func status() async throws(ControlFailure) -> StatusAnswer { try await get("/v1/status") }

  public func list(_ query: ListQuery = ListQuery()) async throws(ControlFailure) -> ListAnswer {
    let date = query.date.map { "date=\($0)&" } ?? ""
    return try await get("/v1/jobs?\(date)days=\(query.days)")
  }

  public func show(_ job: JobName) async throws(ControlFailure) -> JobAnswer { try await get("/v1/jobs/\(job)") }

  public func showRun(_ run: RunID) async throws(ControlFailure) -> RunAnswer { try await get("/v1/runs/\(run)") }

  public func history(_ job: JobName, limit: Int) async throws(ControlFailure) -> JobHistoryAnswer {
    try await get("/v1/jobs/\(job)/history?limit=\(limit)")
  }

  /// One page of the run's events.
  public func runHistory(
    _ run: RunID, _ range: HistoryRange = .after(0, limit: ControlLimits.events)
  ) async throws(ControlFailure) -> RunHistoryAnswer {
    switch range {
    case .after(let id, let limit): try await get("/v1/runs/\(run)/history?after=\(id)&limit=\(limit)")
    case .last(let before, let limit):
      try await get("/v1/runs/\(run)/history?tail=\(limit)" + (before.map { "&before=\($0)" } ?? ""))
    }
  }

  public func definition(_ job: JobName, version: Int? = nil) async throws(ControlFailure) -> DefinitionAnswer {
    try await get("/v1/jobs/\(job)/definition" + (version.map { "?version=\($0)" } ?? ""))
  }

  public func definition(of run: RunID) async throws(ControlFailure) -> DefinitionAnswer {
    try await get("/v1/runs/\(run)/definition")
  }

  /// The definition with which a run began.
  public func runMachine(_ run: RunID) async throws(ControlFailure) -> RunMachineAnswer {
    try await get("/v1/runs/\(run)/machine")
  }

  public func run(_ job: JobName, _ request: RunRequest) async throws(ControlFailure) -> RunStarted {
    try await post("/v1/jobs/\(job)/run", request)
  }

  public func rerun(_ job: JobName, _ request: RerunRequest) async throws(ControlFailure) -> RunStarted {
    try await post("/v1/jobs/\(job)/rerun", request)
  }

  public func stop(_ run: RunID, reason: String?) async throws(ControlFailure) {
    let _: Done = try await post("/v1/runs/\(run)/stop", ["reason": reason].compactMapValues { $0 })
  }

  public func pause(_ job: JobName, _ request: PauseRequest) async throws(ControlFailure) {
    let _: Done = try await post("/v1/jobs/\(job)/pause", request)
  }

  public func startBackfill(
    _ job: JobName, _ request: BackfillRequest
  ) async throws(ControlFailure) -> BackfillAnswer {
    try await post("/v1/jobs/\(job)/backfill", request)
  }

  public func cancelBackfill(_ job: JobName) async throws(ControlFailure) -> BackfillAnswer {
    try await post("/v1/jobs/\(job)/cancel-backfill", [String: String]())
  }

  public func backfills(_ job: JobName) async throws(ControlFailure) -> BackfillsAnswer {
    try await get("/v1/jobs/\(job)/backfill")
  }

  /// A page of what the run's containers have written.
  public func logs(_ run: RunID, _ query: LogsQuery = LogsQuery()) async throws(ControlFailure) -> LogsAnswer {
    var items: [String] = []
    if let launch = query.launch { items.append("launch=\(launch)") }
    if let container = query.container { items.append("container=\(encoded(container))") }
    if let after = query.after { items.append("after=\(encoded(after))") }
    if let tail = query.tail { items.append("tail=\(tail)") }
    return try await get("/v1/runs/\(run)/logs" + (items.isEmpty ? "" : "?" + items.joined(separator: "&")))
  }

  public func makeBackup() async throws(ControlFailure) -> BackupAnswer {
    try await post("/v1/backup", [String: String]())
  }

  public func backupPiece(_ id: String, offset: Int) async throws(ControlFailure) -> BackupPiece {
    try await get("/v1/backup/\(encoded(id))?offset=\(offset)")
  }

  public func resume(_ job: JobName) async throws(ControlFailure) {
    let _: Done = try await post("/v1/jobs/\(job)/resume", [String: String]())
  }

  public func reload() async throws(ControlFailure) -> ReloadAnswer {
    try await post("/v1/reload", [String: String]())
  }

  /// The run once its version is greater than `version`; unchanged when the wait was over before that.
  public func change(
    of run: RunID, after version: Int, wait: Duration = .seconds(30)
  ) async throws(ControlFailure) -> RunAnswer {
    try await get("/v1/runs/\(run)?wait=\(wait.components.seconds)&after=\(version)")
  }

  private func encoded(_ text: String) -> String {
    text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
  }

  private struct Done: Codable {}
  private struct Problem: Codable { var error: ControlError }

  private func get<Answer: Decodable>(_ path: String) async throws(ControlFailure) -> Answer {
    try await send("GET", path, nil)
  }

  func post<Answer: Decodable>(
    _ path: String, _ request: some Encodable
  ) async throws(ControlFailure) -> Answer {
    let body: [UInt8]
    do {
      body = try WireEncoder.json(request).utf8
    } catch {
      throw ControlFailure(exitStatus: .invalid, message: "the request cannot be written as JSON: \(error)")
    }
    return try await send("POST", path, body)
  }

  private func send<Answer: Decodable>(
    _ method: String, _ path: String, _ body: [UInt8]?
  ) async throws(ControlFailure) -> Answer {
    let answer: (status: Int, body: [UInt8])
    do throws(ControlTransportError) {
      answer = try await transport.send(method: method, path: path, body: body)
    } catch {
      throw ControlFailure(error, socketPath: socketPath)
    }
    let json: JSONValue
    do throws(JSONParseError) {
      json = try JSONValue.parse(answer.body)
    } catch {
      throw strange(answer.status, "it is not JSON: \(error)")
    }
    guard answer.status == 200 else {
      if let problem = try? WireDecoder.decode(Problem.self, from: json) { throw ControlFailure(problem.error) }
      throw strange(answer.status, "it holds no error")
    }
    do throws(ControlError) {
      return try WireDecoder.decode(Answer.self, from: json)
    } catch {
      throw strange(answer.status, error.message)
    }
  }

  private func strange(_ status: Int, _ what: String) -> ControlFailure {
    ControlFailure(
      exitStatus: .failed, message: "the answer on \(socketPath) (HTTP \(status)) cannot be understood: \(what)",
      remedy: "Is the client of the same version as the daemon? See jobd ctl status and jobd --version")
  }
}
