internal import AWSClient
internal import JobModel

/// Finds the tasks of a launch among a cluster's running and stopped tasks. A cluster that does not exist has none.
struct TaskFinder: Sendable {
  var caller: any AWSCaller

  /// The code of a list that has no end, which is no better the next time.
  static let tooMany = "TooManyTasks"

  /// The tasks whose `startedBy` is exactly this one, as DescribeTasks shows them. The search ends with the call
  /// that has found `count` of them: where calls fail, every further one in a row makes it less likely to end.
  ///
  /// `startedBy` must be ListTasks' only filter beside the cluster (ECS API, ListTasks), and then only
  /// tasks that are to run are listed. Stopped ones are listed by family and filtered here.
  func tasks(
    startedBy: String, cluster: String, taskDefinition: String?, count: Int
  ) async throws(AWSError) -> [JSONValue] {
    let own = try await list(["cluster": .string(cluster), "startedBy": .string(startedBy)])
    var found = try await describe(own, cluster: cluster).filter { $0["startedBy"]?.stringValue == startedBy }
    guard found.count < count else { return found }
    var input: JSONObject = ["cluster": .string(cluster), "desiredStatus": "STOPPED"]
    input["family"] = taskDefinition.flatMap(TaskFinder.family).map { .string($0) }
    let known = Set(found.compactMap(taskARN))
    let stopped = try await list(input).filter { !known.contains($0) }
    found += try await describe(stopped, cluster: cluster).filter { $0["startedBy"]?.stringValue == startedBy }
    return found
  }

  /// The tasks of these ARNs that ECS knows; in batches.
  func describe(_ arns: [String], cluster: String) async throws(AWSError) -> [JSONValue] {
    var tasks: [JSONValue] = []
    var rest = arns[...]
    while !rest.isEmpty {
      let batch = rest.prefix(Limits.describeTasksBatch)
      rest = rest.dropFirst(batch.count)
      let described = try await elements(
        "tasks", of: "DescribeTasks", ["cluster": .string(cluster), "tasks": .array(batch.map { .string($0) })])
      tasks += described.list.filter { taskARN($0) != nil }
    }
    return tasks
  }

  private func list(_ input: JSONObject) async throws(AWSError) -> [String] {
    var arns: [String] = []
    var input = input
    for _ in 0..<ECSLimits.listPages {
      let page = try await elements("taskArns", of: "ListTasks", .object(input))
      arns += page.list.compactMap(\.stringValue)
      guard let next = page.next else { return arns }
      input["nextToken"] = .string(next)
    }
    throw AWSError(
      kind: .refused, code: Self.tooMany,
      message: "ListTasks did not end after \(ECSLimits.listPages) pages")
  }

  /// One page of the list that an answer brings.
  private func elements(
    _ member: String, of operation: String, _ input: JSONValue
  ) async throws(AWSError) -> (list: [JSONValue], next: String?) {
    let answer: JSONValue
    do throws(AWSError) {
      answer = try await caller.call(.ecs, operation, input)
    } catch {
      if error.code == "ClusterNotFoundException" { return ([], nil) }
      throw error
    }
    guard let list = answer[member]?.arrayValue else {
      throw AWSError(
        kind: .ambiguous, code: "MalformedResponse", message: "\(operation) answered without a list `\(member)`")
    }
    let next = answer["nextToken"]?.stringValue ?? ""
    return (list, next.isEmpty ? nil : next)
  }

  /// `nightly` of `nightly`, `nightly:42` and `arn:aws:ecs:…:task-definition/nightly:42`.
  static func family(_ taskDefinition: String) -> String? {
    let name = taskDefinition.split(separator: "/").last ?? ""
    let family = name.prefix { $0 != ":" }
    return family.isEmpty || taskDefinition.hasPrefix("arn:") && !taskDefinition.contains("/") ? nil : String(family)
  }
}
