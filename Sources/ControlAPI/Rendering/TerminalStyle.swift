/// What the place can show that the text is printed to.
public struct TerminalStyle: Equatable, Sendable {
  /// Columns; nil for a file or a pipe, where nothing is shortened.
  public var width: Int?
  public var isColored: Bool
  /// Whether signs beyond ASCII are shown; words from job files are printed as they are.
  public var hasUnicode: Bool

  public init(width: Int? = nil, isColored: Bool = false, hasUnicode: Bool = true) {
    self.width = width
    self.isColored = isColored
    self.hasUnicode = hasUnicode
  }

  /// - Parameters:
  ///   - isTerminal: whether the output is one; a pipe is neither coloured nor shortened.
  ///   - width: what the terminal itself says.
  ///   - environment: `NO_COLOR` (no-color.org: set and not empty), `TERM`, the locale (locale(7)).
  public init(isTerminal: Bool, width: Int?, environment: [String: String]) {
    func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    let locale = value("LC_ALL") ?? value("LC_CTYPE") ?? value("LANG") ?? ""
    let encoding = locale.lowercased().filter { $0 != "-" }
    self.width = isTerminal ? width.flatMap { $0 > 0 ? $0 : nil } ?? value("COLUMNS").flatMap { Int($0) } ?? 80 : nil
    isColored = isTerminal && value("NO_COLOR") == nil && value("TERM") != nil && value("TERM") != "dumb"
    hasUnicode = encoding.contains("utf8")
  }

  /// Select Graphic Rendition (ECMA-48 §8.3.117).
  enum Color: String {
    case red = "31"
    case green = "32"
    case yellow = "33"
    case blue = "34"
    case gray = "90"
    case bold = "1"
  }

  func paint(_ text: String, _ color: Color?) -> String {
    guard isColored, let color, !text.isEmpty else { return text }
    return "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m"
  }
}
