internal import JobModel

/// The pools of a file. A pool's limit may be said under `pools` or by a job, and is the same wherever it is said.
struct PoolLimits {
  private struct Limit {
    var runs: Int
    var path: String
    var line: Int
    /// Of an entry of `pools`.
    var node: YAMLNode?
  }

  /// A job's place, whose limit may be said elsewhere.
  struct Claim {
    var name: String
    var priority: Int
    var node: YAMLNode
  }

  private var limits: [String: Limit] = [:]
  /// In the order in which they are met.
  private var names: [String] = []
  private var claimed: Set<String> = []

  // MARK: What stands under `pools`

  mutating func read(_ node: YAMLNode?, _ reader: inout ShapeReader) {
    guard let node, !node.isNull else { return }
    guard let members = node.members else {
      reader.diagnostics.error(
        "`pools` must be a mapping of names to limits, such as `{database: 2}`; found \(node.described())", at: node)
      return
    }
    let shape = Shape.short(.whole(PolicyShape.poolLimit, example: "2"), FileShape.pool)
    for member in members {
      if let problem = JobFileForm.plainName.problem(member.key) {
        reader.diagnostics.error("the pool's name \(problem.message)", at: member.keyPlace, path: member.value.path)
      }
      let value = reader.read(member.value, as: shape, named: member.key)
      names.append(member.key)
      // The limit of one with a mistake is not missing.
      limits[member.key] = Limit(
        runs: (value?.integerValue ?? value?["limit"]?.integerValue).flatMap { Int(exactly: $0) } ?? 0,
        path: member.value.path, line: member.keyPlace.line, node: member.value)
    }
  }

  // MARK: What jobs say

  /// - Parameter node: `pool`, over its default.
  mutating func claim(
    _ node: YAMLNode, _ value: JSONValue, isOwn: Bool, _ diagnostics: inout DiagnosticCollector
  ) -> Claim? {
    if value == "none" { return nil }
    guard let name = value.stringValue ?? value["name"]?.stringValue else {
      // Of the defaults it may be a part alone.
      if isOwn, node.members != nil, node["name"] == nil {
        diagnostics.error("`pool` needs `name`, such as `{name: database, limit: 2}`", atKeyOf: node)
      }
      return nil
    }
    claimed.insert(name)
    if let runs = value["limit"]?.integerValue.flatMap({ Int(exactly: $0) }), let limitNode = node["limit"] {
      add(Limit(runs: runs, path: limitNode.path, line: limitNode.place.line), to: name, limitNode, &diagnostics)
    }
    return Claim(name: name, priority: value["priority"]?.integerValue.flatMap { Int(exactly: $0) } ?? 0, node: node)
  }

  private mutating func add(
    _ limit: Limit, to name: String, _ node: YAMLNode, _ diagnostics: inout DiagnosticCollector
  ) {
    guard let known = limits[name] else {
      names.append(name)
      limits[name] = limit
      return
    }
    guard known.runs != limit.runs, known.runs > 0 else { return }
    diagnostics.error(
      "the pool `\(name)` has the limit \(known.runs) in `\(known.path)` (line \(known.line)), and here \(limit.runs); say "
        + "it once, under `pools`", atKeyOf: node)
  }

  // MARK: Once all jobs are read

  func place(_ claim: Claim, _ diagnostics: inout DiagnosticCollector) -> PoolPlace? {
    if let limit = limits[claim.name] {
      return PoolPlace(name: claim.name, limit: limit.runs, priority: claim.priority)
    }
    let ending = Suggestion.nearest(to: claim.name, among: names).map { "; did you mean `\($0)`?" } ?? ""
    diagnostics.error(
      "nothing says the limit of the pool `\(claim.name)`: write `pools: {\(claim.name): 2}` at the top of the file"
        + ending, at: claim.node["name"] ?? claim.node)
    return nil
  }

  func reportUnused(_ diagnostics: inout DiagnosticCollector) {
    for name in names where !claimed.contains(name) {
      guard let node = limits[name]?.node else { continue }
      diagnostics.warning("no job's `pool` names `\(name)`", atKeyOf: node)
    }
  }
}
