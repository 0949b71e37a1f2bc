internal import GRDB
internal import JobModel

extension SlotKey {
  static let columns = ["job", "scheduled_at"]
  var stored: [DatabaseValue] { rowOf(job, scheduledAt) }

  init(_ columns: inout Columns) throws {
    self.init(job: try columns.next(), scheduledAt: try columns.next())
  }
}

extension RunID {
  static let columns = SlotKey.columns + ["rerun"]
  var stored: [DatabaseValue] { slot.stored + rowOf(rerun) }

  init(_ columns: inout Columns) throws {
    self.init(slot: try SlotKey(&columns), rerun: try columns.next())
  }
}

extension Instance: Stored {
  static let table = Table("instances", key: ["id"], values: ["epoch", "lease_until", "started_at"])

  init(_ columns: inout Columns) throws {
    self.init(
      id: try columns.next(), epoch: try columns.next(), leaseUntil: try columns.next(),
      startedAt: try columns.next())
  }
}

extension JobState: Stored {
  static let table = Table(
    "job_states", key: ["job"],
    values: ["mark", "first_seen_at", "paused_at", "pause_note", "paused_until", "schedules", "version"])

  var values: [DatabaseValue] { rowOf(mark, firstSeenAt, pause?.since, pause?.note, pause?.until, schedules, version) }

  init(_ columns: inout Columns) throws {
    self.init(job: try columns.next(), mark: try columns.next(), firstSeenAt: try columns.next(), version: 0)
    let since: Instant? = try columns.next()
    let note: String? = try columns.next()
    let until: Instant? = try columns.next()
    pause = since.map { Pause(since: $0, note: note, until: until) }
    schedules = try columns.next()
    version = try columns.next()
  }
}

extension Slot: Stored {
  static let table = Table(
    "slots", key: SlotKey.columns, values: ["day", "trigger", "state", "reason", "wait", "runs", "version"])

  var values: [DatabaseValue] { rowOf(day, trigger, state, reason, wait, runs, version) }

  init(_ columns: inout Columns) throws {
    self.init(
      key: try SlotKey(&columns), day: try columns.next(), trigger: try columns.next(), state: try columns.next(),
      reason: try columns.next(), wait: try columns.next(), runs: try columns.next(), version: try columns.next())
  }
}

extension Run: Stored {
  /// `definition` is the number of a row of `definitions`: the same text is kept once, however many
  /// runs began with it, and a step of a run does not rewrite it. `pool` repeats a part of the policy, for an
  /// index.
  static let table = Table(
    "runs", key: RunID.columns,
    values: [
      "day", "trigger", "status", "owner", "epoch", "version", "definition", "input", "started_at", "ended_at",
      "launches", "output", "error", "cause", "requested_by", "note", "pool", "policy",
    ])

  /// What changes while a run goes on. What it began with is written once: no step looks its definition up, or
  /// touches the indexes on it.
  private static let changing = [
    "status", "owner", "epoch", "version", "ended_at", "launches", "output", "error", "cause",
  ]
  static let update = Table(table.name, key: table.key, values: changing).update

  var changing: [DatabaseValue] {
    rowOf(status, owner.instance, owner.epoch, version, endedAt, launches, output, error, cause)
  }

  static let select = table.select.replacing(
    " definition,", with: " (SELECT text FROM definitions WHERE id = runs.definition) AS definition,")

  func values(definition: Int) -> [DatabaseValue] {
    rowOf(
      day, trigger, status, owner.instance, owner.epoch, version, definition, input, startedAt, endedAt, launches,
      output, error, cause, requestedBy, note, policy.pool?.name, policy)
  }

  init(_ columns: inout Columns) throws {
    self.init(
      id: try RunID(&columns), day: try columns.next(), trigger: try columns.next(), status: try columns.next(),
      owner: Ownership(instance: try columns.next(), epoch: try columns.next()), version: try columns.next(),
      definition: try columns.next(), input: try columns.next(), startedAt: try columns.next(),
      endedAt: try columns.next(), launches: try columns.next(), output: try columns.next(),
      error: try columns.next(), cause: try columns.next(), requestedBy: try columns.next(), note: try columns.next())
    _ = try columns.next() as String?
    policy = try columns.next()
  }
}

extension Launch: Stored {
  static let table = Table(
    "launches", key: LaunchID.columns,
    values: [
      "task", "state", "resource", "request", "client_token", "started_by", "cluster", "status", "intended_at",
      "ended_at", "task_arn", "submission", "result", "diagnosis_class", "diagnosis", "exit_codes", "policy",
      "log_tail", "scope", "token",
    ])

  var values: [DatabaseValue] {
    rowOf(
      task, state, resource, request, clientToken, startedBy, cluster, status, intendedAt, endedAt, taskARN,
      submission, result, diagnosis?.class, diagnosis?.sentence, diagnosis?.exitCodes,
      policy == TaskPolicy.none ? nil : policy,
      diagnosis.flatMap { $0.log.isEmpty ? nil : JSONValue.array($0.log.map { .string($0) }) }, scope, token)
  }

  init(_ columns: inout Columns) throws {
    self.init(
      id: LaunchID(run: try RunID(&columns), number: try columns.next()), task: try columns.next(),
      state: try columns.next(), resource: try columns.next(), request: try columns.next(),
      clientToken: try columns.next(), startedBy: try columns.next(), cluster: try columns.next(),
      status: try columns.next(), intendedAt: try columns.next(), endedAt: try columns.next(),
      taskARN: try columns.next(), submission: try columns.next(), result: try columns.next())
    let `class`: Diagnosis.Class? = try columns.next()
    let sentence: String? = try columns.next()
    let exitCodes: [String: Int]? = try columns.next()
    policy = try columns.next() ?? TaskPolicy.none
    let log: JSONValue? = try columns.next()
    scope = try columns.next()
    token = try columns.next()
    diagnosis = `class`.map {
      Diagnosis(
        class: $0, sentence: sentence ?? "", exitCodes: exitCodes ?? [:],
        log: (log?.arrayValue ?? []).compactMap(\.stringValue))
    }
  }
}

extension HistoryEvent: Stored {
  static let table = Table(
    "history", key: RunID.columns + ["id"], values: ["previous_id", "timestamp", "type", "details"])

  var values: [DatabaseValue] { rowOf(previousID, timestamp, type, details) }

  init(_ columns: inout Columns) throws {
    _ = try RunID(&columns)
    self.init(
      id: try columns.next(), previousID: try columns.next(), timestamp: try columns.next(),
      type: try columns.next(), details: try columns.next())
  }
}

/// One scope of a run's snapshot.
struct StoredScope: Stored {
  static let table = Table("scopes", key: RunID.columns + ["scope"], values: ["snapshot"])

  var scope: String
  var snapshot: [UInt8]

  init(_ columns: inout Columns) throws {
    _ = try RunID(&columns)
    scope = try columns.next()
    snapshot = try columns.next()
  }
}

extension OutboxMessage: Stored {
  static let table = Table(
    "messages", key: ["id"],
    values: ["event"] + RunID.columns + [
      "receiver", "subject", "body", "created_at", "attempts", "next_attempt_at", "sent_at", "last_error", "version",
    ])

  var values: [DatabaseValue] {
    rowOf(event) + slot.stored
      + rowOf(
        rerun, receiver, subject, body, createdAt, attempts, nextAttemptAt, sentAt, lastError, version)
  }

  init(_ columns: inout Columns) throws {
    self.init(
      id: try columns.next(), event: try columns.next(), slot: try SlotKey(&columns), rerun: try columns.next(),
      receiver: try columns.next(), subject: try columns.next(), body: try columns.next(),
      createdAt: try columns.next(), attempts: try columns.next(), nextAttemptAt: try columns.next(),
      sentAt: try columns.next(), lastError: try columns.next(), version: try columns.next())
  }
}

extension Backfill: Stored {
  static let table = Table(
    "backfills", key: ["job", "created_at"],
    values: [
      "from_day", "to_day", "max_parallel", "force", "requested_by", "note", "state", "mark", "started", "version",
    ])

  var key: [DatabaseValue] { rowOf(job, createdAt) }

  var values: [DatabaseValue] {
    rowOf(from, to, maxParallel, force, requestedBy, note, state, mark, started, version)
  }

  init(_ columns: inout Columns) throws {
    self.init(
      job: try columns.next(), createdAt: try columns.next(), from: try columns.next(), to: try columns.next(),
      maxParallel: try columns.next(), force: try columns.next(), requestedBy: try columns.next(),
      note: try columns.next(), state: try columns.next(), mark: try columns.next(), started: try columns.next(),
      version: try columns.next())
  }
}

extension ChildRun: Stored {
  static let table = Table(
    "children", key: ["job", "name"],
    values: ["scheduled_at", "parent_job", "parent_scheduled_at", "parent_rerun", "parent_launch"])

  var stored: [DatabaseValue] {
    rowOf(slot.job, name, slot.scheduledAt) + launch.run.stored + rowOf(launch.number)
  }

  init(_ columns: inout Columns) throws {
    let job: JobName = try columns.next()
    let name: String = try columns.next()
    self.init(
      slot: SlotKey(job: job, scheduledAt: try columns.next()), name: name,
      launch: LaunchID(run: try RunID(&columns), number: try columns.next()))
  }
}

/// An owner is asked to stop a run.
struct StopRequest: Stored {
  static let table = Table("stop_requests", key: RunID.columns, values: ["reason"])

  var run: RunID
  var reason: String

  init(_ columns: inout Columns) throws {
    run = try RunID(&columns)
    reason = try columns.next()
  }
}

/// The name of a run that goes on; an index has all of it.
struct ActiveRun: Stored {
  static let table = Table("runs", key: RunID.columns, values: [])

  var id: RunID

  init(_ columns: inout Columns) throws { id = try RunID(&columns) }
}

/// How long a run took.
struct RunLength: Stored {
  static let table = Table("runs", key: [], values: ["started_at", "ended_at"])
  static let select = "SELECT started_at, ended_at FROM runs"

  var length: Duration

  init(_ columns: inout Columns) throws {
    let startedAt: Instant = try columns.next()
    let endedAt: Instant = try columns.next()
    length = endedAt - startedAt
  }
}
