public import JobModel

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

  /// `--json` of what comes piece by piece: an object a line.
  public static func jsonLine(_ answer: some Encodable) -> String {
    ((try? WireEncoder.json(answer)) ?? .null).text + "\n"
  }

  /// An instant on the clocks of a zone, with its date and offset.
  public func time(_ instant: Instant, _ zone: String) -> String { times.full(instant, zone) }
}
