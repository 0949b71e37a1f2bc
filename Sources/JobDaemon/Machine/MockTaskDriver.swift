internal import JobModel
internal import Synchronization

/// Answers Task states from a mock file, and hands on those that the file says nothing of.
final class MockTaskDriver: TaskDriver {
  private let file: MockFile
  private let others: [any TaskDriver]
  /// How often each state has been attempted, and what nothing answered.
  private let state = Mutex((attempts: [String: Int](), problems: [String]()))

  /// - Parameter others: perform the Task states that the file does not answer. Without any, such a state fails.
  init(_ file: MockFile, others: [any TaskDriver]) {
    self.file = file
    self.others = others
  }

  /// What the file had no answer to, in the order in which it was asked. Such a state fails with `States.Runtime`, as
  /// in Step Functions Local; a Catch may hide that, but it is a mistake of the rehearsal, not the machine's.
  var problems: [String] { state.withLock { $0.problems } }

  /// A rehearsal has nobody else who could.
  var answersForTokens: Bool { true }

  func handles(_ resource: String) -> Bool { true }

  /// Gives the attempt its number. This is where the runner asks for one state after the other; launches of a Map's
  /// iterations start side by side.
  func prepare(_ request: TaskRequest, installation: String, at now: Instant) throws(TaskFailure) -> Launch {
    guard file.answers(request.state) else {
      if request.token != nil {
        throw refused(
          "The state '\(request.state)' has no mock, and without a daemon nobody brings its task token back")
      }
      if let other = others.first(where: { $0.handles(request.resource) }) {
        return try other.prepare(request, installation: installation, at: now)
      }
      throw refused("The state '\(request.state)' has no mock, and nothing else here performs \(request.resource)")
    }
    let attempt = state.withLock { state in
      state.attempts[request.state, default: 0] += 1
      return (state.attempts[request.state] ?? 1) - 1
    }
    guard file.answer(to: request.state, attempt: attempt) != nil else {
      let given = file.attempts(of: request.state)
      throw refused(
        "The mock of the state '\(request.state)' has no answer to attempt \(attempt)"
          + (given.isEmpty ? ": it has none at all" : ", only to \(given)"))
    }
    return Launch(
      id: request.launch, task: request.task, state: request.state, resource: request.resource,
      request: ["Attempt": .integer(Int64(attempt)), "Arguments": request.arguments], intendedAt: now)
  }

  /// What is followed to its end (`.sync`, `.waitForTaskToken`) is submitted first, so that the history is AWS's.
  func start(
    _ launch: Launch, recovering: Bool, permit: @escaping LaunchPermit
  ) async throws(CancellationError) -> LaunchReport {
    if let other = other(for: launch) { return try await other.start(launch, recovering: recovering, permit: permit) }
    // `.sync:2` answers with JSON where `.sync` answers with text.
    let isFollowed = [".sync", ".sync:2", ".waitForTaskToken"].contains { launch.resource.hasSuffix($0) }
    return isFollowed ? .submitted(taskARN: "mock:\(launch.id)", submission: [:]) : report(of: launch)
  }

  func follow(_ launch: Launch) async throws(CancellationError) -> LaunchReport {
    if let other = other(for: launch) { return try await other.follow(launch) }
    return report(of: launch)
  }

  /// A mocked task is over as soon as it is followed.
  func stop(_ launch: Launch, reason: String) async throws(CancellationError) {
    if let other = other(for: launch) { try await other.stop(launch, reason: reason) }
  }

  private func other(for launch: Launch) -> (any TaskDriver)? {
    file.answers(launch.state) ? nil : others.first { $0.handles(launch.resource) }
  }

  private func report(of launch: Launch) -> LaunchReport {
    let attempt = launch.request["Attempt"]?.integerValue.map { Int($0) } ?? 0
    switch file.answer(to: launch.state, attempt: attempt) {
    case .returned(let output): return .succeeded(output: output, result: output)
    case .thrown(let error, let cause): return .failed(TaskFailure(error: error, cause: cause))
    case nil: return .failed(refused("The state '\(launch.state)' has no mock"))
    }
  }

  private func refused(_ problem: String) -> TaskFailure {
    state.withLock { $0.problems.append(problem) }
    return TaskFailure(error: "States.Runtime", cause: problem)
  }
}
