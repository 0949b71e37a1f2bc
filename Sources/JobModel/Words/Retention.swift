/// How long what is over is kept. Nil keeps for ever.
public struct Retention: Hashable, Sendable {
  /// Slots with their runs, by the age of their end.
  public var runs: Duration?
  /// Slots of a job at most, the newest.
  public var runsPerJob: Int?
  /// The history of runs, which may go earlier than the runs.
  public var history: Duration?
  /// The last lines of failed containers, and the stopped tasks' JSON.
  public var logs: Duration?

  public init(
    runs: Duration? = .seconds(400 * 86_400), runsPerJob: Int? = nil, history: Duration? = .seconds(90 * 86_400),
    logs: Duration? = .seconds(90 * 86_400)
  ) {
    self.runs = runs
    self.runsPerJob = runsPerJob
    self.history = history
    self.logs = logs
  }
}
