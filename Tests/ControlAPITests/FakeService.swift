import ControlAPI
import JobModel
import Synchronization

/// A service that answers from a table and writes down what it was asked.
final class FakeService: ControlService {
  struct State {
    var calls: [String] = []
    var error: ControlError?
    var answer = Fixtures.runAnswer()
    var waiters: [(version: Int, continuation: CheckedContinuation<RunAnswer, Never>)] = []
    var events: [HistoryEvent] = []
    var backfills: [[BackfillAnswer]] = [[Fixtures.backfill(.running)]]
  }

  let state = Mutex(State())

  var calls: [String] { state.withLock { $0.calls } }

  func fail(with error: ControlError?) { state.withLock { $0.error = error } }

  private func record(_ call: String) throws(ControlError) {
    let error = state.withLock { state in
      state.calls.append(call)
      return state.error
    }
    if let error { throw error }
  }

  func status() async throws(ControlError) -> StatusAnswer {
    try record("status")
    return Fixtures.status
  }

  func list(_ query: ListQuery) async throws(ControlError) -> ListAnswer {
    try record("list \(query.date.map(String.init(describing:)) ?? "today") \(query.days)")
    return Fixtures.list
  }

  func show(_ job: JobName) async throws(ControlError) -> JobAnswer {
    try record("show \(job)")
    return Fixtures.jobAnswer
  }

  func showRun(_ run: RunID) async throws(ControlError) -> RunAnswer {
    try record("showRun \(run)")
    return state.withLock { $0.answer }
  }

  func history(_ job: JobName, limit: Int) async throws(ControlError) -> JobHistoryAnswer {
    try record("history \(job) \(limit)")
    return Fixtures.jobHistory
  }

  func runHistory(_ run: RunID, _ range: HistoryRange) async throws(ControlError) -> HistoryPage {
    switch range {
    case .after(let id, let limit): try record("runHistory \(run) after \(id) \(limit)")
    case .last(let before, let limit): try record("runHistory \(run) last \(limit) before \(before ?? 0)")
    }
    var reader = HistoryPage.Reader(range)
    let events = state.withLock { $0.events }
    switch range {
    case .after(let id, _): for event in events where event.id > id { if !reader.take(event, bytes: 1) { break } }
    case .last(let id, _):
      for event in events.reversed() where event.id < id ?? .max { if !reader.take(event, bytes: 1) { break } }
    }
    return reader.result
  }

  func definition(_ job: JobName, version: Int?) async throws(ControlError) -> DefinitionAnswer {
    try record("definition \(job) \(version ?? 0)")
    return Fixtures.definitionAnswer
  }

  func runDefinition(_ run: RunID) async throws(ControlError) -> DefinitionAnswer {
    try record("runDefinition \(run)")
    return Fixtures.definitionAnswer
  }

  func runMachine(_ run: RunID) async throws(ControlError) -> RunMachineAnswer {
    try record("runMachine \(run)")
    return RunMachineAnswer(Fixtures.run(.running))
  }

  func run(_ job: JobName, _ request: RunRequest) async throws(ControlError) -> RunStarted {
    let environment = (request.environment ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
    let command = request.command.map { " \($0)" } ?? ""
    try record(
      "run \(job) \(request.input?.text ?? "-") \(request.requestedBy) \(request.note ?? "-")\(environment)\(command)")
    return RunStarted(run: Fixtures.runID, day: Fixtures.day, timezone: "Asia/Tokyo")
  }

  func rerun(_ job: JobName, _ request: RerunRequest) async throws(ControlError) -> RunStarted {
    let date = request.date.map(String.init(describing:)) ?? "-"
    let slot = request.slot.map(String.init(describing:)) ?? "-"
    let fromFailed = (request.fromFailed ? " from failed" : "") + (request.sameDefinition ? " same definition" : "")
    let note = request.note.map { " \($0)" } ?? ""
    try record("rerun \(job) \(date) \(slot) \(request.force) \(request.requestedBy)\(fromFailed)\(note)")
    return RunStarted(run: Fixtures.runID, day: Fixtures.day, timezone: "Asia/Tokyo")
  }

  func stop(_ run: RunID, reason: String) async throws(ControlError) { try record("stop \(run) \(reason)") }

  func pause(_ job: JobName, _ request: PauseRequest) async throws(ControlError) {
    try record("pause \(job) \(request.note ?? "-")\(request.until.map { " until \($0)" } ?? "")")
  }

  func resume(_ job: JobName) async throws(ControlError) { try record("resume \(job)") }

  func startBackfill(_ job: JobName, _ request: BackfillRequest) async throws(ControlError) -> BackfillAnswer {
    try record(
      "startBackfill \(job) \(request.from) \(request.to) \(request.maxParallel) \(request.force) "
        + "\(request.requestedBy) \(request.note ?? "-")")
    return Fixtures.backfill(.running)
  }

  func cancelBackfill(_ job: JobName) async throws(ControlError) -> BackfillAnswer {
    try record("cancelBackfill \(job)")
    return Fixtures.backfill(.cancelled)
  }

  /// Each call takes one of the scripted answers; the last one stays.
  func backfills(_ job: JobName) async throws(ControlError) -> [BackfillAnswer] {
    try record("backfills \(job)")
    return state.withLock { state in
      let answer = state.backfills.first ?? []
      if state.backfills.count > 1 { state.backfills.removeFirst() }
      return answer
    }
  }

  func logs(_ run: RunID, _ query: LogsQuery) async throws(ControlError) -> LogsAnswer {
    let parts = [
      query.launch.map { "launch \($0)" }, query.container.map { "container \($0)" }, query.after.map { "after \($0)" },
      query.tail.map { "tail \($0)" },
    ].compactMap(\.self)
    try record((["logs \(run)"] + parts).joined(separator: " "))
    return Fixtures.logs
  }

  func answerTask(_ request: TaskAnswerRequest) async throws(ControlError) {
    let what =
      switch request.content {
      case .succeeded(let output): "succeeded \(output.text)"
      case .failed(let error, let cause): "failed \(error ?? "-") \(cause ?? "-")"
      case .heartbeat: "heartbeat"
      }
    try record("answerTask \(request.token) \(what)")
  }

  func makeBackup() async throws(ControlError) -> BackupAnswer {
    try record("makeBackup")
    return BackupAnswer(id: "1f", bytes: 5)
  }

  func backupPiece(_ id: String, offset: Int) async throws(ControlError) -> BackupPiece {
    try record("backupPiece \(id) \(offset)")
    return BackupPiece(data: "aGVsbG8=", next: offset == 0 ? 5 : nil)
  }

  func reload() async throws(ControlError) -> ReloadAnswer {
    try record("reload")
    return Fixtures.reload
  }

  func waitForChange(_ run: RunID, after version: Int) async throws(ControlError) -> RunAnswer {
    try record("waitForChange \(run) \(version)")
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let ready: RunAnswer? = state.withLock { state in
          if state.answer.version > version || state.answer.status != .running || Task.isCancelled {
            return state.answer
          }
          state.waiters.append((version, continuation))
          return nil
        }
        if let ready { continuation.resume(returning: ready) }
      }
    } onCancel: {
      release { _ in true }
    }
  }

  /// The run has changed.
  func change(_ answer: RunAnswer, events: [HistoryEvent] = []) {
    state.withLock {
      $0.answer = answer
      $0.events += events
    }
    release { $0 < answer.version }
  }

  private func release(_ isDue: (Int) -> Bool) {
    let (answer, due) = state.withLock { state in
      let due = state.waiters.filter { isDue($0.version) }
      state.waiters.removeAll { isDue($0.version) }
      return (state.answer, due)
    }
    for waiter in due { waiter.continuation.resume(returning: answer) }
  }
}
