internal import AWSClient
internal import ECSDriver
internal import Foundation
internal import JobModel
internal import LocalDriver
internal import Logging
internal import Scheduler
internal import StatesLanguage

/// Who performs the Task states of `jobd machine run`. AWS, or the simulator, is only asked for a machine
/// that needs it: a machine of Pass states runs without a region and without credentials.
struct MachineDrivers {
  let machine: StateMachine
  /// Those that it may start (`states:startExecution`), by name.
  var others: [JobName: StateMachine] = [:]
  /// Answers Task states in the place of AWS, which then is asked for nothing.
  var mocks: MockFile?
  let isLocal: Bool
  let time: any TimeSource
  let random: any RandomSource

  /// Runs a machine with the drivers that it needs.
  func perform(_ runner: MachineRunner) async throws -> MachineRunner.Outcome {
    var logger = Logger(label: "jobd") { DaemonLogHandler(label: $0) }
    logger.logLevel = .error
    guard needsAWS else { return try await run(runner, [commands(logger)]) }
    guard isLocal else { return try await perform(runner, simulator: nil, logger) }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "jobd-\(String(random.next(), radix: 36))")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var outcome: MachineRunner.Outcome?
    try await LocalSimulator(stateDirectory: folder.path, time: time, random: random, logger: logger).run { simulator in
      outcome = try await perform(runner, simulator: simulator, logger)
    }
    guard let outcome else { throw CancellationError() }
    return outcome
  }

  private func perform(
    _ runner: MachineRunner, simulator: LocalSimulator.Running?, _ logger: Logger
  ) async throws -> MachineRunner.Outcome {
    let client = try await AWSConnection.make(
      region: nil, simulator: simulator, time: time, random: random, logger: logger
    ).client
    let tasks = ECSTaskDriver(caller: client, time: time, random: random, logger: logger)
    let services = ServiceTaskDriver(caller: client, time: time, random: random, logger: logger)
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await tasks.run() }
      defer { group.cancelAll() }
      return try await run(runner, [tasks, commands(logger), services])
    }
  }

  private func run(_ runner: MachineRunner, _ drivers: [any TaskDriver]) async throws -> MachineRunner.Outcome {
    var runner = runner
    runner.drivers = drivers
    return try await RehearsedExecutions.run(runner, machines: others, mocks: mocks)
  }

  /// With `--local` whoever calls allows what runs here.
  private func commands(_ logger: Logger) -> LocalTaskDriver {
    LocalTaskDriver(
      permission: .init(remedy: "add --local, by which tasks and commands run on this machine") { [isLocal] in isLocal
      },
      time: time, logger: logger)
  }

  /// Whether a Task state is to be performed by AWS, or by what stands in for it.
  private var needsAWS: Bool {
    // A rehearsal with mocks never starts anything in AWS.
    if mocks != nil, !isLocal { return false }
    return ([machine] + others.values).contains { machine in
      TaskStates(of: machine.definition).found.contains { state in
        mocks?.answers(state.name) != true && ExecutionForm(state.resource) == nil
          && (state.resource.contains(":states:::ecs:runTask") || ServiceTaskDriver.isService(state.resource))
      }
    }
  }
}
