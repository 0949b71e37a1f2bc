internal import AWSClient
internal import JobModel

/// The exactly-once launch of one RunTask as a value: an event in, one action out.
///
/// Two questions decide everything. *May a request have had an effect?* If not, a refusal is final and
/// the same request may be sent again at leisure. If so, the client token stands between a repetition
/// and a second task, but only while it is certainly alive; after that ECS can only be searched. Where
/// neither helps the launch is unknown: it is never guessed.
///
/// A launch that is taken over has an earlier sender, who may have been halted with a signed request in hand: that
/// nothing was started is final only once such a request can no longer arrive.
struct LaunchProtocol: Sendable {
  enum Event: Sendable {
    case began(recovering: Bool)
    /// RunTask answered with HTTP 200.
    case answered(RunTaskAnswer)
    case askFailed(AWSError)
    /// The tasks that carry this launch's `startedBy`, in the API's spelling.
    case found([JSONValue])
    /// The search itself did not succeed.
    case lookFailed(AWSError)
    /// What became of the ARNs of a conflict: those that could be described.
    case described([JSONValue])
    case waited
  }

  enum Action: Equatable, Sendable {
    /// Send the launch's request, always the same.
    case ask
    /// Search running and stopped tasks by `startedBy`.
    case look
    case describe([String])
    case wait(Duration)
    case finish(Verdict)
  }

  enum Verdict: Equatable, Sendable {
    case accepted(RunTaskAnswer)
    /// A definitive error; nothing was started.
    case refused(AWSError)
    /// HTTP 200 with failures; nothing was started.
    case failures([JSONValue])
    /// Whether a task was started cannot be known.
    case unknown(String)
  }

  /// Why tasks are being searched, which decides what an empty search means.
  private enum Purpose: Equatable {
    case recovery
    case answer(RunTaskAnswer)
    case refusal(AWSError)
    case conflict(AWSError, [String])
    case tokenSpent(AWSError)
  }

  private enum State: Equatable {
    case idle
    case asking
    case looking(Purpose)
    case waitingToAsk(AWSError)
    case waitingToLook(Purpose)
    case finished
  }

  private let startedBy: String
  private let count: Int
  private var state = State.idle
  /// The launch's age when a request may first have had an effect.
  private var arrivedAt: Duration?
  private var mayHaveArrived: Bool { arrivedAt != nil }
  private var asks = Backoff(ECSLimits.askDelay)
  private var failedLooks = FailedAttempts(ECSLimits.askDelay)
  /// Delays before the looks that are still to come.
  private var looksLeft: ArraySlice<Duration> = []
  /// How much longer what an earlier process has signed may still arrive.
  private var earlierMayArrive = Duration.zero

  init(startedBy: String, count: Int) {
    self.startedBy = startedBy
    self.count = count
  }

  /// - Parameter age: the time since the launch was intended, by the clock that says more: never less than since it
  ///   was committed, and up to five seconds more where its run was prepared. Negative where the wall clock cannot be
  ///   trusted.
  mutating func handle(
    _ event: Event, age: Duration, using generator: inout some RandomNumberGenerator
  ) -> Action {
    switch (state, event) {
    case (.idle, .began(let recovering)):
      if recovering { (arrivedAt, earlierMayArrive) = (.zero, ECSLimits.lateArrival) }
      return recovering ? look(.recovery) : ask()
    case (.asking, .answered(let answer)): return answered(answer, age: age, using: &generator)
    case (.asking, .askFailed(let error)): return askFailed(error, age: age, using: &generator)
    case (.looking(let purpose), .found(let tasks)): return found(tasks, purpose, age: age)
    case (.looking(let purpose), .described(let tasks)): return described(tasks, purpose, age: age)
    case (.looking(let purpose), .lookFailed(let error)):
      return lookFailed(error, purpose, age: age, using: &generator)
    case (.waitingToAsk(let error), .waited): return mayAsk(age) ? ask() : giveUpAsking(error)
    case (.waitingToLook(let purpose), .waited): return repeatLook(purpose)
    default: preconditionFailure("\(event) in \(state)")
    }
  }

  /// Whether the request may be sent (again) without the risk of a second task.
  private func mayAsk(_ age: Duration) -> Bool {
    let limit = mayHaveArrived ? ECSLimits.tokenLife : ECSLimits.patience
    if !mayHaveArrived { return age < limit - ECSLimits.lateArrival }
    return age >= .zero - ECSLimits.lateArrival && age < limit - ECSLimits.lateArrival
  }

  /// How long a request that is to be sent now may still wait: as long as its token is certainly alive. The
  /// token of a request that never arrived does not age.
  func sendable(at age: Duration) -> Duration {
    ECSLimits.tokenLife - ECSLimits.lateArrival - (mayHaveArrived ? age : .zero)
  }

  private mutating func arrived(at age: Duration) { arrivedAt = arrivedAt ?? age }

  private mutating func ask() -> Action {
    state = .asking
    return .ask
  }

  private mutating func finish(_ verdict: Verdict) -> Action {
    state = .finished
    return .finish(verdict)
  }

  private mutating func answered(
    _ answer: RunTaskAnswer, age: Duration, using generator: inout some RandomNumberGenerator
  ) -> Action {
    arrived(at: age)
    if answer.tasks.count >= count { return finish(.accepted(answer)) }
    if !answer.failures.isEmpty || !answer.tasks.isEmpty { return look(.answer(answer)) }
    let error = AWSError(
      kind: .ambiguous, code: "MalformedResponse", message: "RunTask answered with neither tasks nor failures")
    return askFailed(error, age: age, using: &generator)
  }

  private mutating func askFailed(
    _ error: AWSError, age: Duration, using generator: inout some RandomNumberGenerator
  ) -> Action {
    switch error.kind {
    case .refused where error.code == "ConflictException":
      arrived(at: age)
      let arns = (error.details["resourceIds"]?.arrayValue ?? []).compactMap(\.stringValue)
      return look(.conflict(error, arns))
    case .refused: return mayHaveArrived ? look(.refusal(error)) : finish(.refused(error))
    case .ambiguous, .cancelled: arrived(at: age)
    case .throttled, .notSent: break
    }
    guard mayAsk(age) else { return giveUpAsking(error) }
    return wait(asks.next(using: &generator), .waitingToAsk(error))
  }

  private mutating func giveUpAsking(_ error: AWSError) -> Action {
    mayHaveArrived ? look(.tokenSpent(error)) : finish(.refused(error))
  }

  private mutating func look(_ purpose: Purpose) -> Action {
    switch purpose {
    case .refusal, .conflict: looksLeft = ECSLimits.settleDelays[...]
    case .recovery, .answer, .tokenSpent: looksLeft = ECSLimits.lookDelays[...]
    }
    failedLooks.reset()
    return repeatLook(purpose)
  }

  private mutating func wait(_ delay: Duration, _ waiting: State) -> Action {
    state = waiting
    earlierMayArrive = max(.zero, earlierMayArrive - delay)
    return .wait(delay)
  }

  private mutating func repeatLook(_ purpose: Purpose) -> Action {
    state = .looking(purpose)
    if case .conflict(_, let arns) = purpose, !arns.isEmpty { return .describe(arns) }
    return .look
  }

  private mutating func found(_ tasks: [JSONValue], _ purpose: Purpose, age: Duration) -> Action {
    failedLooks.reset()
    var known: [JSONValue] = []
    var failures: [JSONValue] = []
    if case .answer(let answer) = purpose { (known, failures) = (answer.tasks, answer.failures) }
    let names = Set(known.compactMap(taskARN))
    let all = known + tasks.filter { task in taskARN(task).map { !names.contains($0) } ?? false }
    if all.count >= count { return finish(.accepted(RunTaskAnswer(tasks: all, failures: failures))) }
    if purpose == .recovery, mayAsk(age) { return ask() }
    if let delay = looksLeft.popFirst() { return wait(delay, .waitingToLook(purpose)) }
    if !all.isEmpty { return finish(.accepted(RunTaskAnswer(tasks: all, failures: failures))) }
    return conclude(purpose, age: age)
  }

  /// The search is over and found nothing. One that ECS has kept from its end for an hour proves nothing: a task may
  /// have come and gone meanwhile.
  private mutating func conclude(_ purpose: Purpose, age: Duration) -> Action {
    let isLate = age - (arrivedAt ?? age) >= ECSLimits.stoppedTaskVisible - ECSLimits.lateArrival
    switch purpose {
    case .answer where isLate, .refusal where isLate:
      return finish(.unknown("ECS answered so late that it may have forgotten a task"))
    case .answer where earlierMayArrive > .zero, .refusal where earlierMayArrive > .zero:
      return wait(min(earlierMayArrive, ECSLimits.askDelay.upperBound), .waitingToLook(purpose))
    case .recovery:
      return finish(.unknown("an earlier process may have sent it, and its token may no longer protect a repetition"))
    case .answer(let answer): return finish(.failures(answer.failures))
    case .refusal(let error): return finish(.refused(error))
    case .conflict(let error, _): return finish(.unknown("ECS knows the token (\(error.code)) but shows no such task"))
    case .tokenSpent(let error): return finish(.unknown("the latest answer was \(error.code): \(error.message)"))
    }
  }

  /// The tasks of a conflict. They are this launch's by their token; `startedBy` may only contradict it.
  private mutating func described(_ tasks: [JSONValue], _ purpose: Purpose, age: Duration) -> Action {
    guard case .conflict(let error, let arns) = purpose else { preconditionFailure("described for \(purpose)") }
    failedLooks.reset()
    let own = tasks.filter { $0["startedBy"]?.stringValue == startedBy && taskARN($0) != nil }
    if !own.isEmpty { return finish(.accepted(RunTaskAnswer(tasks: own, failures: []))) }
    if !tasks.isEmpty { return finish(.refused(error)) }
    if let delay = looksLeft.popFirst() { return wait(delay, .waitingToLook(purpose)) }
    let bare = arns.map { JSONValue.object(["taskArn": .string($0)]) }
    return finish(.accepted(RunTaskAnswer(tasks: bare, failures: [])))
  }

  private mutating func lookFailed(
    _ error: AWSError, _ purpose: Purpose, age: Duration, using generator: inout some RandomNumberGenerator
  ) -> Action {
    if error.kind == .refused, purpose == .recovery, mayAsk(age) { return ask() }
    if let delay = failedLooks.delay(after: error, using: &generator) {
      return wait(delay, .waitingToLook(purpose))
    }
    if case .answer(let answer) = purpose, !answer.tasks.isEmpty { return finish(.accepted(answer)) }
    return finish(.unknown("the task could not be searched for (\(error.code): \(error.message))"))
  }
}
