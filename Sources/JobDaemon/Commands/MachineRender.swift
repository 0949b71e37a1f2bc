internal import ArgumentParser
internal import ControlAPI
internal import JobModel
internal import StatesLanguage

struct MachineRender: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "render",
    abstract: "Draw a definition, or how a run went through it.",
    discussion: """
      Prints a picture as text: a Mermaid flowchart, as Markdown on many sites shows it, or Graphviz's language. \
      With a history, or a run of the daemon, the states are coloured by what became of them, with how often each \
      was entered where that is more than once. A state that was entered several times shows the stay that people \
      must know of: one that runs before one that failed, was caught, was stopped, succeeded.

      Exit status: 0 done, 1 the daemon did not answer, 2 the call, the definition or the history is wrong, \
      4 the daemon is not there.

      EXAMPLES
        jobd machine render month-end.asl.json > month-end.mmd
        jobd machine render month-end.asl.json --format dot | dot -Tsvg > month-end.svg
        jobd machine run month-end.asl.json --local --history > run.json
        jobd machine render month-end.asl.json --history run.json
        jobd machine render --run month-end.20261130T040000Z.0
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case mermaid
    case dot
  }

  @Argument(help: ArgumentHelp("The definition, as JSON; - for standard input. Not with --run.", valueName: "file"))
  var file: String?

  @Option(help: "What to draw for: mermaid or dot (Graphviz).")
  var format = Format.mermaid

  @Option(
    help: ArgumentHelp(
      "Colour the states by the events that `jobd machine run --history` or `jobd ctl history RUN --json` printed; "
        + "- for standard input.", valueName: "file"), completion: .file())
  var history: String?

  @Option(
    name: .customLong("run"),
    help: ArgumentHelp("Draw this run of the daemon, with the definition that it began with.", valueName: "run"))
  var runID: RunID?

  @OptionGroup var connection: CtlConnection

  func validate() throws {
    if runID != nil, file != nil || history != nil {
      throw ValidationError("--run brings its own definition and history: give no file and no --history beside it.")
    }
    if runID == nil, file == nil { throw ValidationError("A definition's file is needed, or --run.") }
    if runID == nil, connection.socket != nil { throw ValidationError("--socket is for --run.") }
    try MachineFile.checkStandardInput(["the definition": file == "-", "--history": history == "-"])
  }

  func run() async throws {
    if let run = runID {
      let client = connection.client
      try await connection.perform { () async throws(ControlFailure) in
        let machine = try await client.runMachine(run)
        let graph = MachineGraph(machine.machine)
        let events = try await client.allEvents(of: run)
        Terminal.write(text(graph, MachineProgress(graph, history: events)))
        return .done
      }
    } else if let file {
      let graph = try MachineFile.graph(try MachineFile.read(file), file: file)
      Terminal.write(text(graph, try history.map { try progress(graph, $0) }))
    }
  }

  func text(_ graph: MachineGraph, _ progress: MachineProgress?) -> String {
    switch format {
    case .mermaid: MermaidRendering(graph, progress: progress).text
    case .dot: DotRendering(graph, progress: progress).text
    }
  }

  private func progress(_ graph: MachineGraph, _ history: String) throws -> MachineProgress {
    let text = try MachineFile.read(history)
    do {
      let (json, map) = try JSONValue.parseWithSourceMap(text)
      do throws(HistoryReading.Problem) {
        let progress = MachineProgress(graph, history: try HistoryReading.events(in: json))
        let unknown = progress.unknownStates(in: graph)
        if !unknown.isEmpty {
          let names = unknown.prefix(5).map { "\"\($0)\"" }.joined(separator: ", ")
          throw HistoryReading.Problem(
            pointer: "", message: "It is another machine's history: the definition has no state \(names)")
        }
        return progress
      } catch {
        let problem = Diagnostic(
          severity: .error, pointer: error.pointer, line: map.line(of: error.pointer), message: error.message)
        try MachineFile.refuse([problem], file: history)
      }
    } catch let error as JSONParseError {
      MachineFile.complain("\(history): It is no JSON: \(error)")
    }
    throw ExitCode(2)
  }
}
