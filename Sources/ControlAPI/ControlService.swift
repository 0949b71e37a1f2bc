public import JobModel

/// What the daemon answers on its control socket. The engine implements it; ``ControlServer`` puts it
/// behind HTTP, ``ControlClient`` is the other end.
///
/// No method trusts what a client sent: a name that is no job's is ``ControlError/Code/notFound``, a
/// request that contradicts itself ``ControlError/Code/invalid``.
public protocol ControlService: Sendable {
  func status() async throws(ControlError) -> StatusAnswer

  /// Every job of the job file, by name, with its last days.
  func list(_ query: ListQuery) async throws(ControlError) -> ListAnswer

  func show(_ job: JobName) async throws(ControlError) -> JobAnswer
  func showRun(_ run: RunID) async throws(ControlError) -> RunAnswer

  /// A job's latest slots, the newest first. Also for a job that is no longer in the job file.
  ///
  /// - Parameter limit: at least 1; the server has checked it against ``ControlLimits``.
  func history(_ job: JobName, limit: Int) async throws(ControlError) -> JobHistoryAnswer
  /// A page of a run's events, by id.
  func runHistory(_ run: RunID, _ range: HistoryRange) async throws(ControlError) -> HistoryPage
  /// A job's definition. Also of a job that is no longer in the job file: the last that was used.
  ///
  /// - Parameter version: an earlier one.
  func definition(_ job: JobName, version: Int?) async throws(ControlError) -> DefinitionAnswer
  /// The definition with which a run began.
  func runDefinition(_ run: RunID) async throws(ControlError) -> DefinitionAnswer
  /// The definition with which a run began.
  func runMachine(_ run: RunID) async throws(ControlError) -> RunMachineAnswer

  /// Starts a run now, for a slot of its own. Refused while the job runs and may not overlap.
  func run(_ job: JobName, _ request: RunRequest) async throws(ControlError) -> RunStarted
  /// Runs a slot again. Refused while it is running and, without `force`, after it has succeeded.
  func rerun(_ job: JobName, _ request: RerunRequest) async throws(ControlError) -> RunStarted
  /// Ends a run as ABORTED and has its tasks stopped. Refused for a run that is over.
  func stop(_ run: RunID, reason: String) async throws(ControlError)

  /// Slots that become due are recorded as SKIPPED until the job is resumed. Pausing a paused job
  /// replaces the note.
  func pause(_ job: JobName, _ request: PauseRequest) async throws(ControlError)
  /// Resuming a job that is not paused changes nothing.
  func resume(_ job: JobName) async throws(ControlError)

  /// Runs the slots of a range of days, a few at a time. Refused while a backfill of the job is going on.
  func startBackfill(_ job: JobName, _ request: BackfillRequest) async throws(ControlError) -> BackfillAnswer
  /// Starts no more of its slots; those that run go on.
  func cancelBackfill(_ job: JobName) async throws(ControlError) -> BackfillAnswer
  /// The newest first.
  func backfills(_ job: JobName) async throws(ControlError) -> [BackfillAnswer]

  /// A page of what a run's containers have written.
  func logs(_ run: RunID, _ query: LogsQuery) async throws(ControlError) -> LogsAnswer

  /// Takes an answer for a task that waits for its token. Refused for a task that is over.
  func answerTask(_ request: TaskAnswerRequest) async throws(ControlError)

  /// Makes a copy of the store, to be fetched piece by piece.
  func makeBackup() async throws(ControlError) -> BackupAnswer
  /// A piece of the copy, from this place. The copy is removed once its last piece has been fetched.
  func backupPiece(_ id: String, offset: Int) async throws(ControlError) -> BackupPiece

  /// Reads the job file again: all of it or nothing. A file with mistakes is an answer with
  /// diagnostics, not an error.
  func reload() async throws(ControlError) -> ReloadAnswer

  /// Waits until the run's version is greater than `version`, or the run is over, and returns it then.
  ///
  /// The caller bounds the wait by cancelling; a cancelled wait returns the run as it is, or throws.
  func waitForChange(_ run: RunID, after version: Int) async throws(ControlError) -> RunAnswer
}

/// What a client may ask for at most.
public enum ControlLimits {
  /// Days of one list.
  public static let days = 92
  /// Bytes in one piece of a backup.
  public static let pieceBytes = 4 << 20
  /// Lines in one page of logs.
  public static let logLines = 1_000
  /// Slots of one job history.
  public static let slots = 1_000
  /// Events in one answer of a run history; the rest is asked for with `after`.
  public static let events = 5_000
  /// The longest wait of one request; a client asks again.
  public static let wait: Duration = .seconds(60)
  /// The longest time that a request may take beside its wait.
  public static let request: Duration = .seconds(30)
  /// What a shutdown leaves requests that are going on.
  public static let farewell: Duration = .seconds(2)
  /// Characters of a note, a reason, a name of who asks.
  public static let textLength = 1_024
}
