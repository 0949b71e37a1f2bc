internal import JobModel

/// How the states of slots and runs are shown.
extension SlotState {
  var color: TerminalStyle.Color {
    switch self {
    case .pending: .gray
    case .running: .blue
    case .succeeded: .green
    case .failed, .timedOut, .aborted: .red
    case .skipped, .missed: .yellow
    }
  }

  /// One column wide.
  func mark(_ style: TerminalStyle) -> String {
    switch self {
    case .pending: style.hasUnicode ? "○" : "o"
    case .running: style.hasUnicode ? "▶" : ">"
    case .succeeded: style.hasUnicode ? "✓" : "+"
    case .failed: style.hasUnicode ? "✗" : "x"
    case .timedOut: style.hasUnicode ? "⧗" : "t"
    case .aborted: style.hasUnicode ? "■" : "a"
    case .skipped: style.hasUnicode ? "»" : "s"
    case .missed: "!"
    }
  }

  /// For a summary: `3 timed out`.
  var words: String { rawValue.lowercased().split(separator: "_").joined(separator: " ") }

  /// The order in a summary and a legend.
  static let inOrder: [SlotState] = [
    .succeeded, .running, .failed, .timedOut, .aborted, .missed, .skipped, .pending,
  ]
}

extension LaunchState {
  var color: TerminalStyle.Color {
    switch self {
    case .intended: .gray
    case .submitted: .blue
    case .succeeded: .green
    case .failed: .red
    case .stopped: .yellow
    }
  }
}
