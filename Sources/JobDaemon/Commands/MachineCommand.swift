internal import ArgumentParser
internal import JobModel
internal import StatesLanguage

/// `jobd machine`: definitions in the Amazon States Language, without a job file or a daemon.
struct MachineCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "machine",
    abstract: "Check, run or draw a state machine definition (Amazon States Language).",
    subcommands: [Validate.self, MachineRun.self, MachineRender.self])

  struct Validate: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Report every mistake in a definition.",
      discussion: """
        Prints one line for each mistake, with the place in the file and the JSON pointer, and nothing for a \
        definition without any. What AWS accepts but this jobd does not run yet is a warning.

        Exit status: 0 there is no error (there may be warnings), 2 there is one, or the file cannot be read.

        EXAMPLES
          jobd machine validate month-end.asl.json
          jobd machine validate --json - < month-end.asl.json
        """)

    @Argument(help: ArgumentHelp("The definition, as JSON; - for standard input.", valueName: "file"))
    var file: String

    @Flag(help: "Print a JSON array of {severity, pointer, line, message}.")
    var json = false

    func run() throws {
      let text = try MachineFile.read(file)
      var diagnostics = StateMachine.validate(text)
      diagnostics += StateMachine.unsupported(text).map { diagnostic in
        var warning = diagnostic
        warning.severity = .warning
        return warning
      }
      diagnostics.sort { ($0.line, $0.pointer) < ($1.line, $1.pointer) }
      if json {
        Terminal.write(JSONValue.array(diagnostics.map(\.json)).prettyText + "\n")
      } else {
        for diagnostic in diagnostics { Terminal.write(MachineFile.line(diagnostic, file: file) + "\n") }
      }
      if diagnostics.contains(where: { $0.severity == .error }) { throw ExitCode(2) }
    }
  }
}

extension Diagnostic {
  fileprivate var json: JSONValue {
    [
      "severity": .string(severity.rawValue), "pointer": .string(pointer), "line": .integer(Int64(line)),
      "message": .string(message),
    ]
  }
}
