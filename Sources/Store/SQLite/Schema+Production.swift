/// The second step: waiting slots, pools, policies, receivers, backfills, requests to stop, and what a retention
/// finds old rows by.
extension Schema {
  /// `slots.over_at` is when a slot's latest run ended, or, of one that was never run, its scheduled instant; NULL
  /// while it waits or runs. `runs.keeps_history` and `keeps_logs` are 1 until the retention has removed those.
  /// `launches.log_tail` holds the last lines of a failed task's containers as a JSON array of texts.
  ///
  /// Old runs have the policy `{}`, which is what nobody chose: days in UTC, no pool, nobody told.
  static let production = """
    ALTER TABLE job_states ADD COLUMN paused_until INTEGER;

    ALTER TABLE slots ADD COLUMN wait TEXT;
    ALTER TABLE slots ADD COLUMN over_at INTEGER;
    UPDATE slots SET over_at = coalesce(
      (SELECT max(ended_at) FROM runs WHERE job = slots.job AND scheduled_at = slots.scheduled_at), scheduled_at)
      WHERE state NOT IN ('PENDING', 'RUNNING');
    CREATE INDEX slots_pending ON slots (job, scheduled_at) WHERE state = 'PENDING';
    CREATE INDEX slots_succeeded ON slots (job, scheduled_at) WHERE state = 'SUCCEEDED';
    CREATE INDEX slots_over ON slots (over_at, job, scheduled_at) WHERE over_at IS NOT NULL;

    ALTER TABLE runs ADD COLUMN note TEXT;
    ALTER TABLE runs ADD COLUMN pool TEXT;
    ALTER TABLE runs ADD COLUMN policy TEXT NOT NULL DEFAULT '{}';
    ALTER TABLE runs ADD COLUMN keeps_history INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE runs ADD COLUMN keeps_logs INTEGER NOT NULL DEFAULT 1;
    CREATE INDEX runs_running_in_pool ON runs (pool, job, scheduled_at, rerun)
      WHERE status = 'RUNNING' AND pool IS NOT NULL;
    CREATE INDEX runs_succeeded ON runs (job, ended_at, started_at) WHERE status = 'SUCCEEDED';
    CREATE INDEX runs_of_definition ON runs (definition);
    CREATE INDEX runs_with_history ON runs (ended_at, job, scheduled_at, rerun)
      WHERE ended_at IS NOT NULL AND keeps_history = 1;
    CREATE INDEX runs_with_logs ON runs (ended_at, job, scheduled_at, rerun)
      WHERE ended_at IS NOT NULL AND keeps_logs = 1;

    ALTER TABLE launches ADD COLUMN policy TEXT;
    ALTER TABLE launches ADD COLUMN log_tail TEXT;

    ALTER TABLE messages RENAME TO messages_before;
    CREATE TABLE messages (
      id TEXT PRIMARY KEY NOT NULL, event TEXT NOT NULL, job TEXT NOT NULL, scheduled_at INTEGER NOT NULL,
      rerun INTEGER, receiver TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL,
      created_at INTEGER NOT NULL, attempts INTEGER NOT NULL, next_attempt_at INTEGER NOT NULL, sent_at INTEGER,
      last_error TEXT, version INTEGER NOT NULL
    ) STRICT;
    INSERT INTO messages (
      id, event, job, scheduled_at, rerun, receiver, subject, body, created_at, attempts, next_attempt_at, sent_at,
      last_error, version
    ) SELECT
      id, 'failed', job, scheduled_at, rerun, json_object('topic', json_object('arn', topic_arn)), subject, body,
      created_at, attempts, next_attempt_at, sent_at, last_error, version
    FROM messages_before;
    DROP TABLE messages_before;
    CREATE INDEX messages_unsent ON messages (next_attempt_at, id) WHERE sent_at IS NULL;
    CREATE INDEX messages_of_slot ON messages (job, scheduled_at, rerun);

    CREATE TABLE pools (name TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT, WITHOUT ROWID;

    CREATE TABLE backfills (
      job TEXT NOT NULL, created_at INTEGER NOT NULL, from_day TEXT NOT NULL, to_day TEXT NOT NULL,
      max_parallel INTEGER NOT NULL, force INTEGER NOT NULL, requested_by TEXT NOT NULL, note TEXT,
      state TEXT NOT NULL, mark INTEGER NOT NULL, started INTEGER NOT NULL, version INTEGER NOT NULL,
      PRIMARY KEY (job, created_at)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX backfills_running ON backfills (job, created_at) WHERE state = 'RUNNING';

    CREATE TABLE stop_requests (
      job TEXT NOT NULL, scheduled_at INTEGER NOT NULL, rerun INTEGER NOT NULL, reason TEXT NOT NULL,
      PRIMARY KEY (job, scheduled_at, rerun)
    ) STRICT, WITHOUT ROWID;
    """
}
