internal import JobModel

/// What a `.waitForTaskToken` task hands out, and somebody has to bring back: it names the execution and the attempt,
/// and holds 128 random bits, so that nobody answers for a task whose token they were not given. All tokens begin
/// with the same letters, by which they are found and hidden where texts are shown.
public struct TaskToken: Equatable, Sendable {
  /// The execution's id, as its context object has it.
  public let execution: String
  /// The interpreter's number of the attempt.
  public let task: Int
  /// As it is handed out: letters, digits, `-` and `_`.
  public let text: String

  init(execution: String, task: Int, using generator: inout any RandomNumberGenerator) {
    self.execution = execution
    self.task = task
    let secret = [generator.next(), generator.next()].map { String($0, radix: 36) }.joined()
    let plain = Encoding.base64(Array("\(execution)\n\(task)\n\(secret)".utf8))
    text =
      TaskTokenForm.prefix + plain.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  /// Reads a token; nil for a text that is none. That it is genuine is for the execution to say.
  public init?(_ text: String) {
    guard text.utf8.count <= LanguageLimits.tokenLength, text.hasPrefix(TaskTokenForm.prefix) else { return nil }
    let digits = text.dropFirst(TaskTokenForm.prefix.count).replacing("-", with: "+").replacing("_", with: "/")
    guard let bytes = Encoding.bytes(base64: String(digits)),
      let plain = String(validating: bytes, as: UTF8.self)
    else { return nil }
    let parts = plain.split(separator: "\n", omittingEmptySubsequences: false)
    guard parts.count == 3, !parts[2].isEmpty, let task = Int(parts[1]) else { return nil }
    execution = String(parts[0])
    self.task = task
    self.text = text
  }

  /// Whether it is this very token. Takes the same time wherever the two differ, so that nobody finds a secret byte
  /// by byte.
  public func isSame(as other: String) -> Bool {
    let (own, others) = (Array(text.utf8), Array(other.utf8))
    guard own.count == others.count else { return false }
    return zip(own, others).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
