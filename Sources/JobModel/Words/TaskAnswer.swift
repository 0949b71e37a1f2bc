/// What somebody outside says of a task that waits for its token (Step Functions API: SendTaskSuccess,
/// SendTaskFailure, SendTaskHeartbeat). It is stored until the run's owner has taken it.
public struct TaskAnswer: Equatable, Sendable {
  public enum Content: Equatable, Sendable {
    /// It is done; the output is the Task state's result.
    case succeeded(output: JSONValue)
    case failed(error: String?, cause: String?)
    /// It still works: HeartbeatSeconds count anew.
    case heartbeat
  }

  public var launch: LaunchID
  public var content: Content
  public var answeredAt: Instant

  public init(launch: LaunchID, content: Content, answeredAt: Instant) {
    self.launch = launch
    self.content = content
    self.answeredAt = answeredAt
  }

  /// Whether it ends the attempt.
  public var isFinal: Bool { content != .heartbeat }
}

/// How a task token is told from other texts, so that it can be left out wherever texts are shown.
public enum TaskTokenForm {
  /// What every token begins with.
  public static let prefix = "jobd-task-"
  /// In the place of a token that is not shown.
  public static let hidden = prefix + "…"
}

extension String {
  /// The same text without the task tokens in it: whoever has one can answer for the task.
  public var withoutTaskTokens: String {
    guard contains(TaskTokenForm.prefix) else { return self }
    var parts = split(separator: TaskTokenForm.prefix, omittingEmptySubsequences: false).map(String.init)[...]
    var result = parts.removeFirst()
    for part in parts { result += TaskTokenForm.hidden + part.drop(while: \.isOfTaskToken) }
    return result
  }
}

extension Character {
  fileprivate var isOfTaskToken: Bool {
    guard let byte = asciiValue else { return false }
    return switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}

extension Diagnosis {
  /// Of a task that was answered as failed.
  public static func answered(error: String?, cause: String?) -> Diagnosis {
    let what = [error, cause].compactMap { $0?.isEmpty == false ? $0 : nil }.joined(separator: ": ")
    let sentence = "the task was answered as failed" + (what.isEmpty ? "" : ": \(clipped(what, toBytes: 1_024))")
    return Diagnosis(class: .unknown, sentence: sentence.withoutTaskTokens)
  }
}
