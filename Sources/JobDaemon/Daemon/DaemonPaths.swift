internal import Foundation

/// Where the daemon keeps its things: what was asked for, else what systemd says, else the usual places.
struct DaemonPaths: Sendable {
  var stateDirectory: String
  var socket: String

  var database: String { stateDirectory + "/jobd.sqlite" }
  /// Copies of the database on their way to whoever asked for one.
  var backups: String { stateDirectory + "/backup" }

  init(
    state: String?, socket: String?, isLocal: Bool,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) {
    let named = state ?? environment["STATE_DIRECTORY"] ?? (isLocal ? ".jobd" : "/var/lib/jobd")
    // Tasks are given a home below it, and change their folder.
    stateDirectory = URL(fileURLWithPath: named).path
    self.socket =
      socket ?? environment["JOBD_SOCKET"] ?? environment["RUNTIME_DIRECTORY"].map { $0 + "/jobd.sock" }
      ?? (isLocal ? named + "/jobd.sock" : "/run/jobd/jobd.sock")
  }
}
