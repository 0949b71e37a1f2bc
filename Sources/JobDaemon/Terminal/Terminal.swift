internal import ControlAPI
internal import Foundation

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

  /// Results. Written at once, so that a pipe sees each line when it happens. Ends the process with 1 where
  /// they cannot be written: nobody would see the rest.
  static func write(_ text: String) {
    guard !StandardStream.write(text, to: STDOUT_FILENO) else { return }
    complain("jobd: cannot write to standard output: \(String(cString: strerror(errno)))")
    exit(CommandStatus.failed.rawValue)
  }

  /// Everything else.
  static func complain(_ text: String) {
    StandardStream.write(text + "\n", to: STDERR_FILENO)
  }
}
