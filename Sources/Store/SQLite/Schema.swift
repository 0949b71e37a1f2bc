internal import GRDB
internal import JobModel

/// The schema as a list of named steps. A step that has been released is never changed: what it made
/// stands in users' files; a change is a new step at the end.
///
/// The port's conditions are on single keys, so no foreign key ties a launch or an event to its run:
/// the store would refuse what the port allows. The one reference there is, to a run's definition, is
/// the store's own.
enum Schema {
  struct Step: Sendable {
    var name: String
    var sql: String
  }

  static let steps = [
    Step(name: "the first tables", sql: firstTables),
    Step(name: "what production needs", sql: production),
    Step(name: "what workflows need", sql: workflows),
    Step(name: "runs that start runs", sql: children),
    Step(name: "the versions of definitions", sql: versions),
  ]

  /// `jobd` in ASCII, in the file's header (PRAGMA application_id): what tells a jobd database from
  /// another program's.
  static let applicationID = 0x6A6F_6264

  /// Brings the file to this jobd's schema, in one transaction.
  ///
  /// Two processes may do so at once: the second one waits for the lock, and finds nothing to do.
  ///
  /// - Returns: the number of steps that were taken.
  static func migrate(
    _ database: Database, steps: [Step] = steps, installationID: @autoclosure () -> String
  ) throws -> Int {
    if try version(database, newest: steps.count) == steps.count { return 0 }
    try database.beginTransaction(.immediate)
    do {
      let first = try version(database, newest: steps.count)
      if first == 0 { try create(database, installationID: installationID()) }
      for (number, step) in zip(1..., steps).dropFirst(first) {
        try database.execute(sql: step.sql)
        try database.change("INSERT INTO schema_steps (number, name) VALUES (?, ?)", rowOf(number, step.name))
      }
      try database.commit()
      return steps.count - first
    } catch {
      if database.isInsideTransaction { try? database.rollback() }
      throw error
    }
  }

  enum Refusal: Error {
    /// The file's newest step, and the newest that this jobd knows.
    case newer(Int, known: Int)
    case anotherProgram
  }

  /// The number of the newest step in the file; 0 for an empty one.
  private static func version(_ database: Database, newest: Int) throws -> Int {
    guard try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") ?? 0 > 0 else { return 0 }
    guard try Int.fetchOne(database, sql: "PRAGMA application_id") == applicationID else {
      throw Refusal.anotherProgram
    }
    let version = try Int.fetchOne(database, sql: "SELECT max(number) FROM schema_steps") ?? 0
    if version > newest { throw Refusal.newer(version, known: newest) }
    return version
  }

  private static func create(_ database: Database, installationID: String) throws {
    try database.execute(
      sql: """
        PRAGMA application_id = \(applicationID);
        CREATE TABLE schema_steps (number INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
        CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
        INSERT INTO meta (key, value) VALUES ('epoch', 0);
        """)
    try database.change("INSERT INTO meta (key, value) VALUES ('installation_id', ?)", rowOf(installationID))
  }

  private static let firstTables = """
    CREATE TABLE instances (
      id TEXT PRIMARY KEY, epoch INTEGER NOT NULL, lease_until INTEGER NOT NULL, started_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE job_states (
      job TEXT PRIMARY KEY, mark INTEGER NOT NULL, first_seen_at INTEGER NOT NULL, paused_at INTEGER,
      pause_note TEXT, schedules TEXT NOT NULL, version INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE slots (
      job TEXT NOT NULL, scheduled_at INTEGER NOT NULL, day TEXT NOT NULL, trigger TEXT NOT NULL,
      state TEXT NOT NULL, reason TEXT, runs INTEGER NOT NULL, version INTEGER NOT NULL,
      PRIMARY KEY (job, scheduled_at)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX slots_of_job_by_day ON slots (job, day);
    CREATE INDEX slots_by_day ON slots (day);

    CREATE TABLE definitions (
      id INTEGER PRIMARY KEY, fingerprint INTEGER NOT NULL, text TEXT NOT NULL
    ) STRICT;
    CREATE INDEX definitions_by_fingerprint ON definitions (fingerprint);

    CREATE TABLE runs (
      job TEXT NOT NULL, scheduled_at INTEGER NOT NULL, rerun INTEGER NOT NULL, day TEXT NOT NULL,
      trigger TEXT NOT NULL, status TEXT NOT NULL, owner TEXT NOT NULL, epoch INTEGER NOT NULL,
      version INTEGER NOT NULL, definition INTEGER NOT NULL REFERENCES definitions (id), input TEXT NOT NULL,
      started_at INTEGER NOT NULL, ended_at INTEGER, launches INTEGER NOT NULL, output TEXT, error TEXT,
      cause TEXT, requested_by TEXT,
      PRIMARY KEY (job, scheduled_at, rerun)
    ) STRICT;
    CREATE INDEX runs_running ON runs (job, scheduled_at, rerun) WHERE status = 'RUNNING';

    CREATE TABLE launches (
      job TEXT NOT NULL, scheduled_at INTEGER NOT NULL, rerun INTEGER NOT NULL, number INTEGER NOT NULL,
      task INTEGER NOT NULL, state TEXT NOT NULL, resource TEXT NOT NULL, request TEXT NOT NULL,
      client_token TEXT, started_by TEXT, cluster TEXT, status TEXT NOT NULL, intended_at INTEGER NOT NULL,
      ended_at INTEGER, task_arn TEXT, submission TEXT, result TEXT, diagnosis_class TEXT, diagnosis TEXT,
      exit_codes TEXT,
      PRIMARY KEY (job, scheduled_at, rerun, number)
    ) STRICT;

    CREATE TABLE history (
      job TEXT NOT NULL, scheduled_at INTEGER NOT NULL, rerun INTEGER NOT NULL, id INTEGER NOT NULL,
      previous_id INTEGER NOT NULL, timestamp INTEGER NOT NULL, type TEXT NOT NULL, details TEXT NOT NULL,
      PRIMARY KEY (job, scheduled_at, rerun, id)
    ) STRICT;

    CREATE TABLE scopes (
      job TEXT NOT NULL, scheduled_at INTEGER NOT NULL, rerun INTEGER NOT NULL, scope TEXT NOT NULL,
      snapshot BLOB NOT NULL,
      PRIMARY KEY (job, scheduled_at, rerun, scope)
    ) STRICT;

    CREATE TABLE messages (
      id TEXT PRIMARY KEY NOT NULL, job TEXT NOT NULL, scheduled_at INTEGER NOT NULL, rerun INTEGER NOT NULL,
      topic_arn TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL, created_at INTEGER NOT NULL,
      attempts INTEGER NOT NULL, next_attempt_at INTEGER NOT NULL, sent_at INTEGER, last_error TEXT,
      version INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX messages_unsent ON messages (next_attempt_at, id) WHERE sent_at IS NULL;
    CREATE INDEX messages_of_run ON messages (job, scheduled_at, rerun);
    """
}
