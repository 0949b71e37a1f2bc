internal import AWSClient
internal import ECSDriver
internal import Foundation
internal import JobModel
internal import Logging
internal import StatesLanguage

/// Who performs the Task states of `jobd machine run`. AWS, or the simulator, is only asked for a machine
/// that needs it: a machine of Pass states runs without a region and without credentials.
struct MachineDrivers {
  let machine: StateMachine
  let isLocal: Bool
  let time: any TimeSource
  let random: any RandomSource

  /// Runs a machine with the drivers that it needs.
  func perform(_ runner: MachineRunner) async throws -> MachineRunner.Outcome {
    guard needsECS else { return try await runner.run() }
    var logger = Logger(label: "jobd") { DaemonLogHandler(label: $0) }
    logger.logLevel = .error
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
    let driver = ECSTaskDriver(caller: client, time: time, random: random, logger: logger)
    var runner = runner
    runner.drivers = [driver]
    return try await withThrowingTaskGroup(of: Void.self) { [runner] group in
      group.addTask { await driver.run() }
      defer { group.cancelAll() }
      return try await runner.run()
    }
  }

  private var needsECS: Bool {
    machine.definition["States"]?.objectValue?.contains { _, state in
      [":states:::ecs:runTask", ":states:::ecs:runTask.sync"].contains {
        state["Resource"]?.stringValue?.hasSuffix($0) == true
      }
    } ?? false
  }
}
