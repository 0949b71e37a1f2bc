/// The third step: the runs that other runs have started, by the name under which that happened.
extension Schema {
  static let children = """
    CREATE TABLE children (
      job TEXT NOT NULL, name TEXT NOT NULL, scheduled_at INTEGER NOT NULL, parent_job TEXT NOT NULL,
      parent_scheduled_at INTEGER NOT NULL, parent_rerun INTEGER NOT NULL, parent_launch INTEGER NOT NULL,
      PRIMARY KEY (job, name)
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX children_of_slots ON children (job, scheduled_at);
    """
}
