internal import JobModel

/// DescribeTasks, ListTasks and StopTask.
extension SimulatedECS {
  mutating func describeTasks(_ input: JSONObject, at now: Instant) throws(ServiceError) -> JSONValue {
    let cluster = try cluster(of: input)
    let asked = try input.strings("tasks")
    guard !asked.isEmpty else { throw .invalidParameter("Tasks cannot be empty.") }
    guard asked.count <= Limits.describeTasksBatch else {
      throw .invalidParameter("Tasks cannot have more than \(Limits.describeTasksBatch) elements.")
    }
    let includingTags = try input.strings("include").contains("TAGS")
    var found: [JSONValue] = []
    var failures: [JSONValue] = []
    for text in asked {
      let id = try taskID(text, cluster: cluster)
      if let task = tasks[id], task.cluster == cluster, !task.isHidden(at: now) {
        found.append(task.json(arns, includingTags: includingTags))
      } else {
        failures.append(["arn": .string(arns.task(id, cluster: cluster)), "reason": "MISSING"])
      }
    }
    return ["tasks": .array(found), "failures": .array(failures)]
  }

  mutating func listTasks(_ input: JSONObject, at now: Instant) throws(ServiceError) -> JSONValue {
    let cluster = try cluster(of: input)
    let family = try input.string("family")
    let startedBy = try input.string("startedBy")
    let launchType = try input.string("launchType")
    let (service, instance) = (try input.string("serviceName"), try input.string("containerInstance"))
    let isForeign = service != nil || instance != nil
    let desired = try input.string("desiredStatus") ?? "RUNNING"
    guard ["RUNNING", "PENDING", "STOPPED"].contains(desired) else {
      throw .invalidParameter("Invalid desiredStatus: \(desired.prefix(64))")
    }
    let size = try Page.size(input)
    let last = try Page.token(input) ?? 0
    let start = taskOrder.partitioningIndex { $0.sequence > last }
    var found: [(sequence: Int, id: String)] = []
    for entry in taskOrder[start...] {
      guard let task = tasks[entry.id], task.cluster == cluster, !task.isHidden(at: now),
        task.isDesiredToRun == (desired != "STOPPED"), desired != "PENDING",
        family == nil || family == task.definition.family, startedBy == nil || startedBy == task.startedBy,
        launchType == nil || launchType == task.launchType, !isForeign
      else { continue }
      if found.count == size {
        return [
          "taskArns": .array(found.map { .string(arns.task($0.id, cluster: cluster)) }),
          "nextToken": .string(String(found.last?.sequence ?? 0)),
        ]
      }
      found.append(entry)
    }
    return ["taskArns": .array(found.map { .string(arns.task($0.id, cluster: cluster)) })]
  }

  /// A task that has already been asked to stop is answered as it is.
  mutating func stopTask(_ input: JSONObject, at now: Instant) throws(ServiceError) -> JSONValue {
    let cluster = try cluster(of: input)
    let id = try taskID(try input.string("task") ?? "", cluster: cluster)
    let reason = try input.string("reason") ?? "Task stopped by user"
    guard var task = tasks[id], task.cluster == cluster, !task.isHidden(at: now) else { throw .taskNotFound }
    if task.isDesiredToRun {
      beginStopping(&task, StopCause(code: "UserInitiated", reason: reason), at: now)
      tasks[id] = task
      schedule(task)
    }
    return ["task": task.json(arns, includingTags: true)]
  }

  /// A task's id or ARN; an ARN of another cluster is an error of its own.
  private func taskID(_ text: String, cluster: String) throws(ServiceError) -> String {
    guard text.hasPrefix("arn:") else {
      guard !text.isEmpty, !text.contains("/"), text.utf8.count <= 255 else {
        throw .invalidParameter("Invalid identifier: Identifier is for neither a task nor an ARN")
      }
      return text
    }
    let parts = ResourceNames.resource(text, kind: "task").split(separator: "/")
    switch parts.count {
    case 1: return String(parts[0])
    case 2:
      guard parts[0] == cluster else {
        throw .invalidParameter("Invalid identifier: Identifier is for cluster \(parts[0]). Your cluster is \(cluster)")
      }
      return String(parts[1])
    default: throw .invalidParameter("Invalid identifier: Unexpected number of separators")
    }
  }
}

extension Array {
  /// The first index whose element satisfies a condition that all elements after it satisfy too.
  func partitioningIndex(where isInSecond: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if isInSecond(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
