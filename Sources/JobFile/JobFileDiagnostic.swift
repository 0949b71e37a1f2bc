internal import JobModel

/// A mistake in a job file, or something in it that deserves a second look. All of them are reported at once.
public struct JobFileDiagnostic: Hashable, Sendable, Codable {
  public enum Severity: String, Sendable, Codable {
    case error
    case warning
  }

  public var severity: Severity
  /// The job file as it was named, or the state machine file that it names.
  public var file: String
  /// From 1.
  public var line: Int
  /// From 1, in Unicode scalars.
  public var column: Int
  /// Where in the file's structure: `jobs.nightly-report.task.command[0]`; empty for the file as a whole.
  public var path: String
  /// On one line, whatever the file has.
  public var message: String
  /// The text of the line; nil where it may show a secret: the values of an environment or of options, a URL's path.
  public var sourceLine: String?

  public init(
    severity: Severity, file: String, line: Int, column: Int, path: String, message: String,
    sourceLine: String? = nil
  ) {
    self.severity = severity
    self.file = file
    self.line = line
    self.column = column
    self.path = path
    self.message = message.onOneLine
    self.sourceLine = sourceLine
  }
}

extension JobFileDiagnostic: CustomStringConvertible {
  /// `jobs.yaml:12:7: error: …`, the form that editors and CI systems recognise.
  public var description: String { "\(file):\(line):\(column): \(severity.rawValue): \(message)" }

  /// ``description``, then the source line with a caret under the place.
  public var rendered: String {
    guard let sourceLine else { return description }
    let window = SourceWindow(line: sourceLine, column: column)
    return "\(description)\n  \(window.text)\n  \(window.caret)"
  }
}

/// The part of a line that is shown, and the line below it that points.
private struct SourceWindow {
  static let width = 140

  var text = ""
  var caret = ""

  init(line: String, column: Int) {
    let scalars = Array(line.unicodeScalars)
    let target = min(max(column - 1, 0), scalars.count)
    let start = target > Self.width - 20 ? target - Self.width / 2 : 0
    let end = min(scalars.count, start + Self.width)
    if start > 0 {
      text = "…"
      caret = " "
    }
    for index in start..<end {
      let scalar = scalars[index]
      // Whatever would move the cursor or speak to the terminal is shown as a blank.
      let isControl = scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
      text.unicodeScalars.append(isControl ? " " : scalar)
      if index < target { caret += Self.isWide(scalar) ? "  " : " " }
    }
    if end < scalars.count { text += "…" }
    caret += "^"
  }

  /// Whether a terminal gives the character two columns (Unicode Standard Annex 11, the main blocks).
  static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
      0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      true
    default: false
    }
  }
}
