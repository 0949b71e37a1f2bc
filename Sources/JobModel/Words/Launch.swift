/// Names a launch: the run, and its number within the run, from 1.
public struct LaunchID: Hashable, Codable, Sendable, CustomStringConvertible {
  public var run: RunID
  public var number: Int

  public init(run: RunID, number: Int) {
    self.run = run
    self.number = number
  }

  public var description: String { "\(run)/\(number)" }
}

/// How far a launch has come.
public enum LaunchState: String, Codable, Sendable, CaseIterable {
  /// Committed; whether AWS has heard of it is not known.
  case intended = "INTENDED"
  /// AWS took it; the task's ARN is committed.
  case submitted = "SUBMITTED"
  case succeeded = "SUCCEEDED"
  case failed = "FAILED"
  /// jobd gave it up (timeout, stop, a lost sibling) and asked for the task to be stopped.
  case stopped = "STOPPED"
}

/// One attempt to perform one Task state, as it is stored: what was to be sent is committed before it
/// is sent, what came back before anything follows from it (ARCHITECTURE.md: exactly-once launch).
public struct Launch: Equatable, Codable, Sendable {
  public var id: LaunchID
  /// The interpreter's own number of the Task attempt that this launch performs.
  public var task: Int
  /// The key of the interpreter's scope in which the Task state stands: `root`, or of a branch or an iteration
  /// `root/3`.
  public var scope: String
  /// What somebody has to bring back for the task to be over; nil for a task that is over by itself. A secret.
  public var token: String?
  /// The Task state's name.
  public var state: String
  /// The Task state's `Resource`.
  public var resource: String
  /// The request as it is sent, token included.
  public var request: JSONValue
  /// RunTask's idempotency token; nil for resources without one.
  public var clientToken: String?
  public var startedBy: String?
  public var cluster: String?
  public var status: LaunchState
  public var intendedAt: Instant
  public var endedAt: Instant?
  public var taskARN: String?
  /// What the resource answered when it took the request (RunTask's envelope), as the state's
  /// TaskSubmitted event shows it.
  public var submission: JSONValue?
  /// The stopped task's whole JSON, or the resource's answer.
  public var result: JSONValue?
  public var diagnosis: Diagnosis?
  /// What its task is judged by.
  public var policy: TaskPolicy

  public init(
    id: LaunchID, task: Int, scope: String = "root", token: String? = nil, state: String, resource: String,
    request: JSONValue, clientToken: String? = nil, startedBy: String? = nil, cluster: String? = nil,
    status: LaunchState = .intended, intendedAt: Instant,
    endedAt: Instant? = nil, taskARN: String? = nil, submission: JSONValue? = nil, result: JSONValue? = nil,
    diagnosis: Diagnosis? = nil, policy: TaskPolicy = .none
  ) {
    self.id = id
    self.task = task
    self.scope = scope
    self.token = token
    self.state = state
    self.resource = resource
    self.request = request
    self.clientToken = clientToken
    self.startedBy = startedBy
    self.cluster = cluster
    self.status = status
    self.intendedAt = intendedAt
    self.endedAt = endedAt
    self.taskARN = taskARN
    self.submission = submission
    self.result = result
    self.diagnosis = diagnosis
    self.policy = policy
  }
}

/// Why a task ended as it did, in one sentence, with a class that rules and dashboards can use.
public struct Diagnosis: Hashable, Codable, Sendable {
  public enum Class: String, Codable, Sendable, CaseIterable {
    case exitCode = "EXIT_CODE"
    case failedToStart = "FAILED_TO_START"
    case outOfMemory = "OUT_OF_MEMORY"
    case image = "IMAGE"
    case secrets = "SECRETS"
    case capacity = "CAPACITY"
    case spot = "SPOT"
    case architectureMismatch = "ARCHITECTURE_MISMATCH"
    /// ECS or a person stopped it: maintenance, StopTask, a lost host.
    case stopped = "STOPPED"
    /// AWS refused the request: permissions, parameters, a missing cluster.
    case refused = "REFUSED"
    /// It did not run within its start timeout.
    case startTimeout = "START_TIMEOUT"
    /// It said by its exit code that there was nothing to do.
    case skipped = "SKIPPED"
    case unknown = "UNKNOWN"
  }

  public var `class`: Class
  /// What happened, and where one sentence allows it, what to do about it.
  public var sentence: String
  /// Exit codes by container, for those that have one. Absent never means 0.
  public var exitCodes: [String: Int]
  /// The last lines that the failed container wrote; empty where there are none, or none could be read.
  public var log: [String]

  public init(class: Class, sentence: String, exitCodes: [String: Int] = [:], log: [String] = []) {
    self.class = `class`
    self.sentence = sentence
    self.exitCodes = exitCodes
    self.log = log
  }
}

extension Diagnosis {
  /// The last of the lines, those that fit: the end is where a program says why it gave up. A last line that
  /// alone is too long is cut.
  public static func lastLines(of lines: [String], count: Int, bytes: Int) -> [String] {
    var room = bytes
    var kept: [String] = []
    for line in lines.suffix(count).reversed() {
      if kept.isEmpty, line.utf8.count > room { return [clipped(line, toBytes: room)] }
      room -= line.utf8.count
      guard room >= 0 else { break }
      kept.append(line)
    }
    return kept.reversed()
  }
}

/// `log` is written where there are lines, and need not be there.
extension Diagnosis {
  private enum CodingKeys: String, CodingKey {
    case `class`, sentence, exitCodes, log
  }

  public init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      class: try members.decode(Class.self, forKey: .class),
      sentence: try members.decode(String.self, forKey: .sentence),
      exitCodes: try members.decode([String: Int].self, forKey: .exitCodes),
      log: try members.decodeIfPresent([String].self, forKey: .log) ?? [])
  }

  public func encode(to encoder: any Encoder) throws {
    var members = encoder.container(keyedBy: CodingKeys.self)
    try members.encode(`class`, forKey: .class)
    try members.encode(sentence, forKey: .sentence)
    try members.encode(exitCodes, forKey: .exitCodes)
    if !log.isEmpty { try members.encode(log, forKey: .log) }
  }
}
