public import JobModel

/// What a reload changed, job by job.
public struct CatalogChange: Equatable, Sendable {
  public var added: [JobName]
  /// With what is otherwise, in the job file's words.
  public var changed: [(job: JobName, parts: [String])]
  public var removed: [JobName]
  public var unchanged: [JobName]

  init(from old: [JobName: Job], to new: [JobName: Job]) {
    added = new.keys.filter { old[$0] == nil }.sorted()
    removed = old.keys.filter { new[$0] == nil }.sorted()
    var changed: [(job: JobName, parts: [String])] = []
    var unchanged: [JobName] = []
    for (name, job) in new {
      guard let former = old[name] else { continue }
      let parts = job.parts(changedSince: former)
      if parts.isEmpty { unchanged.append(name) } else { changed.append((name, parts)) }
    }
    self.changed = changed.sorted { $0.job < $1.job }
    self.unchanged = unchanged.sorted()
  }

  public static func == (left: CatalogChange, right: CatalogChange) -> Bool {
    (left.added, left.removed, left.unchanged) == (right.added, right.removed, right.unchanged)
      && left.changed.elementsEqual(right.changed) { $0.job == $1.job && $0.parts == $1.parts }
  }
}

extension Job {
  /// The parts in which it differs from an earlier one of its name, by their keys in the job file.
  func parts(changedSince former: Job) -> [String] {
    var parts: [String] = []
    func compare(_ part: String, _ isSame: Bool) { if !isSame { parts.append(part) } }
    compare("description", description == former.description)
    compare("schedule", schedules == former.schedules)
    compare("timezone", timezone == former.timezone)
    compare(isTask && former.isTask ? "task" : "stateMachine", definition == former.definition)
    compare("input", input == former.input)
    compare("oncePer", oncePer == former.oncePer)
    compare("overlap", overlap == former.overlap)
    compare("catchUp", catchUp == former.catchUp)
    compare("calendar", calendar == former.calendar)
    compare("flexibleWindow", flexibleWindow == former.flexibleWindow)
    compare("date", dateFormat == former.dateFormat)
    compare("pool", pool == former.pool)
    compare("after", after == former.after)
    compare("lateAfter", lateAfter == former.lateAfter)
    compare("tooLongAfter", tooLongAfter == former.tooLongAfter)
    compare("startTimeout", taskPolicy.startTimeoutSeconds == former.taskPolicy.startTimeoutSeconds)
    compare("successExitCodes", taskPolicy.successExitCodes == former.taskPolicy.successExitCodes)
    compare("skipExitCodes", taskPolicy.skipExitCodes == former.taskPolicy.skipExitCodes)
    compare("limits", limits == former.limits)
    compare("retry", taskPolicy.stoppedReasons == former.taskPolicy.stoppedReasons)
    compare("notifications", subscriptions == former.subscriptions)
    // A part that has no name here is still a change.
    return parts.isEmpty && self != former ? ["policies"] : parts
  }

  /// A `task:` is lowered to a machine of one state, named after the job.
  private var isTask: Bool { machine["StartAt"] == .string(name.description) }
}
