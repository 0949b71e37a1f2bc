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
        jobd check --aws                     and whether AWS has what its jobs need
        jobd next 'cron(0 3 * * ? *)'        when an expression fires
        jobd iam-policy -c jobs.yaml         what jobd's role must be allowed
        jobd diff -c jobs.yaml               which task definitions the next runs would register
        jobd serve --local -c jobs.yaml      the daemon, with tasks on this machine and no AWS
        jobd ctl list                        every job's state today
        jobd ctl rerun nightly-report        repeat a failed day

      EXIT STATUS:
        0 done, 1 it failed, 2 the call or a file is wrong, 3 refused (already running, already succeeded),
        4 the daemon is not there.
      """,
    version: Version.current,
    subcommands: [
      ServeCommand.self, CheckCommand.self, DiffCommand.self, IAMPolicyCommand.self, NextCommand.self,
      MachineCommand.self, CtlCommand.self, SimulateCommand.self,
    ])
}

extension JobdCommand {
  /// Runs what the arguments say and ends the process with the contract's status: ArgumentParser ends a
  /// wrong call with 64 (sysexits(3)), jobd with 2.
  static func start() async -> Never {
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      Foundation.exit(CommandStatus.done.rawValue)
    } catch let failure as Daemon.StartFailure {
      Terminal.complain("jobd: \(failure)")
      Foundation.exit(failure.exitStatus.rawValue)
    } catch {
      let code = exitCode(for: error)
      let full = fullMessage(for: error)
      let message = full.hasPrefix("Error: ") ? "jobd: " + full.dropFirst("Error: ".count) : full
      if !message.isEmpty {
        if code == .success { Terminal.write(message + "\n") } else { Terminal.complain(message) }
      }
      Foundation.exit(code == .validationFailure ? CommandStatus.invalid.rawValue : code.rawValue)
    }
  }
}
