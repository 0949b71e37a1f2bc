import ControlAPI
import Foundation

/// The standard streams of this process.
enum Terminal {
  /// What standard output can show.
  static let style = TerminalStyle(
    isTerminal: isatty(STDOUT_FILENO) == 1, width: width, environment: ProcessInfo.processInfo.environment)

  /// Columns of the terminal at standard output; nil where there is none.
  private static var width: Int? {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  /// Results. Written at once, so that a pipe sees each line when it happens.
  static func write(_ text: String) {
    FileHandle.standardOutput.write(Data(text.utf8))
  }

  /// Everything else.
  static func complain(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }
}
