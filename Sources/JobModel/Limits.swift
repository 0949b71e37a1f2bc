/// Every limit of jobd in one place, with where it comes from. Going over one is an error that names it.
public enum Limits {
  /// Nesting of a JSON text. AWS does not state one; deeper input is an attack or a mistake.
  public static let jsonDepth = 200
  /// A job's name: it must fit into `startedBy` (128 characters) together with slot and launch.
  public static let jobNameLength = 64
  /// An EventBridge schedule expression (EventBridge Scheduler API, ScheduleExpression).
  public static let expressionLength = 256
  /// How far ahead a schedule is searched before it is said never to fire again.
  public static let scheduleHorizonYears = 230
  /// Slots that one planning step yields for a job; the rest follow in the next step.
  public static let slotsPerPlan = 1_000
  /// Slots of a job that wait at a time, with a pool and `overlap: allow`.
  public static let waitingSlots = 1_000
  /// How old a slot that waits becomes when its job is no longer in the job file.
  public static let removedJobSlots = Duration.seconds(86_400)
  /// How far back a backfill reaches, in days: a mistyped year is not to start runs without end.
  public static let backfillDays = 3_660
  /// Runs of a backfill at a time.
  public static let backfillParallel = 1_000
  /// Days for which the slot of a day that followed other jobs is kept, whatever the retention.
  public static let upstreamDaysKept = 35
  /// Bytes of a request's body on the control socket.
  public static let controlBodyBytes = 1 << 20
  /// Bytes of an answer from AWS. DescribeTasks of 100 tasks is around half a megabyte.
  public static let awsAnswerBytes = 16 << 20
  /// Tasks in one DescribeTasks call (ECS API, DescribeTasks).
  public static let describeTasksBatch = 100
  /// Characters of the `overrides` JSON of RunTask (ECS API, TaskOverride).
  public static let overridesLength = 8_192
  /// Bytes of an SNS message (SNS API, Publish).
  public static let notificationBytes = 262_144
  /// Characters of an SNS subject (SNS API, Publish).
  public static let subjectLength = 100
  /// Characters of a state machine definition (Step Functions quotas).
  public static let definitionBytes = 1_048_576
  /// Executions inside each other: one that starts itself for ever ends here. AWS does not state a bound.
  public static let executionDepth = 20
  /// Characters of an execution's name (Step Functions API, StartExecution).
  public static let executionNameLength = 80
  /// Bytes of an execution's input (Step Functions API, StartExecution).
  public static let executionInputBytes = 262_144
  /// Bytes of a failed execution's cause that its parent is told (Step Functions API, Cause). A parent's cause holds
  /// its child's as a JSON text, and each quotation mark takes twice the room one execution further out.
  public static let executionCauseBytes = 32_768
  /// Bytes of details in one page of a history; the event that goes over it is the page's last.
  public static let historyPageBytes = 4 << 20
  /// Bytes of a job file.
  public static let jobFileBytes = 16 << 20
  /// Values in a job file once its aliases are expanded: thirty thousand jobs, and no billion laughs.
  public static let jobFileNodes = 1_000_000
  /// Mistakes of one job file that are reported one by one; beyond that only their number.
  public static let jobFileDiagnostics = 1_000
}
