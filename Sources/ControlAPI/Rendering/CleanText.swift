/// Text from outside (a task's reason, a description, a note) made fit for a terminal.
enum CleanText {
  /// One line without control characters: an escape sequence in a container's message must not reach
  /// the operator's terminal.
  static func line(_ text: String) -> String {
    var result = ""
    var spaceIsDue = false
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator, .format:
        // A line break parts words; the joiner of an emoji sequence and the like belong where they are.
        if scalar == "\u{200D}" { result.unicodeScalars.append(scalar) } else { spaceIsDue = !result.isEmpty }
      default:
        if spaceIsDue, scalar != " ", result.last != " " { result += " " }
        spaceIsDue = false
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
