internal import ArgumentParser
internal import ControlAPI
internal import JobModel

struct CtlDefinition: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "definition",
    abstract: "The definition of a job, or the one with which a run began.",
    discussion: """
      Prints the definition in the Amazon States Language, as JSON, without the values of environments. A job's \
      definitions are numbered in the order in which runs began with them; one that comes back has its old number.

      Examples:
        jobd ctl definition nightly-report
        jobd ctl definition nightly-report --list
        jobd ctl definition nightly-report --version 3
        jobd ctl definition nightly-report.20261121T030000Z.0
        diff <(jobd ctl definition nightly-report --version 3) <(jobd ctl definition nightly-report)
      """)

  @Argument(help: ArgumentHelp("A job's name, or a run's id.", valueName: "job|run"))
  var subject: JobOrRun

  @Option(help: ArgumentHelp("An earlier one of a job.", valueName: "n"))
  var version: Int?

  @Flag(help: "The versions that a job has had, rather than a definition.")
  var list = false

  @OptionGroup var options: CtlOptions

  func validate() throws {
    if let version, version < 1 { throw ValidationError("--version must be at least 1.") }
    if version != nil, list {
      throw ValidationError("--version names one of those that --list shows: give one of them.")
    }
    if case .run = subject, version != nil || list {
      throw ValidationError("--version and --list are for a job: a run has the one definition with which it began.")
    }
  }

  func run() async throws {
    try await options.perform { client throws(ControlFailure) in
      let answer =
        switch subject {
        case .job(let job): try await client.definition(job, version: version)
        case .run(let run): try await client.definition(of: run)
        }
      options.show(answer) { list ? $0.definitionVersions($1) : $1.definition.prettyText + "\n" }
      return .done
    }
  }
}
