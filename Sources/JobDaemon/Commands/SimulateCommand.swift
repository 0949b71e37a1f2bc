internal import AWSClient
internal import ArgumentParser
internal import ECSSimulator
internal import Foundation
internal import JobModel
internal import Logging
internal import UnixSignals

/// `jobd simulate`: the ECS simulator in a process of its own, so that it outlives a daemon that a test
/// kills.
struct SimulateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "A development tool: an ECS (and SNS) endpoint whose tasks run on this machine.",
    discussion: """
      Speaks AWS's wire protocol on 127.0.0.1 to jobd, boto3, the aws command line or any other client. A \
      task's containers are processes of this user. Whoever holds the credentials below can start any process \
      as you; they are 'test' and 'test' unless the environment has AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.

      What was started: GET /_simulator/tasks. See also /_simulator/messages, /_simulator/requests, \
      /_simulator/logs?task=ARN, and POST /_simulator/reset. Faults: POST /_simulator/faults, with rules as JSON; \
      DELETE removes them. docs/simulator.md describes them all.

      EXAMPLES:
        jobd simulate --port 4566 --auto-create
        jobd simulate --port 4566 --cluster batch --log tasks.jsonl
        jobd simulate --port 4566 --auto-create --no-processes --delays fargate

      EXAMPLES OF FAULT RULES, for curl -d JSON http://127.0.0.1:4566/_simulator/faults:
      \(faultExamples.map { "  " + $0 }.joined(separator: "\n"))
      """)

  /// For the help.
  static let faultExamples = [
    #"{"rules": [{"operation": "RunTask", "effect": "throttle", "times": 3}]}"#,
    #"{"rules": [{"operation": "RunTask", "effect": "drop", "afterWork": true}]}"#,
    #"{"rules": [{"operation": "*", "effect": "error", "status": 503, "times": null, "probability": 0.1}]}"#,
    #"{"rules": [{"effect": "stop", "kind": "spot", "seconds": 5, "family": "nightly-report"}]}"#,
    #"{"rules": [{"effect": "hang", "state": "PENDING"}]}"#,
  ]

  @Option(help: "The port; 0 lets the system choose one.")
  var port = 0

  @Option(help: "The Region of the ARNs.")
  var region = "us-east-1"

  @Flag(help: "Make clusters, topics and task definitions when they are first used.")
  var autoCreate = false

  @Option(
    help: ArgumentHelp("Append every task's start and stop to this file, a JSON object a line.", valueName: "file"))
  var log: String?

  @Flag(help: "Do not check signatures.")
  var noSignatures = false

  @Flag(help: "Start no processes: containers do what JOBD_SIMULATE says, such as 'after=2s exit=3'.")
  var noProcesses = false

  @Option(help: ArgumentHelp("How long a task takes to start and stop: none, quick or fargate.", valueName: "speed"))
  var delays = "quick"

  @Option(help: ArgumentHelp("Keep working folders and logs here; a temporary folder otherwise.", valueName: "dir"))
  var state: String?

  @Option(help: "A cluster that is there from the start; may be given more than once.")
  var cluster: [String] = []

  func validate() throws {
    guard (0...65_535).contains(port) else { throw ValidationError("--port must be from 0 to 65535") }
    guard ["none", "quick", "fargate"].contains(delays) else {
      throw ValidationError("--delays must be one of none, quick, fargate")
    }
  }

  func run() async throws {
    var logger = Logger(label: "jobd.simulate", factory: { StreamLogHandler.standardError(label: $0) })
    logger.logLevel = .warning
    let simulator = ECSSimulator(
      configuration: simulatorConfiguration(), time: SystemTime(), random: SystemRandom(), logger: logger)
    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        try await simulator.run()
        return true
      }
      group.addTask {
        for await _ in signals { break }
        return true
      }
      group.addTask {
        announce(port: try await simulator.port())
        return false
      }
      while let isOver = try await group.next(), !isOver {}
      group.cancelAll()
    }
  }

  /// One line that a shell can evaluate. A secret that came from the environment is not printed.
  private func announce(port: Int) {
    var line = "export AWS_ENDPOINT_URL=http://127.0.0.1:\(port) AWS_REGION=\(region) AWS_DEFAULT_REGION=\(region)"
    if environmentCredentials == nil { line += " AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test" }
    Terminal.write(line + "\n")
  }

  private var environmentCredentials: AWSCredentials? {
    let environment = ProcessInfo.processInfo.environment
    guard let id = environment["AWS_ACCESS_KEY_ID"], let secret = environment["AWS_SECRET_ACCESS_KEY"],
      !id.isEmpty, !secret.isEmpty
    else { return nil }
    return AWSCredentials(
      accessKeyID: id, secretAccessKey: secret, sessionToken: environment["AWS_SESSION_TOKEN"])
  }

  private func simulatorConfiguration() -> ECSSimulatorConfiguration {
    var result = ECSSimulatorConfiguration()
    result.port = port
    result.region = region
    result.autoCreate = autoCreate
    result.clusters = cluster
    result.checksSignatures = !noSignatures
    result.processes = noProcesses ? .none : .local
    if let environmentCredentials { result.credentials = [environmentCredentials] }
    result.taskLogFile = log
    result.stateFolder = state
    result.delays = delays == "none" ? .none : delays == "fargate" ? .fargate : .quick
    return result
  }
}
