internal import JobModel
internal import StatesLanguage

/// What a driver's report and an answer that somebody brings mean for a launch.
///
/// A launch with a token is over when its token is answered. It fails or times out only where no answer has come,
/// which the same batch makes sure of (`expectUnanswered`): one that was acknowledged counts.
extension RunCore {
  mutating func take(
    _ report: LaunchReport, of number: Int, at now: Instant, using generator: inout RandomGenerator
  ) -> Step {
    guard let launch = launches[number] else { return Step() }
    let isGivenUp = launch.status == .stopped
    switch report {
    case .submitted(let taskARN, let submission):
      return submitted(launch, taskARN: taskARN, submission, at: now, using: &generator)
    case .succeeded(let output, let result, let diagnosis):
      if launch.token != nil, !isGivenUp {
        return wentWell(launch, output, result, diagnosis, at: now, using: &generator)
      }
      var step = end(number, isGivenUp ? .stopped : .succeeded, result: result, diagnosis: diagnosis, at: now)
      if !isGivenUp { step.append(tell(launch, .succeeded(output: output), at: now, using: &generator)) }
      return step
    case .failed(let failure):
      if let answer = early.removeValue(forKey: number) {
        // The request has arrived, whatever became of its reply.
        return close(launch, with: answer, at: now, using: &generator)
      }
      var step = end(
        number, isGivenUp ? .stopped : .failed, result: failure.result, diagnosis: failure.diagnosis, at: now)
      guard !isGivenUp else { return step }
      if launch.token != nil { step.writes.append(.expectUnanswered(launch.id)) }
      let event = TaskEvent.failed(error: failure.error, aliases: failure.aliases, cause: failure.cause)
      step.append(tell(launch, event, at: now, using: &generator))
      return step
    }
  }

  /// The resource took the request, and there is a task.
  private mutating func submitted(
    _ launch: Launch, taskARN: String, _ submission: JSONValue, at now: Instant,
    using generator: inout RandomGenerator
  ) -> Step {
    var launch = launch
    let number = launch.id.number
    guard launch.taskARN == nil else { return Step() }
    launch.taskARN = taskARN
    launch.submission = submission
    guard launch.status != .stopped else {
      launches.put(launch)
      return Step(
        writes: [.updateLaunch(launch)],
        effects: [.follow(launch), .stop(launch, reason: RunCore.noLongerAwaited)])
    }
    launch.status = .submitted
    launches.put(launch)
    var step = Step(writes: [.updateLaunch(launch)])
    step.append(tell(launch, .submitted(output: submission), at: now, using: &generator))
    if let answer = early.removeValue(forKey: number) {
      step.append(close(launch, with: answer, at: now, using: &generator))
    }
    if launches[number]?.status == .submitted { step.effects.append(.follow(launch)) }
    return step
  }

  /// A launch with a token: its request was taken by a resource that has no task to follow, or its task has ended
  /// well without having answered. It may have passed the token on; the run goes on waiting.
  private mutating func wentWell(
    _ launch: Launch, _ output: JSONValue, _ result: JSONValue, _ diagnosis: Diagnosis?, at now: Instant,
    using generator: inout RandomGenerator
  ) -> Step {
    var launch = launch
    guard launch.status == .intended else {
      if launch.isOnlyAwaited { return Step() }
      launch.result = result
      launch.diagnosis = diagnosis
      launches.put(launch)
      return Step(writes: [.updateLaunch(launch)])
    }
    launch.status = .submitted
    launch.submission = output
    launches.put(launch)
    var step = Step(writes: [.updateLaunch(launch)])
    step.append(tell(launch, .submitted(output: output), at: now, using: &generator))
    if let answer = early.removeValue(forKey: launch.id.number) {
      step.append(close(launch, with: answer, at: now, using: &generator))
    }
    return step
  }

  mutating func end(
    _ number: Int, _ status: LaunchState, result: JSONValue?, diagnosis: Diagnosis?, at now: Instant
  ) -> Step {
    guard var launch = launches[number] else { return Step() }
    launch.status = status
    launch.endedAt = now
    launch.result = result ?? launch.result
    launch.diagnosis = launch.diagnosis ?? diagnosis
    launches.put(launch)
    return Step(writes: [.updateLaunch(launch)])
  }

  private mutating func tell(
    _ launch: Launch, _ event: TaskEvent, at now: Instant, using generator: inout RandomGenerator
  ) -> Step {
    perform(execution.taskEvent(launch.task, event, at: now, using: &generator), at: now, using: &generator)
  }

  // MARK: Answers

  /// An answer for an attempt that is over, or was given up, is cleared away.
  mutating func take(_ answer: TaskAnswer, at now: Instant, using generator: inout RandomGenerator) -> Step {
    guard let launch = launches[answer.launch.number], launch.token != nil, launch.status != .stopped else {
      return Step(writes: [.removeAnswer(answer)])
    }
    guard answer.isFinal else {
      var step = Step(writes: [.removeAnswer(answer)])
      step.append(tell(launch, .heartbeat, at: now, using: &generator))
      return step
    }
    guard launch.status == .submitted else {
      // First what became of the request: the history tells of it before it tells of the answer.
      early[launch.id.number] = answer
      return Step()
    }
    return close(launch, with: answer, at: now, using: &generator)
  }

  mutating func takeEarlyAnswers(at now: Instant, using generator: inout RandomGenerator) -> Step {
    var step = Step()
    for (number, answer) in early.sorted(by: { $0.key < $1.key }) {
      early[number] = nil
      guard let launch = launches[number] else { continue }
      step.append(close(launch, with: answer, at: now, using: &generator))
    }
    return step
  }

  private mutating func close(
    _ launch: Launch, with answer: TaskAnswer, at now: Instant, using generator: inout RandomGenerator
  ) -> Step {
    var step: Step
    let event: TaskEvent
    switch answer.content {
    case .heartbeat: return Step()
    case .succeeded(let output):
      step = end(launch.id.number, .succeeded, result: output, diagnosis: nil, at: now)
      event = .succeeded(output: output)
    case .failed(let error, let cause):
      let diagnosis = Diagnosis.answered(error: error, cause: cause)
      step = end(launch.id.number, .failed, result: nil, diagnosis: diagnosis, at: now)
      event = .failed(error: error ?? FailureName.taskFailed.rawValue, aliases: [], cause: cause ?? "")
    }
    step.writes.append(.removeAnswer(answer))
    step.append(tell(launch, event, at: now, using: &generator))
    return step
  }
}

extension RunCore.Step {
  /// That nobody has answered for the tasks that this step gives up.
  var expectations: [StoreWrite] {
    writes.compactMap { write in
      guard case .updateLaunch(let launch) = write, launch.token != nil, launch.status == .stopped else { return nil }
      return .expectUnanswered(launch.id)
    }
  }
}
