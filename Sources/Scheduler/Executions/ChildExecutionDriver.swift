internal import JobModel

/// Performs `states:startExecution` in all its forms by runs of this very engine.
///
/// A child is an ordinary run, with a slot of its own and the trigger EXECUTION. Where the state waits for its end it is
/// stopped with the state; otherwise it goes on by itself.
struct ChildExecutionDriver: TaskDriver {
  let engine: Engine

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

  /// Recovering is no other thing: the child's name is the launch's, and whoever comes second finds it.
  func start(
    _ launch: Launch, recovering: Bool, permit: @escaping LaunchPermit
  ) async throws(CancellationError) -> LaunchReport {
    _ = try await permit()
    let request: ExecutionRequest
    do throws(TaskFailure) { request = try ExecutionRequest(launch) } catch { return .failed(error) }
    switch try await engine.startChild(request, of: launch) {
    case .success(let run): return ExecutionAnswer(request, run).started
    case .failure(let failure): return .failed(failure)
    }
  }

  func follow(_ launch: Launch) async throws(CancellationError) -> LaunchReport {
    let request: ExecutionRequest
    do throws(TaskFailure) { request = try ExecutionRequest(launch) } catch { return .failed(error) }
    guard request.form.waitsForEnd, let child = launch.taskARN.flatMap({ RunID($0) }) else {
      // The token comes to the engine; there is nothing to ask.
      try await Engine.waitUntilCancelled()
    }
    guard let run = try await engine.childEnd(child) else { return .failed(ExecutionFailures.unknown(child)) }
    return ExecutionAnswer(request, run).ended
  }

  func look(_ launch: Launch) async throws(CancellationError) -> LaunchFate {
    guard let request = try? ExecutionRequest(launch), request.form.waitsForEnd else { return .goesOn }
    guard let child = launch.taskARN.flatMap({ RunID($0) }) else { return .open }
    guard let run = try await engine.childNow(child) else { return .over(.failed(ExecutionFailures.unknown(child))) }
    return run.status == .running ? .goesOn : .over(ExecutionAnswer(request, run).ended)
  }

  func stop(_ launch: Launch, reason: String) async throws(CancellationError) {
    guard let request = try? ExecutionRequest(launch), request.form.waitsForEnd else { return }
    try await engine.stopChild(request, of: launch, reason: reason)
  }
}
