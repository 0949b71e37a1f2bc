/// The third step: where in its run a launch belongs, the tokens of tasks, and answers to them.
extension Schema {
  /// `launches.scope` is the interpreter's scope (`root/3` for the fourth iteration of a Map), `launches.token` what
  /// somebody has to bring back. `task_answers` holds what was brought and no run has taken yet: at most one row a
  /// launch, `kind` SUCCEEDED, FAILED or HEARTBEAT; it is empty most of the time.
  static let workflows = """
    ALTER TABLE launches ADD COLUMN scope TEXT NOT NULL DEFAULT 'root';
    ALTER TABLE launches ADD COLUMN token TEXT;
    CREATE INDEX launches_open ON launches (job, scheduled_at, rerun, task) WHERE ended_at IS NULL;
    CREATE INDEX launches_failed ON launches (job, scheduled_at, rerun, number)
      WHERE status IN ('FAILED', 'STOPPED');

    CREATE TABLE task_answers (
      job TEXT NOT NULL, scheduled_at INTEGER NOT NULL, rerun INTEGER NOT NULL, number INTEGER NOT NULL,
      kind TEXT NOT NULL, output TEXT, error TEXT, cause TEXT, answered_at INTEGER NOT NULL,
      PRIMARY KEY (job, scheduled_at, rerun, number)
    ) STRICT, WITHOUT ROWID;
    """
}
