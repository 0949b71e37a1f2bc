internal import JobModel

/// How a simulated container behaves: words in the environment variable `JOBD_SIMULATE` or the docker
/// label `jobd.simulate`, such as `after=2s exit=3`.
///
/// * `after=<length>`: how long it runs; `after=never`: until it is stopped. 0 by default.
/// * `exit=<code>`: its exit code, 0 by default; `exit=none`: it has none.
/// * `term=<code>`: its exit code after SIGTERM, 143 by default; `term=ignore`: only SIGKILL ends it.
/// * `reason=<text>`: the container's reason; the rest of the words.
struct ContainerBehaviour: Equatable, Sendable {
  static let variable = "JOBD_SIMULATE"
  static let label = "jobd.simulate"

  enum Termination: Equatable, Sendable {
    case exits(Int)
    case ignored
  }

  /// Nil for one that runs until it is stopped.
  var after: Duration? = .zero
  var exitCode: Int? = 0
  var termination = Termination.exits(143)
  var reason: String?

  init() {}

  struct Mistake: Error, Equatable {
    var message: String
  }

  init(_ text: String) throws(Mistake) {
    var words = text.split(separator: " ")[...]
    while let word = words.popFirst() {
      guard let sign = word.firstIndex(of: "=") else {
        throw Mistake(message: "'\(word)' is not of the form name=value")
      }
      let value = word[word.index(after: sign)...]
      switch word[..<sign] {
      case "after": after = value == "never" ? nil : try Self.length(value)
      case "exit": exitCode = value == "none" ? nil : try Self.code(value)
      case "term": termination = value == "ignore" ? .ignored : .exits(try Self.code(value))
      case "reason":
        reason = ([value] + words).joined(separator: " ")
        return
      default: throw Mistake(message: "'\(word[..<sign])' is none of after, exit, term, reason")
      }
    }
  }

  private static func code(_ text: Substring) throws(Mistake) -> Int {
    guard let code = Int(text), (0...255).contains(code) else {
      throw Mistake(message: "'\(text)' is no exit code from 0 to 255")
    }
    return code
  }

  /// `250ms`, `2s`, `1.5s`, `10m`, `1h`.
  static func length(_ text: Substring) throws(Mistake) -> Duration {
    let number = text.prefix { $0.isNumber || $0 == "." }
    let units = ["ms": 1.0, "s": 1_000, "m": 60_000, "h": 3_600_000]
    guard let value = Double(number), value.isFinite, let unit = units[String(text.dropFirst(number.count))],
      value * unit < 1e13
    else { throw Mistake(message: "'\(text)' is no length such as 250ms, 2s, 10m or 1h") }
    return .milliseconds(Int64(value * unit))
  }
}
