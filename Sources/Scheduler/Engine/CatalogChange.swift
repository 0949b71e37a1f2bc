public import JobModel

/// What a reload changed, job by job.
public struct CatalogChange: Equatable, Sendable {
  public var added: [JobName]
  public var changed: [JobName]
  public var removed: [JobName]
  public var unchanged: [JobName]

  init(from old: [JobName: Job], to new: [JobName: Job]) {
    added = new.keys.filter { old[$0] == nil }.sorted()
    removed = old.keys.filter { new[$0] == nil }.sorted()
    changed = new.keys.filter { old[$0] != nil && old[$0] != new[$0] }.sorted()
    unchanged = new.keys.filter { old[$0] == new[$0] }.sorted()
  }
}
