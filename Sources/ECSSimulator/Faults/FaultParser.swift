public import JobModel

/// Why a fault rule could not be read, and which.
public struct FaultParseError: Error, Equatable, Sendable, CustomStringConvertible {
  /// From 0, in `rules`.
  public var rule: Int
  public var message: String

  public var description: String { "rules[\(rule)]: \(message)" }
}

extension FaultRule {
  /// The keys that a rule may have: those of every rule, and those of its effect.
  private static let commonKeys: Set = [
    "operation", "cluster", "family", "startedBy", "skip", "times", "probability", "seed", "effect",
  ]

  /// Reads `{"rules": [{"operation": "RunTask", "effect": "throttle", "times": 2}, …]}`.
  ///
  /// `times` is 1 unless given, `null` for always. The effects and their further keys:
  /// `throttle`; `error` (status, code, message, afterWork); `drop` (afterWork); `delay` (seconds,
  /// beforeWork); `truncate`; `garbage`; `html`; `failure` (reason, detail, startsAnyway); `missing`
  /// (seconds); `slow` (state, seconds); `hang` (state); `stop` (kind, seconds); `noExitCode`.
  public static func parse(_ json: JSONValue) throws(FaultParseError) -> [FaultRule] {
    guard let rules = json["rules"]?.arrayValue else {
      throw FaultParseError(rule: 0, message: "the body must be {\"rules\": […]}")
    }
    var result: [FaultRule] = []
    for (index, rule) in rules.enumerated() {
      do throws(Mistake) {
        guard let rule = rule.objectValue else { throw Mistake("must be an object") }
        result.append(try FaultRule(RuleReader(members: rule)))
      } catch {
        throw FaultParseError(rule: index, message: error.message)
      }
    }
    return result
  }

  private init(_ reader: RuleReader) throws(Mistake) {
    let name = try reader.text("effect") ?? ""
    let (effect, keys) = try FaultEffect.parse(name, reader)
    if let stranger = reader.members.keys.first(where: { !Self.commonKeys.contains($0) && !keys.contains($0) }) {
      throw Mistake("unknown key '\(stranger)' for effect '\(name)'")
    }
    self.init(
      operation: try reader.text("operation") ?? (keys.isDisjoint(with: ["_task"]) ? "*" : "RunTask"),
      cluster: try reader.text("cluster"), family: try reader.text("family"),
      startedBy: try reader.text("startedBy"), skip: try reader.whole("skip") ?? 0,
      times: reader.members["times"]?.isNull == true ? nil : try reader.whole("times") ?? 1,
      probability: try reader.number("probability") ?? 1, seed: UInt64(try reader.whole("seed") ?? 1),
      effect: effect)
    guard (0...1).contains(probability) else { throw Mistake("'probability' must be from 0 to 1") }
  }
}

private struct Mistake: Error {
  var message: String
  init(_ message: String) { self.message = message }
}

private struct RuleReader {
  var members: JSONObject

  func text(_ key: String) throws(Mistake) -> String? { try read(key, "a string", \.stringValue) }
  func flag(_ key: String) throws(Mistake) -> Bool { try read(key, "true or false", \.boolValue) ?? false }
  func number(_ key: String) throws(Mistake) -> Double? { try read(key, "a number", \.numberValue) }

  func whole(_ key: String) throws(Mistake) -> Int? {
    let value = try read(key, "a whole number", \.integerValue)
    guard let value else { return nil }
    guard value >= 0 else { throw Mistake("'\(key)' must not be negative") }
    return Int(value)
  }

  func seconds(default fallback: Double? = nil) throws(Mistake) -> Duration {
    guard let seconds = try number("seconds") ?? fallback else { throw Mistake("'seconds' is missing") }
    guard (0...1e9).contains(seconds) else { throw Mistake("'seconds' must be from 0 to 1e9") }
    return .milliseconds(Int64(seconds * 1_000))
  }

  func state(default fallback: TaskState) throws(Mistake) -> TaskState {
    guard let text = try text("state") else { return fallback }
    guard let state = TaskState(rawValue: text) else {
      throw Mistake("'state' must be one of \(TaskState.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return state
  }

  private func read<Value>(
    _ key: String, _ kind: String, _ read: (JSONValue) -> Value?
  ) throws(Mistake) -> Value? {
    guard let value = members[key], !value.isNull else { return nil }
    guard let result = read(value) else { throw Mistake("'\(key)' must be \(kind)") }
    return result
  }
}

extension FaultEffect {
  /// The effect and the keys that it reads; `_task` marks those that strike RunTask alone.
  fileprivate static func parse(
    _ name: String, _ reader: RuleReader
  ) throws(Mistake) -> (FaultEffect, Set<String>) {
    switch name {
    case "throttle": return (.throttle, [])
    case "truncate": return (.truncate, [])
    case "garbage": return (.garbage, [])
    case "html": return (.html, [])
    case "drop": return (.drop(afterWork: try reader.flag("afterWork")), ["afterWork"])
    case "delay":
      return (
        .delay(try reader.seconds(), beforeWork: try reader.flag("beforeWork")), ["seconds", "beforeWork"]
      )
    case "error":
      let status = try reader.whole("status") ?? 500
      guard (400...599).contains(status) else { throw Mistake("'status' must be from 400 to 599") }
      let effect = FaultEffect.error(
        status: status, code: try reader.text("code") ?? (status < 500 ? "ClientException" : "ServerException"),
        message: try reader.text("message") ?? "Service Unavailable. Please try again later.",
        afterWork: try reader.flag("afterWork"))
      return (effect, ["status", "code", "message", "afterWork"])
    default:
      let (effect, keys) = try TaskEffect.parse(name, reader)
      return (.task(effect), keys.union(["_task"]))
    }
  }
}

extension TaskEffect {
  fileprivate static func parse(
    _ name: String, _ reader: RuleReader
  ) throws(Mistake) -> (TaskEffect, Set<String>) {
    switch name {
    case "failure":
      let effect = TaskEffect.failure(
        reason: try reader.text("reason") ?? "RESOURCE:MEMORY", detail: try reader.text("detail"),
        startsAnyway: try reader.flag("startsAnyway"))
      return (effect, ["reason", "detail", "startsAnyway"])
    case "missing": return (.missing(try reader.seconds()), ["seconds"])
    case "slow":
      return (.slow(try reader.state(default: .pending), try reader.seconds()), ["state", "seconds"])
    case "hang": return (.hang(try reader.state(default: .pending)), ["state"])
    case "noExitCode": return (.noExitCode, [])
    case "stop":
      let kinds = StopFault.allCases.map(\.rawValue).joined(separator: ", ")
      guard let kind = StopFault(rawValue: try reader.text("kind") ?? "") else {
        throw Mistake("'kind' must be one of \(kinds)")
      }
      return (.stop(kind, after: try reader.seconds(default: 0)), ["kind", "seconds"])
    default:
      throw Mistake(
        "'effect' must be one of throttle, error, drop, delay, truncate, garbage, html, failure, missing, slow, "
          + "hang, stop, noExitCode")
    }
  }
}
