public import AWSClient
public import JobModel
public import Logging

/// Why a task definition has no revision that can be run.
public struct TaskDefinitionError: Error, Equatable, Sendable {
  public var family: String
  /// `DescribeTaskDefinition` or `RegisterTaskDefinition`.
  public var operation: String
  public var error: AWSError

  public init(family: String, operation: String, error: AWSError) {
    self.family = family
    self.operation = operation
    self.error = error
  }
}

/// Turns task definitions into revisions of ECS: registers one only where its content differs from the family's
/// latest, since a revision stays for ever and ECS takes but one a second.
///
/// Callers who want the same at the same time share one question; what is known is remembered, so that a run
/// asks nothing as a rule. A call that fails is not repeated here: the launch that needs it decides how long to go on.
public actor TaskDefinitionRegistrar {
  private struct Flight {
    var number: Int
    var task: Task<Void, Never>
    var waiters: [Int: CheckedContinuation<Result<String, TaskDefinitionError>, Never>] = [:]
  }

  private let caller: any AWSCaller
  private let logger: Logger
  private var revisions: [TaskDefinitionContent: String] = [:]
  private var flights: [TaskDefinitionContent: Flight] = [:]
  private var next = 0

  public init(caller: any AWSCaller, logger: Logger) {
    self.caller = caller
    self.logger = logger
  }

  /// The ARN of a revision that says what the input says.
  ///
  /// - Parameter input: RegisterTaskDefinition's, in the API's spelling.
  public func ensure(_ input: JSONValue) async throws(TaskDefinitionError) -> String {
    let content = TaskDefinitionContent(input)
    if let revision = revisions[content] { return revision }
    next += 1
    let number = next
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { join(content, input, number, $0) }
    } onCancel: {
      Task { await self.leave(content, number) }
    }
    return try result.get()
  }

  /// The family's latest ACTIVE revision; nil where it has none.
  public func latest(
    _ family: String
  ) async throws(TaskDefinitionError) -> (revision: String, content: TaskDefinitionContent)? {
    let answer: JSONValue
    do throws(AWSError) {
      answer = try await caller.call(
        .ecs, "DescribeTaskDefinition", ["taskDefinition": .string(family), "include": ["TAGS"]])
    } catch {
      if TaskDefinitionRegistrar.isUnknownFamily(error) { return nil }
      throw TaskDefinitionError(family: family, operation: "DescribeTaskDefinition", error: error)
    }
    guard let revision = TaskDefinitionRegistrar.revision(in: answer),
      let content = TaskDefinitionContent(answer: answer)
    else { throw TaskDefinitionRegistrar.malformed(family, "DescribeTaskDefinition") }
    return (revision, content)
  }

  /// Asks ECS again the next time: the revision that was remembered cannot be run any more.
  public func forget(_ input: JSONValue) {
    revisions[TaskDefinitionContent(input)] = nil
  }

  /// How many wait for an answer.
  var waiters: Int { flights.values.reduce(0) { $0 + $1.waiters.count } }

  // MARK: Sharing

  private func join(
    _ content: TaskDefinitionContent, _ input: JSONValue, _ number: Int,
    _ waiter: CheckedContinuation<Result<String, TaskDefinitionError>, Never>
  ) {
    guard !Task.isCancelled else { return waiter.resume(returning: TaskDefinitionRegistrar.cancelled(content.family)) }
    var flight =
      flights[content]
      ?? Flight(number: number, task: Task { await self.fly(content, input, number) })
    flight.waiters[number] = waiter
    flights[content] = flight
  }

  /// A caller has lost interest; the last one takes the question with it.
  private func leave(_ content: TaskDefinitionContent, _ number: Int) {
    guard let waiter = flights[content]?.waiters.removeValue(forKey: number) else { return }
    if let flight = flights[content], flight.waiters.isEmpty {
      flight.task.cancel()
      flights[content] = nil
    }
    waiter.resume(returning: TaskDefinitionRegistrar.cancelled(content.family))
  }

  private func fly(_ content: TaskDefinitionContent, _ input: JSONValue, _ number: Int) async {
    let result: Result<String, TaskDefinitionError>
    do throws(TaskDefinitionError) {
      let revision = try await serve(content, input)
      if revisions.count >= ECSLimits.definitionCache { revisions.removeAll() }
      revisions[content] = revision
      result = .success(revision)
    } catch {
      result = .failure(error)
    }
    guard flights[content]?.number == number, let flight = flights.removeValue(forKey: content) else { return }
    for waiter in flight.waiters.values { waiter.resume(returning: result) }
  }

  // MARK: Asking

  private func serve(_ content: TaskDefinitionContent, _ input: JSONValue) async throws(TaskDefinitionError) -> String {
    if let latest = try await latest(content.family), content.isServed(by: latest.content) { return latest.revision }
    let answer: JSONValue
    do throws(AWSError) {
      answer = try await caller.call(.ecs, "RegisterTaskDefinition", input)
    } catch {
      throw TaskDefinitionError(family: content.family, operation: "RegisterTaskDefinition", error: error)
    }
    guard let revision = TaskDefinitionRegistrar.revision(in: answer) else {
      throw TaskDefinitionRegistrar.malformed(content.family, "RegisterTaskDefinition")
    }
    logger.notice("registered a task definition", metadata: ["task-definition": "\(revision)"])
    return revision
  }

  private static func revision(in answer: JSONValue) -> String? {
    guard let arn = answer["taskDefinition"]?["taskDefinitionArn"]?.stringValue, !arn.isEmpty else { return nil }
    return arn
  }

  /// ECS has no error of its own for a family without an ACTIVE revision; it says "Unable to describe task
  /// definition.", emulators say other things.
  private static func isUnknownFamily(_ error: AWSError) -> Bool {
    guard error.kind == .refused, !error.code.contains("AccessDenied") else { return false }
    let message = error.message.lowercased()
    return ["unable to describe task definition", "does not exist", "not found"].contains { message.contains($0) }
  }

  private static func malformed(_ family: String, _ operation: String) -> TaskDefinitionError {
    TaskDefinitionError(
      family: family, operation: operation,
      error: AWSError(
        kind: .ambiguous, code: "MalformedResponse", message: "\(operation) answered without a task definition's ARN"))
  }

  private static func cancelled(_ family: String) -> Result<String, TaskDefinitionError> {
    .failure(
      TaskDefinitionError(
        family: family, operation: "DescribeTaskDefinition",
        error: AWSError(kind: .cancelled, code: "Cancelled", message: "cancelled")))
  }
}
