internal import ArgumentParser
internal import JobModel
internal import StatesLanguage

struct MachineRun: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run one execution of a definition to its end.",
    discussion: """
      Prints one JSON object: the status, and the output, or the error and its cause. Nothing is stored.

      With --mock the Task states are answered by a file, and nothing is started in AWS: a Task state without an \
      answer fails with States.Runtime. With --mock and --local, ECS tasks without an answer run on this machine.

      Exit status: 0 it succeeded, 1 it failed, 2 the call, the input, the definition or the mock file is wrong.

      The context object has no Jobd here: a machine that looks at $$.Jobd.Day needs it from --context. With --local \
      there are no images, so the overrides must give each container a command of this machine's.

      EXAMPLES
        jobd machine run month-end.asl.json --context '{"Jobd": {"Day": "2026-11-30"}}' --input '{"currency": "JPY"}'
        jobd machine run month-end.asl.json --context @day.json --input @november.json --history --skip-waits
        jobd machine run month-end.asl.json --context @day.json --input @november.json --local
        jobd machine run month-end.asl.json --context @day.json --input @november.json --mock answers.json
        jobd machine run month-end.asl.json --context @day.json --input @november.json --mock MockConfigFile.json \\
          --test-case RetryPath
        jobd machine run parent.asl.json --state-machine close-books=close-books.asl.json
        jobd machine run wait.asl.json --context '{"Execution": {"Name": "rehearsal"}}'

      A MOCK FILE
        {"Close": {"0": {"Throw": {"Error": "ECS.CapacityUnavailable", "Cause": "none left"}},
                   "1-2": {"Return": {"Containers": []}}}}
        Attempts are counted from 0 for each state, over its retries, loops and iterations.
        The states are those of the definition that is run.
      """)

  @Argument(help: ArgumentHelp("The definition, as JSON; - for standard input.", valueName: "file"))
  var file: String

  @Option(
    help: ArgumentHelp(
      "The execution's input: JSON, or @ and a file's path (@- for standard input).", valueName: "json|@file"),
    completion: .file())
  var input = "{}"

  @Option(
    help: ArgumentHelp(
      "Members of the context object, merged over the default one: JSON, or @ and a file's path.",
      valueName: "json|@file"), completion: .file())
  var context = "{}"

  @Option(
    help: ArgumentHelp(
      "Answers for Task states; Step Functions Local's MockConfigFile too. - for standard input.", valueName: "file"),
    completion: .file())
  var mock: String?

  @Option(
    name: .customLong("test-case"),
    help: ArgumentHelp("Which test case of a MockConfigFile.", valueName: "name"))
  var testCase: String?

  @Option(
    name: .customLong("machine"),
    help: ArgumentHelp(
      "Which machine of a MockConfigFile (default: the definition file's name up to its first dot).",
      valueName: "name"))
  var machineName: String?

  @Option(
    help: ArgumentHelp(
      "What the execution may hold: stepFunctions (256 KiB a state, 25,000 events) or large (16 MiB, 1,000,000).",
      valueName: "name"))
  var limits = LimitsName.stepFunctions

  @Flag(help: "Print the events of the history too.")
  var history = false

  @Option(
    name: .customLong("state-machine"),
    help: ArgumentHelp(
      "A machine that states:startExecution may start, under this name; may be given several times.",
      valueName: "name=file"))
  var stateMachines: [String] = []

  @Flag(help: "Run ECS tasks as processes on this machine, with no AWS, and allow commands (local:run).")
  var local = false

  @Flag(
    name: .customLong("skip-waits"),
    help: "Do not wait in Wait states and before retries. Tasks still take their time, up to their timeouts.")
  var skipWaits = false

  func validate() throws {
    try MachineFile.checkStandardInput([
      "the definition": file == "-", "--input": input == "@-", "--context": context == "@-", "--mock": mock == "-",
    ])
    if mock == nil, testCase != nil || machineName != nil {
      throw ValidationError("--test-case and --machine choose from a mock file: give it with --mock.")
    }
  }

  func run() async throws {
    let text = try MachineFile.read(file)
    let input = try MachineFile.json(input, option: "--input")
    let given = try MachineFile.json(context, option: "--context")
    let machine = try MachineFile.machine(text, file: file)
    var others: [JobName: StateMachine] = [:]
    for entry in stateMachines {
      let (name, file) = try MachineFile.named(entry)
      others[name] = try MachineFile.machine(try MachineFile.read(file), file: file)
    }
    let mocks = try readMocks(MachineGraph(machine.definition))
    guard let job = JobName("machine") else { preconditionFailure("'machine' is a job name") }
    let time = SystemTime()
    let runner = MachineRunner(
      job: job, machine: machine, input: input,
      context: MachineFile.context(file: file, input: input, at: time.now(), given: given), time: time,
      random: SystemRandom(), skipsWaits: skipWaits,
      limits: limits.limits, keepsHistory: history)
    let drivers = MachineDrivers(
      machine: machine, others: others, mocks: mocks, isLocal: local, time: time, random: SystemRandom())
    let outcome = try await drivers.perform(runner)
    for problem in outcome.mockProblems { MachineFile.complain("jobd: --mock: \(problem)") }
    var members = outcome.result.json
    if history { members["history"] = .array(outcome.history.map(\.json)) }
    Terminal.write(JSONValue.object(members).prettyText + "\n")
    guard case .succeeded = outcome.result else { throw ExitCode(1) }
  }

  private func readMocks(_ graph: MachineGraph) throws -> MockFile? {
    guard let mock else { return nil }
    let (mocks, diagnostics) = MockFileReader.read(
      try MachineFile.read(mock), graph,
      MockFileReader.Choice(machine: machineName, fileMachine: MachineFile.machineName(file), testCase: testCase))
    try MachineFile.refuse(diagnostics, file: mock)
    if let mocks, !local, stateMachines.isEmpty, let state = mocks.certainGap(in: graph) {
      MachineFile.complain("\(mock): the machine always comes to the state \"\(state)\", and it has no mock")
      throw ExitCode(2)
    }
    return mocks
  }
}

extension ExecutionResult {
  fileprivate var json: JSONObject {
    switch self {
    case .succeeded(let output): ["status": "SUCCEEDED", "output": output]
    case .failed(let error, let cause): ExecutionResult.json("FAILED", error, cause)
    case .timedOut(let error, let cause): ExecutionResult.json("TIMED_OUT", error, cause)
    case .aborted(let error, let cause): ExecutionResult.json("ABORTED", error, cause)
    }
  }

  private static func json(_ status: String, _ error: String?, _ cause: String?) -> JSONObject {
    var members: JSONObject = ["status": .string(status)]
    members["error"] = error.map(JSONValue.string)
    members["cause"] = cause.map(JSONValue.string)
    return members
  }
}

/// The names of ``MachineLimits`` as an option takes them.
enum LimitsName: String, ExpressibleByArgument, CaseIterable {
  case stepFunctions
  case large

  var limits: MachineLimits { self == .large ? .large : .stepFunctions }
}
