internal import Foundation

/// A process that goes through seeds, as somebody sees it who watches it. A seed may trap or never end, and then only the
/// watcher can tell of it.
public struct Worker: Sendable {
  public enum Ending: Sendable, Equatable {
    case exited(status: Int32)
    /// By its own alarm clock, see ``Headway/begin(_:within:)``.
    case late
    case killed(signal: Int32)
  }

  private let id: pid_t

  /// Starts it. It shares the terminal with the watcher, so that an interrupt ends both.
  public init(_ program: String, _ arguments: [String], environment: [String: String] = [:]) throws {
    let all = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0)=\($1)" }
    var id: pid_t = 0
    // A thread of Dispatch takes no signals, and what it starts would take none either: not its alarm clock's.
    var attributes = posix_spawnattr_t()
    var signals = sigset_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    let number = Self.withPointers([program] + arguments) { arguments in
      Self.withPointers(all) { posix_spawn(&id, program, nil, &attributes, arguments, $0) }
    }
    guard number == 0 else {
      throw SimulationError(description: "\(program) does not start: \(String(cString: strerror(number)))")
    }
    self.id = id
  }

  /// Waits for its end. To be called once.
  public func ended() -> Ending {
    var status: Int32 = 0
    while waitpid(id, &status, 0) < 0, errno == EINTR {}
    switch status & 0x7f {
    case 0: return .exited(status: status >> 8 & 0xff)
    case SIGALRM: return .late
    case let signal: return .killed(signal: signal)
    }
  }

  private static func withPointers<Result>(
    _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    let pointers = texts.map { strdup($0) }
    defer { pointers.forEach { free($0) } }
    return body(pointers + [nil])
  }
}

extension Worker.Ending {
  /// What became of a seed that was under way; nil where the process ended by itself.
  public var text: String? {
    switch self {
    case .exited: nil
    case .late: "does not end"
    case .killed(let signal) where [SIGHUP, SIGINT, SIGKILL, SIGTERM].contains(signal): "was killed (signal \(signal))"
    case .killed(let signal): "traps (signal \(signal))"
    }
  }
}
