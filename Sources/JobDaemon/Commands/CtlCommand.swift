internal import ArgumentParser
internal import ControlAPI
internal import Foundation
internal import JobModel

/// `jobd ctl`: asks the running daemon.
struct CtlCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ctl",
    abstract: "Look at jobs and runs, and act on them, in the running daemon.",
    discussion: """
      Exit status: 0 done, 1 it failed, 2 the call is wrong, 3 refused (already running, already succeeded),
      4 the daemon is not there.

      Examples:
        jobd ctl list                                    how is today?
        jobd ctl show nightly-report                     all about a job: why did it fail?
        jobd ctl logs nightly-report --follow            what it writes
        jobd ctl rerun nightly-report --date 2026-11-20  again, and only if it has not succeeded
      """,
    subcommands: [
      CtlList.self, CtlShow.self, CtlHistory.self, CtlDefinition.self, CtlLogs.self, CtlRun.self, CtlRerun.self,
      CtlBackfill.self,
      CtlStop.self, CtlPause.self, CtlResume.self, CtlReload.self, CtlStatus.self, CtlBackup.self,
      CtlTask.self,
    ])
}

/// Where the daemon is, for whatever asks it.
struct CtlConnection: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The daemon's control socket (default: $JOBD_SOCKET, or \(CtlConnection.defaultSocket)).", valueName: "path"),
    completion: .file())
  var socket: String?

  static let defaultSocket = "/run/jobd/jobd.sock"

  var socketPath: String {
    let named = ProcessInfo.processInfo.environment["JOBD_SOCKET"].flatMap { $0.isEmpty ? nil : $0 }
    return socket ?? named ?? CtlConnection.defaultSocket
  }

  var client: ControlClient {
    ControlClient(transport: CtlTransport(socketPath: socketPath), socketPath: socketPath)
  }

  /// Runs a command's body, and ends the process as the contract says where it fails.
  func perform(_ body: () async throws(ControlFailure) -> CommandStatus) async throws {
    let status: CommandStatus
    do throws(ControlFailure) {
      status = try await body()
    } catch {
      Terminal.complain("jobd: \(error)")
      throw ExitCode(error.exitStatus.rawValue)
    }
    if status != .done { throw ExitCode(status.rawValue) }
  }
}

/// What every `jobd ctl` command takes.
struct CtlOptions: ParsableArguments {
  @OptionGroup var connection: CtlConnection

  @Flag(help: "Print the daemon's answer as JSON.")
  var json = false

  var rendering: Rendering { Rendering(style: Terminal.style) }

  /// Runs a command's body, and ends the process as the contract says where it fails.
  func perform(_ body: (ControlClient) async throws(ControlFailure) -> CommandStatus) async throws {
    let client = connection.client
    try await connection.perform { () async throws(ControlFailure) in try await body(client) }
  }

  /// Prints an answer: as JSON where that is asked for, else as `text` says.
  func show<Answer: Encodable>(_ answer: Answer, _ text: (Rendering, Answer) -> String) {
    Terminal.write(json ? Rendering.json(answer) : text(rendering, answer))
  }

  /// Tells that a run has begun, and with `isFollowed` what becomes of it.
  func follow(
    _ client: ControlClient, _ started: RunStarted, isFollowed: Bool
  ) async throws(ControlFailure) -> CommandStatus {
    guard isFollowed else {
      show(started) { _, started in "\(started.run) has started: jobd ctl show \(started.run)\n" }
      return .done
    }
    let json = json
    if !json { Terminal.write("\(started.run)\n") }
    let run = try await client.follow(started.run, rendering) { line in
      if !json { Terminal.write(line + "\n") }
    }
    if json { Terminal.write(Rendering.json(run)) }
    return run.status == .succeeded ? .done : .failed
  }

  /// For the daemon's records; anyone in the group could claim another name.
  static var requestedBy: String {
    let user = ProcessInfo.processInfo.environment["SUDO_USER"] ?? NSUserName()
    return "\(user)@\(ProcessInfo.processInfo.hostName)"
  }
}
