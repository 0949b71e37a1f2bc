internal import Foundation
internal import JobModel

/// What a request asks for, read from its method and its target alone.
enum ControlRoute: Equatable, Sendable {
  case status
  case list(ListQuery)
  case job(JobName)
  case jobHistory(JobName, limit: Int)
  case run(RunID)
  /// The run as soon as its version is greater than `after`, at the latest after `wait`.
  case change(RunID, wait: Duration, after: Int)
  case runHistory(RunID, HistoryRange)
  case definition(JobName, version: Int?)
  case runDefinition(RunID)
  case runMachine(RunID)
  case startRun(JobName)
  case rerun(JobName)
  case pause(JobName)
  case resume(JobName)
  case stop(RunID)
  case backfills(JobName)
  case startBackfill(JobName)
  case cancelBackfill(JobName)
  case logs(RunID, LogsQuery)
  case answerTask(TaskAnswerRequest.Action)
  case makeBackup
  case backupPiece(String, offset: Int)
  case reload

  /// How long a request of this route may take.
  var longestTime: Duration {
    switch self {
    case .change(_, let wait, _): wait + ControlLimits.request
    // A large store takes a while to copy; AWS may answer late.
    case .makeBackup, .logs: ControlLimits.wait
    default: ControlLimits.request
    }
  }

  /// - Parameters:
  ///   - path: as it was sent, percent-encoded.
  ///   - query: without the question mark.
  static func match(method: String, path: String, query: String) throws(ControlProblem) -> ControlRoute {
    let segments = try self.segments(of: path)
    guard segments.first == "v1" else { throw unknown(path) }
    switch segments.dropFirst().map({ $0 }) {
    case ["status"]:
      try require("GET", method, path)
      try QueryItems(query, allowed: []).check()
      return .status
    case ["jobs"]:
      try require("GET", method, path)
      let items = try QueryItems(query, allowed: ["date", "days"])
      return .list(
        ListQuery(date: try items.date("date"), days: try items.integer("days", in: 1...ControlLimits.days) ?? 1))
    case ["backup"]:
      try require("POST", method, path)
      try QueryItems(query, allowed: []).check()
      return .makeBackup
    case let parts where parts.count == 2 && parts[0] == "tasks":
      guard let action = TaskAnswerRequest.Action(rawValue: parts[1]) else { throw unknown(path) }
      try require("POST", method, path)
      try QueryItems(query, allowed: []).check()
      return .answerTask(action)
    case let parts where parts.count == 2 && parts[0] == "backup":
      try require("GET", method, path)
      let items = try QueryItems(query, allowed: ["offset"])
      return .backupPiece(parts[1], offset: try items.integer("offset", in: 0...Int.max) ?? 0)
    case ["reload"]:
      try require("POST", method, path)
      try QueryItems(query, allowed: []).check()
      return .reload
    case let parts where parts.count >= 2 && parts[0] == "jobs":
      return try job(parts, method: method, path: path, query: query)
    case let parts where parts.count >= 2 && parts[0] == "runs":
      return try run(parts, method: method, path: path, query: query)
    default: throw unknown(path)
    }
  }

  private static func job(
    _ parts: [String], method: String, path: String, query: String
  ) throws(ControlProblem) -> ControlRoute {
    guard parts.count <= 3 else { throw unknown(path) }
    let action = parts.count == 3 ? parts[2] : ""
    guard
      ["", "history", "definition", "run", "rerun", "pause", "resume", "backfill", "cancel-backfill"].contains(action)
    else {
      throw unknown(path)
    }
    let isLook = ["", "history", "definition"].contains(action) || (action == "backfill" && method == "GET")
    if action == "backfill" {
      if method != "GET", method != "POST" { throw wrongMethod("GET, POST", method, path) }
    } else {
      try require(isLook ? "GET" : "POST", method, path)
    }
    guard let job = JobName(parts[1]) else {
      throw ControlProblem(.notFound("there is no job named \"\(shortened(parts[1]))\""))
    }
    let known = ["history": ["limit"], "definition": ["version"]]
    let items = try QueryItems(query, allowed: known[action] ?? [])
    switch action {
    case "history": return .jobHistory(job, limit: try items.integer("limit", in: 1...ControlLimits.slots) ?? 30)
    case "definition": return .definition(job, version: try items.integer("version", in: 1...Int.max))
    case "run": return .startRun(job)
    case "rerun": return .rerun(job)
    case "pause": return .pause(job)
    case "resume": return .resume(job)
    case "backfill": return isLook ? .backfills(job) : .startBackfill(job)
    case "cancel-backfill": return .cancelBackfill(job)
    default: return .job(job)
    }
  }

  private static func run(
    _ parts: [String], method: String, path: String, query: String
  ) throws(ControlProblem) -> ControlRoute {
    guard parts.count <= 3 else { throw unknown(path) }
    let action = parts.count == 3 ? parts[2] : ""
    guard ["", "history", "definition", "machine", "stop", "logs"].contains(action) else { throw unknown(path) }
    try require(action == "stop" ? "POST" : "GET", method, path)
    guard let run = RunID(parts[1]) else {
      throw ControlProblem(
        .notFound(
          "\"\(shortened(parts[1]))\" is not the id of a run",
          remedy: "A run's id looks like nightly-report.20261121T030000Z.0"))
    }
    switch action {
    case "stop":
      try QueryItems(query, allowed: []).check()
      return .stop(run)
    case "machine":
      try QueryItems(query, allowed: []).check()
      return .runMachine(run)
    case "logs":
      let items = try QueryItems(query, allowed: ["launch", "container", "after", "tail"])
      let logs = LogsQuery(
        launch: try items.integer("launch", in: 1...Int.max), container: items.text("container"),
        after: items.text("after"), tail: try items.integer("tail", in: 1...ControlLimits.logLines))
      if logs.after != nil, logs.tail != nil {
        throw ControlProblem(.invalid("after and tail both say where to begin: give one of them"))
      }
      return .logs(run, logs)
    case "history":
      return .runHistory(run, try range(try QueryItems(query, allowed: ["after", "limit", "tail", "before"])))
    case "definition":
      try QueryItems(query, allowed: []).check()
      return .runDefinition(run)
    default:
      let items = try QueryItems(query, allowed: ["wait", "after"])
      let longest = Int(ControlLimits.wait.components.seconds)
      let wait = try items.integer("wait", in: 0...longest)
      let after = try items.integer("after", in: 0...Int.max)
      if let wait, let after { return .change(run, wait: .seconds(wait), after: after) }
      if wait != nil || after != nil {
        throw ControlProblem(.invalid("the query needs both wait and after, or neither"))
      }
      return .run(run)
    }
  }

  private static func range(_ items: QueryItems) throws(ControlProblem) -> HistoryRange {
    let after = try items.integer("after", in: 0...Int.max)
    let limit = try items.integer("limit", in: 1...ControlLimits.events)
    let before = try items.integer("before", in: 1...Int.max)
    guard let tail = try items.integer("tail", in: 1...ControlLimits.events) else {
      if before != nil { throw ControlProblem(.invalid("before goes with tail: how many events before that one")) }
      return .after(after ?? 0, limit: limit ?? ControlLimits.events)
    }
    if after != nil || limit != nil {
      throw ControlProblem(.invalid("tail asks for the last events, after and limit for the first: give one of them"))
    }
    return .last(before: before, limit: tail)
  }

  private static func segments(of path: String) throws(ControlProblem) -> [String] {
    guard path.first == "/", path.utf8.count <= 1_024 else { throw unknown(path) }
    var segments: [String] = []
    for part in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
      guard let segment = String(part).removingPercentEncoding else {
        throw ControlProblem(.invalid("the path \(shortened(path)) is not percent-encoded UTF-8"))
      }
      segments.append(segment)
    }
    return segments
  }

  private static func require(_ wanted: String, _ method: String, _ path: String) throws(ControlProblem) {
    if method != wanted { throw wrongMethod(wanted, method, path) }
  }

  private static func wrongMethod(_ wanted: String, _ method: String, _ path: String) -> ControlProblem {
    ControlProblem(
      .invalid("\(shortened(path)) takes \(wanted), not \(shortened(method))"), httpStatus: 405, allow: wanted)
  }

  private static func unknown(_ path: String) -> ControlProblem {
    ControlProblem(
      .notFound("there is nothing at \(shortened(path))", remedy: "The routes are described in docs/control-api.md"))
  }
}

/// Text from outside, fit for a message.
func shortened(_ text: String) -> String {
  let clean = CleanText.line(text)
  return clean.count <= 100 ? clean : clean.prefix(100) + "…"
}

/// An error with what HTTP says beside it.
struct ControlProblem: Error, Equatable, Sendable {
  var error: ControlError
  var httpStatus: Int
  /// The value of the `Allow` field.
  var allow: String?

  init(_ error: ControlError, httpStatus: Int? = nil, allow: String? = nil) {
    self.error = error
    self.httpStatus = httpStatus ?? error.code.httpStatus
    self.allow = allow
  }
}

/// A query's items, each given once and each known: a misspelt one would otherwise be ignored.
private struct QueryItems {
  private var values: [String: String] = [:]

  init(_ query: String, allowed: [String]) throws(ControlProblem) {
    for item in query.split(separator: "&") {
      let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      guard allowed.contains(name) else {
        let known = allowed.isEmpty ? "takes no query" : "takes \(allowed.joined(separator: " and "))"
        throw ControlProblem(.invalid("there is no query item \"\(shortened(name))\" here: this route \(known)"))
      }
      guard values[name] == nil else { throw ControlProblem(.invalid("the query item \(name) is given twice")) }
      values[name] = parts.count == 2 ? (String(parts[1]).removingPercentEncoding ?? String(parts[1])) : ""
    }
  }

  /// For routes without items: reading them was the check.
  func check() {}

  func integer(_ name: String, in range: ClosedRange<Int>) throws(ControlProblem) -> Int? {
    guard let text = values[name] else { return nil }
    guard let value = Int(text), range.contains(value), text.utf8.first != UInt8(ascii: "+") else {
      let bounds =
        range.upperBound == Int.max ? "from \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
      throw ControlProblem(
        .invalid("the query item \(name) must be a whole number \(bounds), not \"\(shortened(text))\""))
    }
    return value
  }

  func text(_ name: String) -> String? { values[name].flatMap { $0.isEmpty ? nil : $0 } }

  func date(_ name: String) throws(ControlProblem) -> CivilDate? {
    guard let text = values[name] else { return nil }
    guard let date = CivilDate(text) else {
      throw ControlProblem(
        .invalid("the query item \(name) must be a date like 2026-11-21, not \"\(shortened(text))\""))
    }
    return date
  }
}
