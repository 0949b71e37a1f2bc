internal import JobModel
internal import Scheduler
internal import StatesLanguage
internal import Synchronization

/// Performs `states:startExecution` for `jobd machine run`: each machine that the command line names is run by a runner
/// like that of the first one, with nothing stored.
final class RehearsedExecutions: TaskDriver {
  private struct Child {
    var task: Task<MachineRunner.Outcome, any Error>
    var stop: AsyncStream<String>.Continuation
    var startedAt: Instant
  }

  private struct State {
    var children: [LaunchID: Child] = [:]
    var count = 0
  }

  private let machines: [JobName: StateMachine]
  /// What children are run like; its drivers are all but this one.
  private let runner: MachineRunner
  private let mocks: MockFile?
  private let depth: Int
  private let state = Mutex(State())

  init(machines: [JobName: StateMachine], mocks: MockFile?, runner: MachineRunner, depth: Int = 0) {
    self.machines = machines
    self.mocks = mocks
    self.runner = runner
    self.depth = depth
  }

  /// Runs a machine to its end, and to the end of what it has started.
  static func run(
    _ runner: MachineRunner, machines: [JobName: StateMachine], mocks: MockFile? = nil, depth: Int = 0
  ) async throws -> MachineRunner.Outcome {
    let executions = RehearsedExecutions(machines: machines, mocks: mocks, runner: runner, depth: depth)
    let drivers: [any TaskDriver] = [executions] + runner.drivers
    let answers = mocks.map { MockTaskDriver($0, others: drivers) }
    var own = runner
    own.drivers = answers.map { [$0] } ?? drivers
    var outcome = try await own.run()
    outcome.mockProblems = answers?.problems ?? []
    for task in executions.state.withLock({ $0.children.values.map(\.task) }) {
      outcome.mockProblems += (try? await task.result.get())?.mockProblems ?? []
    }
    return outcome
  }

  func handles(_ resource: String) -> Bool { ExecutionForm(resource) != nil }

  func prepare(_ request: TaskRequest, installation: String, at now: Instant) throws(TaskFailure) -> Launch {
    guard let form = ExecutionForm(request.resource) else {
      preconditionFailure("\(request.resource) starts no execution")
    }
    let execution = try ExecutionRequest(form: form, arguments: request.arguments, state: request.state)
    return Launch(
      id: request.launch, task: request.task, state: request.state, resource: request.resource,
      request: execution.json, intendedAt: now, policy: request.policy)
  }

  func start(
    _ launch: Launch, recovering: Bool, permit: @escaping LaunchPermit
  ) async throws(CancellationError) -> LaunchReport {
    _ = try await permit()
    let request: ExecutionRequest
    do throws(TaskFailure) { request = try ExecutionRequest(launch) } catch { return .failed(error) }
    let failures = ExecutionFailures(form: request.form)
    guard let machine = machines[request.machine] else {
      return .failed(failures.machineDoesNotExist(request.machineARN))
    }
    guard depth < Limits.executionDepth else {
      return .failed(failures.limitExceeded("Executions are nested deeper than \(Limits.executionDepth)"))
    }
    let startedAt = runner.time.now()
    let number = state.withLock { state in
      state.count += 1
      return state.count
    }
    let id = RunID(
      slot: SlotKey(job: request.machine, scheduledAt: startedAt + .milliseconds(Int64(number))), rerun: 0)
    let (stops, stop) = AsyncStream.makeStream(of: String.self)
    var child = runner
    (child.job, child.machine, child.input) = (request.machine, machine, request.input)
    (child.id, child.stops) = (id, stops)
    child.context = RehearsedExecutions.context(request, id, at: startedAt)
    let task = Task { [child, machines, mocks, depth] in
      try await RehearsedExecutions.run(child, machines: machines, mocks: mocks, depth: depth + 1)
    }
    state.withLock {
      $0.children[launch.id] = Child(task: task, stop: stop, startedAt: startedAt)
    }
    return ExecutionAnswer(request, id, status: .running, input: request.input.text, startedAt: startedAt).started
  }

  private static func context(_ request: ExecutionRequest, _ id: RunID, at startedAt: Instant) -> JSONValue {
    let name = JSONValue.string(request.name ?? id.description)
    return [
      "Execution": [
        "Id": .string(id.description), "Input": request.input, "Name": name, "RoleArn": "",
        "StartTime": .string(startedAt.millisecondText), "RedriveCount": 0,
      ],
      "StateMachine": ["Id": .string(request.machineARN), "Name": .string(request.machine.description)],
    ]
  }

  func follow(_ launch: Launch) async throws(CancellationError) -> LaunchReport {
    let request: ExecutionRequest
    do throws(TaskFailure) { request = try ExecutionRequest(launch) } catch { return .failed(error) }
    guard let id = launch.taskARN.flatMap({ RunID($0) }), let child = state.withLock({ $0.children[launch.id] }) else {
      preconditionFailure("launch \(launch.id) is followed without a child")
    }
    guard request.form.waitsForEnd else {
      return .failed(
        TaskFailure(
          error: FailureName.runtime.rawValue,
          cause:
            "Nobody brings a task token back to `jobd machine run`: the state '\(launch.state)' would wait for ever"))
    }
    let outcome: MachineRunner.Outcome
    do {
      outcome = try await withTaskCancellationHandler {
        try await child.task.value
      } onCancel: {
        child.task.cancel()
      }
    } catch {
      throw CancellationError()
    }
    var answer = ExecutionAnswer(
      request, id, status: .succeeded, input: request.input.text, startedAt: child.startedAt,
      endedAt: runner.time.now())
    switch outcome.result {
    case .succeeded(let output): answer.output = output.text
    case .failed(let error, let cause): (answer.status, answer.error, answer.cause) = (.failed, error, cause)
    case .timedOut(let error, let cause): (answer.status, answer.error, answer.cause) = (.timedOut, error, cause)
    case .aborted(let error, let cause): (answer.status, answer.error, answer.cause) = (.aborted, error, cause)
    }
    return answer.ended
  }

  func stop(_ launch: Launch, reason: String) async throws(CancellationError) {
    guard let child = state.withLock({ $0.children[launch.id] }) else { return }
    child.stop.yield(reason)
    _ = await child.task.result
  }
}
