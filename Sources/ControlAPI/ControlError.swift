/// Why a control request was not done: the same value on both ends of the socket.
public struct ControlError: Error, Equatable, Codable, Sendable {
  public enum Code: String, Codable, Sendable, CaseIterable {
    /// No job, run or slot of that name.
    case notFound = "NOT_FOUND"
    /// The request itself is wrong.
    case invalid = "INVALID"
    /// The request is well formed, but the state forbids it: already running, already succeeded, over.
    case refused = "REFUSED"
    /// The daemon cannot do it now: it is starting, stopping, or its store is in trouble.
    case unavailable = "UNAVAILABLE"
    /// A defect in jobd.
    case `internal` = "INTERNAL"
  }

  public var code: Code
  /// What is wrong, and where, in a sentence without a full stop.
  public var message: String
  /// What helps, where something does: often a command.
  public var remedy: String?

  public init(code: Code, message: String, remedy: String? = nil) {
    self.code = code
    self.message = message
    self.remedy = remedy
  }

  public static func notFound(_ message: String, remedy: String? = nil) -> ControlError {
    ControlError(code: .notFound, message: message, remedy: remedy)
  }
  public static func invalid(_ message: String, remedy: String? = nil) -> ControlError {
    ControlError(code: .invalid, message: message, remedy: remedy)
  }
  public static func refused(_ message: String, remedy: String? = nil) -> ControlError {
    ControlError(code: .refused, message: message, remedy: remedy)
  }
  public static func unavailable(_ message: String, remedy: String? = nil) -> ControlError {
    ControlError(code: .unavailable, message: message, remedy: remedy)
  }
  public static func `internal`(_ message: String, remedy: String? = nil) -> ControlError {
    ControlError(code: .internal, message: message, remedy: remedy)
  }
}

extension ControlError: CustomStringConvertible {
  public var description: String { remedy.map { "\(message)\n\($0)" } ?? message }
}

extension ControlError.Code {
  /// The HTTP status (RFC 9110 §15) under which the error travels.
  public var httpStatus: Int {
    switch self {
    case .notFound: 404
    case .invalid: 400
    case .refused: 409
    case .unavailable: 503
    case .internal: 500
    }
  }

  /// The status with which `jobd ctl` ends.
  public var exitStatus: CommandStatus {
    switch self {
    case .notFound, .invalid: .invalid
    case .refused: .refused
    case .unavailable, .internal: .failed
    }
  }
}

/// The exit statuses of every `jobd` command: a contract with other people's scripts.
public enum CommandStatus: Int32, Sendable, CaseIterable {
  case done = 0
  /// What was asked for was tried and failed.
  case failed = 1
  /// The call or a file is wrong.
  case invalid = 2
  /// Already running, already succeeded.
  case refused = 3
  /// The daemon is not there.
  case absent = 4
}
