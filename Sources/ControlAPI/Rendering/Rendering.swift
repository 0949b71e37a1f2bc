internal import JobModel

/// What an operator looks at every morning: pure text out of an answer.
public struct Rendering: Sendable {
  public var style: TerminalStyle
  public var times: TimeText

  public init(style: TerminalStyle, times: TimeText = .system) {
    self.style = style
    self.times = times
  }

  /// `--json`: the answer as it travels, indented. Ends with a line break.
  public static func json(_ answer: some Encodable) -> String {
    ((try? WireEncoder.json(answer)) ?? .null).prettyText + "\n"
  }
}
