internal import ArgumentParser
internal import ControlAPI
internal import Foundation

/// `jobd`: the root of the command line.
struct JobdCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "jobd",
    abstract: "Runs Amazon ECS tasks on schedule, once, to their end.",
    discussion: """
      EXAMPLES:
        jobd check -c jobs.yaml              what is wrong with a job file
        jobd next 'cron(0 3 * * ? *)'        when an expression fires
        jobd serve --local -c jobs.yaml      the daemon, with tasks on this machine and no AWS
        jobd ctl list                        every job's state today
        jobd ctl rerun nightly-report        repeat a failed day

      EXIT STATUS:
        0 done, 1 it failed, 2 the call or a file is wrong, 3 refused (already running, already succeeded),
        4 the daemon is not there.
      """,
    version: Version.current,
    subcommands: [
      ServeCommand.self, CheckCommand.self, NextCommand.self, MachineCommand.self, SimulateCommand.self,
    ])
}

extension JobdCommand {
  /// Runs what the arguments say and ends the process with the contract's status: ArgumentParser ends a
  /// wrong call with 64, jobd with 2.
  static func start() async -> Never {
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      exit()
    } catch let failure as Daemon.StartFailure {
      say("jobd: \(failure)")
      Foundation.exit(failure.exitStatus.rawValue)
    } catch {
      guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
      say(fullMessage(for: error))
      Foundation.exit(ExitStatus.invalid.rawValue)
    }
  }

  private static func say(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }
}
