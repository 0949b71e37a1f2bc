extension String {
  /// For a message of one line with what somebody gave in it: whatever would end the line, move the cursor or speak to
  /// the terminal is U+FFFD (Unicode's control characters, and its line and paragraph separators).
  public var onOneLine: String {
    var shown = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator: shown.append("\u{FFFD}")
      default: shown.append(scalar)
      }
    }
    return String(shown)
  }
}
