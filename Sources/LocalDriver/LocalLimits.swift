/// The bounds of commands on the host.
enum LocalLimits {
  /// Arguments of a command, the program included.
  static let arguments = 1_000
  /// Bytes of one argument, or of one variable with its value (Linux: MAX_ARG_STRLEN, 128 KiB).
  static let textBytes = 131_071
  static let variables = 1_000
  /// Bytes of JSON on standard input.
  static let inputBytes = 1 << 20
  /// Bytes that are kept of standard output, its beginning. A result is at most 256 KiB, and may hold it twice.
  static let outputBytes = 65_536
  /// Bytes that are kept of standard error, its end: there a program says why it gave up.
  static let errorBytes = 16_384
  /// Lines and bytes of standard error in a failure's cause.
  static let causeLines = 40
  static let causeBytes = 4_096
  /// How long a command has to end after SIGTERM before it gets SIGKILL.
  static let stopGrace = Duration.seconds(10)
  /// How often it is looked whether it has.
  static let stopPause = Duration.milliseconds(100)
  /// How long it has when jobd itself stops; systemd waits half a minute for all of it.
  static let shutdownGrace = Duration.seconds(5)
  /// How often descendants are looked for until none is left: a process may fork while it is looked for.
  static let killRounds = 20
}
