public import JobModel

/// `jobd ctl history RUN`: a history as lines for people, event by event, however many there are.
///
/// Each line has the event's id, its time on the job's clocks, and, indented, the branch or iteration to which it
/// belongs; what was called and what came back is shortened to the terminal's width.
public struct HistoryText: Sendable {
  private let rendering: Rendering
  private let timezone: String
  private let isFull: Bool
  private let onlyFailures: Bool
  private var outline = HistoryOutline()
  private var day = ""

  /// Columns of data where the width is not known, as in a pipe.
  private static let dataWidth = 2_000
  /// Columns of one branch's name.
  private static let labelWidth = 24
  /// Lines of a cause.
  private static let causeLines = 4

  /// - Parameters:
  ///   - isFull: every event, and all of what it says.
  ///   - onlyFailures: what failed, timed out or was stopped, and nothing else.
  public init(_ rendering: Rendering, timezone: String, isFull: Bool = false, onlyFailures: Bool = false) {
    self.rendering = rendering
    self.timezone = timezone
    self.isFull = isFull
    self.onlyFailures = onlyFailures
  }

  /// Whether an event tells of a failure, a timeout or a stop.
  public static func isFailure(_ event: HistoryEvent) -> Bool {
    HistoryWords(event, HistoryOutline.Place(), isFull: true).isFailure
  }

  /// The lines of the next event, without their line breaks; none for one that says no more than those around it.
  public mutating func lines(_ event: HistoryEvent) -> [String] {
    let place = outline.place(of: event)
    var words = HistoryWords(event, place, isFull: isFull)
    if onlyFailures ? !words.isFailure : words.isMinor && !isFull { return [] }
    // Without the lines around it nothing else names the state.
    if onlyFailures, let state = place.state, !words.head.hasPrefix(state), !event.type.hasPrefix("Execution") {
      words.head = "\(state): \(words.head)"
    }
    return dayLine(event.timestamp) + body(event, place, words)
  }

  /// A line where another day begins, or another offset.
  private mutating func dayLine(_ instant: Instant) -> [String] {
    let offset = rendering.times.clock(Instant(seconds: instant.seconds), timezone).drop { !"+-Z".contains($0) }
    let now = "\(rendering.times.civil(instant, timezone).date) \(offset == "Z" ? "UTC" : String(offset))"
    guard now != day else { return [] }
    day = now
    return [rendering.style.paint(now, .gray)]
  }

  private func body(_ event: HistoryEvent, _ place: HistoryOutline.Place, _ words: HistoryWords) -> [String] {
    let style = rendering.style
    let id = String(event.id)
    let number = String(repeating: " ", count: max(0, 6 - id.count)) + id
    let margin = "\(number)  \(clock(event.timestamp))  " + String(repeating: "  ", count: depth(event, place))
    let label = place.path.map { DisplayWidth.shorten(CleanText.line($0), to: Self.labelWidth) }.joined(separator: "/")
    let prefix = label.isEmpty ? "" : "\(label)  "
    let head = CleanText.line(words.head)
    let start =
      margin + style.paint(prefix, .gray) + style.paint(head, words.isFailure ? words.color ?? .red : words.color)
    guard let data = words.data.map(CleanText.line), !data.isEmpty else { return [start] }
    if isFull { return ["\(start)  \(data)"] }
    let used = DisplayWidth.of(margin + prefix + head) + 2
    guard let width = style.width else { return ["\(start)  \(DisplayWidth.shorten(data, to: Self.dataWidth))"] }
    if words.isFailure, used + DisplayWidth.of(data) > width {
      let indent = String(repeating: " ", count: DisplayWidth.of(margin) + 2)
      return [start]
        + TextWrap.lines(data, to: max(20, width - indent.count), most: Self.causeLines).map { indent + $0 }
    }
    return ["\(start)  \(DisplayWidth.shorten(data, to: max(8, width - used)))"]
  }

  /// What happens in a state stands under its name.
  private func depth(_ event: HistoryEvent, _ place: HistoryOutline.Place) -> Int {
    if onlyFailures { return 0 }
    let isOutside =
      place.state == nil || event.type.hasSuffix("StateEntered") || event.type.hasSuffix("StateExited")
      || event.type.hasPrefix("Execution") || event.type.hasPrefix("MapIteration")
    return place.path.count * 2 - (event.type.hasPrefix("MapIteration") ? 1 : 0) + (isOutside ? 0 : 1)
  }

  /// `12:00:01.250`.
  private func clock(_ instant: Instant) -> String {
    let time = rendering.times.civil(instant, timezone)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let milliseconds = Int(instant.milliseconds - instant.seconds * 1_000)
    let fraction = String(1_000 + milliseconds).dropFirst()
    return "\(two(time.hour)):\(two(time.minute)):\(two(time.second)).\(fraction)"
  }
}

/// A text in lines of a width, broken at spaces where there are some.
enum TextWrap {
  static func lines(_ text: String, to width: Int, most: Int) -> [String] {
    var lines: [String] = []
    var rest = Substring(text)
    while !rest.isEmpty {
      if DisplayWidth.of(String(rest)) <= width { return lines + [String(rest)] }
      if lines.count == most - 1 { return lines + [DisplayWidth.shorten(String(rest), to: width)] }
      var end = rest.startIndex
      var used = 0
      var space: Substring.Index?
      while end < rest.endIndex, used + DisplayWidth.of(rest[end]) <= width {
        used += DisplayWidth.of(rest[end])
        if rest[end] == " " { space = end }
        end = rest.index(after: end)
      }
      if rest[end] != " ", let space, space > rest.startIndex { end = space }
      // A character that is wider than the line stands alone.
      if end == rest.startIndex { end = rest.index(after: end) }
      lines.append(String(rest[..<end]))
      rest = rest[end...].drop { $0 == " " }
    }
    return lines
  }
}
