/// Every limit of the ECS driver in one place, with where it comes from.
enum ECSLimits {
  /// Tasks that one RunTask starts at most (ECS API, RunTask, `count`).
  static let count = 10
  /// Characters of `startedBy` (ECS API, RunTask).
  static let startedByLength = 128
  /// Characters of StopTask's `reason` that are certain to be kept; the API states no number.
  static let stopReasonLength = 255
  /// How long a client token lives at the least: ECS keeps it for the task's life and one more hour,
  /// at most 24 hours (ECS API, "Ensuring idempotency"), and a task may have stopped right away.
  static let tokenLife: Duration = .seconds(3_600)
  /// How long the same request is sent again while it is certain that none had an effect.
  static let patience: Duration = .seconds(24 * 3_600)
  /// How long after it was signed a request may arrive, which is taken off both: a signature holds for five minutes by a
  /// clock that may differ by four from AWS's, and then the request is on its way for half a minute.
  static let lateArrival: Duration = .seconds(600)
  /// Before the same request is sent again: the first delay, and the longest.
  static let askDelay: ClosedRange<Duration> = .seconds(1)...(.seconds(30))
  /// Between two looks for a task that a refused or failed RunTask may have started: ECS is eventually
  /// consistent, and shows a new task within seconds.
  static let lookDelays: [Duration] = [.seconds(2), .seconds(4), .seconds(8)]
  /// The same where a request may have been done and a later one was refused: longer, since a wrong
  /// "no" would run the job twice.
  static let settleDelays: [Duration] = [.seconds(2), .seconds(4), .seconds(8), .seconds(16), .seconds(30)]
  /// How old what DescribeTasks shows may be: ECS is eventually consistent (ECS API, DescribeTasks).
  static let staleness: Duration = .seconds(5)
  /// Between the looks at a task whose time is over, of which those after ``staleness`` are only for one that is
  /// stopping by itself, or that ECS does not show: Fargate's longest stop timeout is two minutes.
  static let lastLookDelays: [Duration] = [2, 3, 5, 10, 15, 25, 30, 30, 30, 30].map { .seconds($0) }
  /// Refusals in a row to list, show or stop tasks after which they are believed, half a minute at the least: a role
  /// that was just changed takes AWS some seconds (IAM user guide, "Troubleshoot IAM": changes are not always
  /// immediately visible).
  static let refusals = 7
  /// Pages of ListTasks in one look: 100 tasks each.
  static let listPages = 100
  /// Between attempts to stop a task, which go on until ECS was told, or goes on refusing: a task that was given up must
  /// not live beside the one that follows it, however long ECS is out.
  static let stopDelay: ClosedRange<Duration> = .seconds(1)...(.seconds(60))
  /// How long a task that was stopped for its start timeout may take to stop, from when ECS was told: Fargate's
  /// longest stop timeout is two minutes.
  static let stopGrace: Duration = .seconds(180)
  /// How long a launch that is past its start timeout when it is followed again waits for the observer's look.
  static let lateLook: Duration = .seconds(10)
  /// Attempts to read a task definition before the verdict does without it.
  static let definitionAttempts = 4
  /// Task definitions kept in memory.
  static let definitionCache = 1_000
  /// How long ECS shows a stopped task (ECS API, DescribeTasks: at least an hour).
  static let stoppedTaskVisible: Duration = .seconds(3_600)
  /// Until what age a task that was never seen is simply too new.
  static let appearance: Duration = .seconds(900)
  /// and for how long at the least it is looked for: its request may have waited for long, as in an outage.
  static let search: Duration = .seconds(60)
  /// Looks in a row without the task, after which its absence is believed (with the ages above).
  static let absences = 4
  /// How long a read of the event queue vouches for the next events: a few long polls.
  static let eventTrust: Duration = .seconds(60)
  /// Ends in a row that asking found although the queue works, after which its events are not counted on.
  static let missedEvents = 3
  /// Ends of tasks that nobody follows (yet) are kept: so many, for so long. An answer of RunTask is committed
  /// within seconds, and adopted runs are followed right after the start.
  static let endedTasks = 500
  static let endedTaskAge: Duration = .seconds(600)
  /// How long ReceiveMessage waits for a message (SQS API, `WaitTimeSeconds`: at most 20); the client's
  /// 30 s for a try are longer.
  static let longPoll: Duration = .seconds(20)
  /// Messages of one ReceiveMessage or DeleteMessageBatch (SQS API).
  static let receivedMessages = 10
  /// Receivers beside the one that always waits, while the queue is full.
  static let busyReceivers = 3
  /// Before the queue is read again after a failure.
  static let receiveDelay: ClosedRange<Duration> = .seconds(1)...(.seconds(60))
  /// An empty answer within this was no long poll.
  static let shortestPoll: Duration = .seconds(1)
  /// Between two warnings about messages that are no task's change.
  static let ignoredInterval: Duration = .seconds(300)
}
