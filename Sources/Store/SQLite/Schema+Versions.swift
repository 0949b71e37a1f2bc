/// The step that numbers the definitions of each job.
extension Schema {
  /// `definition` is NULL once a retention has removed the text: the number is not given to another one. `since` is
  /// when the version was taken in the place of another for the last time, so that the greatest one of a job is its
  /// present version.
  static let versions = """
    CREATE TABLE definition_versions (
      job TEXT NOT NULL, version INTEGER NOT NULL, definition INTEGER REFERENCES definitions (id),
      first_used_at INTEGER NOT NULL, since INTEGER NOT NULL,
      PRIMARY KEY (job, version)
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX definition_versions_of_job ON definition_versions (job, definition)
      WHERE definition IS NOT NULL;
    CREATE INDEX definition_versions_of_definition ON definition_versions (definition) WHERE definition IS NOT NULL;
    CREATE INDEX definition_versions_by_time ON definition_versions (job, since, version);
    INSERT INTO definition_versions (job, version, definition, first_used_at, since)
      SELECT job, row_number() OVER (PARTITION BY job ORDER BY min(started_at), definition), definition,
        min(started_at), min(started_at)
      FROM runs GROUP BY job, definition;
    """
}
