internal import Foundation

/// Carries one HTTP request to the control socket and its answer back. Any HTTP client that can speak
/// over a Unix socket does.
public protocol ControlTransport: Sendable {
  /// - Parameters:
  ///   - path: with its query, percent-encoded, from the leading slash.
  ///   - body: JSON, to be sent with `Content-Type: application/json`; nil for none.
  func send(
    method: String, path: String, body: [UInt8]?
  ) async throws(ControlTransportError) -> (status: Int, body: [UInt8])
}

/// Why there was no answer at all.
public struct ControlTransportError: Error, Equatable, Sendable {
  public enum Code: String, Sendable, CaseIterable {
    /// Nobody listens on the socket, or there is none.
    case notThere = "NOT_THERE"
    case noPermission = "NO_PERMISSION"
    /// The connection broke, or took too long.
    case broken = "BROKEN"
  }

  public var code: Code
  public var message: String

  public init(code: Code, message: String) {
    self.code = code
    self.message = message
  }

  /// Finds out by trying why a client could not connect: most clients do not say.
  ///
  /// - Parameter message: the client's own words.
  public static func connecting(to socketPath: String, message: String) -> ControlTransportError {
    switch SocketProbe(path: socketPath) {
    case .listening: ControlTransportError(code: .broken, message: message)
    case .noPermission: ControlTransportError(code: .noPermission, message: "permission denied")
    case .nothing: ControlTransportError(code: .notThere, message: "there is no such socket")
    case .noFolder: ControlTransportError(code: .notThere, message: "its folder is not there")
    case .stale: ControlTransportError(code: .notThere, message: "nobody is listening")
    case .notASocket: ControlTransportError(code: .notThere, message: "it is not a socket")
    case .failed(let reason): ControlTransportError(code: .notThere, message: reason)
    }
  }
}

/// Why `jobd ctl` did not do what it was asked: what it prints, and how it ends.
public struct ControlFailure: Error, Equatable, Sendable, CustomStringConvertible {
  public var exitStatus: CommandStatus
  public var message: String
  public var remedy: String?
  /// What the daemon answered; nil where there was no answer of its kind.
  public var error: ControlError?

  public init(exitStatus: CommandStatus, message: String, remedy: String? = nil, error: ControlError? = nil) {
    self.exitStatus = exitStatus
    self.message = message
    self.remedy = remedy
    self.error = error
  }

  public init(_ error: ControlError) {
    self.init(exitStatus: error.code.exitStatus, message: error.message, remedy: error.remedy, error: error)
  }

  public init(_ error: ControlTransportError, socketPath: String) {
    switch error.code {
    case .notThere:
      self.init(
        exitStatus: .absent, message: "jobd does not answer on \(socketPath): \(error.message)",
        remedy: "See whether it runs: systemctl status jobd. Another socket is named with --socket or JOBD_SOCKET")
    case .noPermission:
      self.init(
        exitStatus: .absent, message: "no permission to use \(socketPath)",
        remedy: "Members of the group jobd may: sudo usermod -aG jobd $USER, then log in again")
    case .broken:
      self.init(exitStatus: .failed, message: "the connection to jobd on \(socketPath) failed: \(error.message)")
    }
  }

  /// Whether it says nothing of what was asked for, only that the daemon is not there now, or not ready.
  public var isPassing: Bool { error.map { $0.code == .unavailable } ?? true }

  /// The same as the end of a wait: what was waited for is not known to have failed.
  public var absent: ControlFailure {
    var failure = self
    failure.exitStatus = .absent
    return failure
  }

  public var description: String { remedy.map { "\(message)\n\($0)" } ?? message }
}
