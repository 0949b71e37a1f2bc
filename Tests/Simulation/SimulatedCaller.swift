internal import AWSClient
internal import JobModel

/// The way from one process to AWS and back, on which everything may get lost, late or garbled.
struct SimulatedCaller: AWSCaller {
  let cloud: SimulatedCloud
  let clock: WorldClock
  let life: Life
  let faults: Faults
  let chance: Chance
  let record: Record
  let process: Int

  func call(_ service: AWSService, _ operation: String, _ input: JSONValue) async throws(AWSError) -> JSONValue {
    try await answer(service, operation, input, options: AWSCallOptions()).output
  }

  func answer(
    _ service: AWSService, _ operation: String, _ input: JSONValue, options: AWSCallOptions
  ) async throws(AWSError) -> AWSAnswer {
    do {
      let result = try await life.act { await attempt(service, operation, input, options) }
      if record.isTracing {
        record.add(.called(process: process, operation: operation, summary: summary(input), answer: summary(result)))
      }
      return AWSAnswer(output: try result.get())
    } catch let error as AWSError {
      throw error
    } catch {
      throw AWSError(kind: .cancelled, code: "Cancelled", message: "the process is dead")
    }
  }

  private func attempt(
    _ service: AWSService, _ operation: String, _ input: JSONValue, _ options: AWSCallOptions
  ) async -> Result<JSONValue, AWSError> {
    do throws(AWSError) {
      return .success(try await send(service, operation, input, options))
    } catch {
      return .failure(error)
    }
  }

  /// AWS takes no signature that is older than this (IAM user guide, "Elements of an AWS API request signature").
  private static let signatureLife = Duration.seconds(300)

  private func send(
    _ service: AWSService, _ operation: String, _ input: JSONValue, _ options: AWSCallOptions
  ) async throws(AWSError) -> JSONValue {
    let signedAt = try await sign(operation, input, options)
    if faults.happens(.notSent) {
      try await wait(0.1...30)
      throw AWSError(kind: .notSent, code: "ConnectionFailed", message: "no connection")
    }
    try await wait(faults.happens(.slow) ? 1...25 : 0.005...0.3)
    // Where the process stands still meanwhile, the bytes are on their way already, or never leave before it goes on.
    if chance.happens(0.5) { try await goOn() }
    if clock.uptime - signedAt > Self.signatureLife { _ = try await sign(operation, input, options) }
    if faults.isOut(service.name == AWSService.sns.name ? .sns : .ecs) || faults.happens(.serverErrorBefore) {
      throw AWSError(kind: .ambiguous, code: "ServerException", message: "unavailable", httpStatus: 503)
    }
    if faults.happens(.throttled) {
      throw AWSError(kind: .throttled, code: "ThrottlingException", message: "Rate exceeded", httpStatus: 400)
    }
    if faults.happens(.requestLost) {
      try await wait(5...30)
      throw AWSError(kind: .ambiguous, code: "Timeout", message: "no answer")
    }
    if faults.happens(.requestLate) {
      // The caller gives up, and what it sent arrives all the same, whether the caller lives or not.
      let delay = chance.length(1...30)
      Task { [cloud, clock] in
        try? await clock.sleep(for: delay)
        _ = try? cloud.answer(service.name, operation, input)
      }
      try await wait(5...30)
      throw AWSError(kind: .ambiguous, code: "Timeout", message: "no answer")
    }
    let answer = try cloud.answer(service.name, operation, input)
    if faults.happens(.replyLost) {
      try await wait(5...30)
      throw AWSError(kind: .ambiguous, code: "ConnectionBroken", message: "the connection broke")
    }
    if faults.happens(.serverErrorAfter) {
      throw AWSError(kind: .ambiguous, code: "ServerException", message: "internal error", httpStatus: 500)
    }
    if faults.happens(.malformed) {
      throw AWSError(kind: .ambiguous, code: "MalformedResponse", message: "the answer is no JSON", httpStatus: 200)
    }
    if faults.happens(.slow) { try await wait(0.1...20) }
    return answer
  }

  /// As the client does: it asks for a permit, and again where the process stood still for longer than that one holds.
  ///
  /// - Returns: when. A process that stands still from here on may send it all the same, when it goes on.
  private func sign(
    _ operation: String, _ input: JSONValue, _ options: AWSCallOptions
  ) async throws(AWSError) -> Duration {
    if let permit = options.permit {
      var limit = Duration.zero
      repeat {
        do { limit = try await permit() } catch {
          throw AWSError(kind: .cancelled, code: "Cancelled", message: "the permit is gone")
        }
        if operation == "RunTask" { life.pass(.afterPermit) }
        try await goOn()
      } while clock.uptime > limit
    }
    if let notAfter = options.notAfter, clock.uptime > notAfter {
      throw AWSError(kind: .notSent, code: "TooLate", message: "the call waited too long to be sent")
    }
    if operation == "RunTask", !life.isDead {
      record.add(.launchAsked(process: process, startedBy: input["startedBy"]?.stringValue ?? ""))
      life.pass(.afterSignature)
    }
    return clock.uptime
  }

  private func goOn() async throws(AWSError) {
    do { try await life.goOn() } catch {
      throw AWSError(kind: .cancelled, code: "Cancelled", message: "the process is dead")
    }
  }

  private func wait(_ seconds: ClosedRange<Double>) async throws(AWSError) {
    do { try await clock.sleep(for: chance.length(seconds)) } catch {
      throw AWSError(kind: .cancelled, code: "Cancelled", message: "cancelled")
    }
  }

  private func summary(_ input: JSONValue) -> String {
    let names = ["startedBy", "task", "family", "Subject"].compactMap { input[$0]?.stringValue }
    let tasks = input["tasks"]?.arrayValue?.compactMap(\.stringValue).map { $0.suffix(6) } ?? []
    return (names + tasks.map { String($0) }).joined(separator: " ")
  }

  private func summary(_ result: Result<JSONValue, AWSError>) -> String {
    switch result {
    case .failure(let error): return "\(error.kind.rawValue) \(error.code)"
    case .success(let answer):
      let tasks = (answer["tasks"]?.arrayValue ?? []).map {
        "\(($0["taskArn"]?.stringValue ?? "").suffix(6)) \($0["lastStatus"]?.stringValue ?? "")"
      }
      let failures = (answer["failures"]?.arrayValue ?? []).map { $0["reason"]?.stringValue ?? "?" }
      let arns = (answer["taskArns"]?.arrayValue ?? []).compactMap(\.stringValue).map { String($0.suffix(6)) }
      return (tasks + failures + arns).joined(separator: ", ")
    }
  }
}
