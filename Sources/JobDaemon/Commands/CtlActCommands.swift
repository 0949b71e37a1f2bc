internal import ArgumentParser
internal import ControlAPI
internal import Foundation
internal import JobModel
internal import Scheduler

struct CtlStop: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stop",
    abstract: "End a run as ABORTED, and stop its tasks.",
    discussion: """
      Examples:
        jobd ctl stop nightly-report.20261121T030000Z.0 --reason "wrong data"
      """)

  @Argument(help: ArgumentHelp("The run's id.", valueName: "run"))
  var runID: RunID

  @Option(help: "Why: shown in ECS and in the run's records.")
  var reason: String?

  @OptionGroup var options: CtlOptions

  func run() async throws {
    try await options.perform { client throws(ControlFailure) in
      try await client.stop(runID, reason: reason ?? "stopped by \(CtlOptions.requestedBy)")
      options.show(["stopped": runID.description]) { _, _ in "\(runID) is being stopped.\n" }
      return .done
    }
  }
}

struct CtlPause: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause",
    abstract: "Let a job's coming slots pass, until it is resumed or the pause is over.",
    discussion: """
      A run that is going on goes on. Slots that become due are recorded as SKIPPED. A job that is paused already \
      gets the new note and end.

      Examples:
        jobd ctl pause nightly-report --note "stock-taking"
        jobd ctl pause nightly-report --until 2026-11-24            midnight there, in the job's time zone
        jobd ctl pause nightly-report --until 2026-11-23T18:00      on the job's clocks
        jobd ctl pause nightly-report --until 2026-11-23T09:00:00Z
      """)

  @Argument(help: "The job's name.")
  var job: JobName

  @Option(help: "Why: shown in the list.")
  var note: String?

  @Option(
    help: ArgumentHelp(
      "When it ends by itself: a time with its offset, or a date or a time on the clocks of the job's zone.",
      valueName: "time"))
  var until: String?

  @OptionGroup var options: CtlOptions

  func run() async throws {
    try await options.perform { client throws(ControlFailure) in
      // The zone is asked for even where it is not needed: the end is told on the job's clocks.
      let zone = until == nil ? nil : try await client.show(job).timezone
      let end = try instant(zone)
      try await client.pause(job, PauseRequest(note: note, until: end))
      var answer: JSONObject = ["paused": .string(job.description)]
      if let end { answer["until"] = .string(end.description) }
      options.show(JSONValue.object(answer)) { rendering, _ in
        let until = end.map { " until \(rendering.time($0, zone ?? "UTC"))" } ?? ""
        return "\(job) is paused\(until): jobd ctl resume \(job)\n"
      }
      return .done
    }
  }

  private func instant(_ zone: String?) throws(ControlFailure) -> Instant? {
    guard let until, let zone else { return nil }
    let zones = ProcessInfo.processInfo.environment["TZDIR"] ?? TimeZoneRules.systemDirectory
    do {
      return try NextQuery.time(until, in: try TimeZoneRules.named(zone, directory: zones))
    } catch let error as NextQuery.Failure {
      throw ControlFailure(exitStatus: .invalid, message: "--until: \(error.message)")
    } catch {
      throw ControlFailure(
        exitStatus: .failed, message: "the time zone \(zone) of \(job) cannot be read here: \(error)",
        remedy: "Give --until with its offset, as in 2026-11-23T09:00:00Z")
    }
  }
}

struct CtlResume: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume",
    abstract: "Let a paused job run again at its times.",
    discussion: """
      Examples:
        jobd ctl resume nightly-report
      """)

  @Argument(help: "The job's name.")
  var job: JobName

  @OptionGroup var options: CtlOptions

  func run() async throws {
    try await options.perform { client throws(ControlFailure) in
      try await client.resume(job)
      options.show(["resumed": job.description]) { _, _ in "\(job) runs at its times again.\n" }
      return .done
    }
  }
}

struct CtlReload: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reload",
    abstract: "Read the job file again: all of it, or with a mistake nothing.",
    discussion: """
      It tells which jobs were added, removed and changed, and in which parts. Runs that are going on keep the \
      definition with which they began. A file with mistakes ends the command with 2, and changes nothing.

      Examples:
        jobd check && jobd ctl reload
      """)

  @OptionGroup var options: CtlOptions

  func run() async throws {
    try await options.perform { client throws(ControlFailure) in
      let answer = try await client.reload()
      if options.json || answer.isApplied {
        options.show(answer) { $0.reload($1) }
      } else {
        Terminal.complain(String(options.rendering.reload(answer).dropLast()))
      }
      return answer.isApplied ? .done : .invalid
    }
  }
}
