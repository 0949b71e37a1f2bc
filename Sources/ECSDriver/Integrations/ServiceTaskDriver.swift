public import AWSClient
public import JobModel
public import Logging

/// Performs Task states that call AWS services: Step Functions' optimized integrations of SNS, SQS, DynamoDB,
/// EventBridge and Lambda, a Lambda function's own ARN, and `arn:aws:states:::aws-sdk:SERVICE:ACTION` for every service
/// of the ``ServiceTable``. With `.waitForTaskToken` the call is made here; waiting for the token is not this driver's.
///
/// A call is sent once, but for what can do no harm twice:
/// * throttling, and requests that never left this machine, are tried again, within the client's bounds;
/// * a server's error, a timeout, a broken connection are tried again where the action only reads, carries an
///   idempotency token (the action's own, derived from the launch where none is given) or goes to a FIFO queue or topic
///   with a deduplication id. Otherwise the state fails with the name that AWS gives the error, such as
///   `DynamoDB.InternalServerErrorException` or `SQS.SdkClientException`, and with the alias `Jobd.UnknownOutcome`:
///   Step Functions tries such calls again on its own; here a retrier decides;
/// * what an earlier process may have sent is sent again by the same rule, as long as AWS remembers the token;
///   otherwise the state fails with `Jobd.UnknownOutcome`.
public struct ServiceTaskDriver: TaskDriver {
  private let caller: any AWSCaller
  private let time: any TimeSource
  private let logger: Logger

  /// - Parameter random: drivers are made alike; nothing here is drawn, since the client draws its delays itself.
  public init(caller: any AWSCaller, time: any TimeSource, random: any RandomSource, logger: Logger) {
    self.caller = caller
    self.time = time
    self.logger = logger
  }

  /// True for every `aws-sdk:…`, also of services and actions that ``problem(with:)`` knows to fail.
  public func handles(_ resource: String) -> Bool { ServiceTaskDriver.isService(resource) }

  /// Whether a Task state with this resource calls a service.
  public static func isService(_ resource: String) -> Bool { ServiceResource(resource) != nil }

  /// Why a state with this resource will fail whatever its arguments are, in one sentence; nil where it need not.
  public static func problem(with resource: String) -> String? {
    guard case .failure(let failure)? = APIIntegration.make(resource) else { return nil }
    return failure.diagnosis?.sentence
  }

  public func prepare(_ request: TaskRequest, installation: String, at now: Instant) throws(TaskFailure) -> Launch {
    let integration = try ServiceTaskDriver.integration(request.resource).get()
    let token = LaunchIdentity.uniqueToken(request.launch, installation: installation)
    return Launch(
      id: request.launch, task: request.task, state: request.state, resource: request.resource,
      request: try integration.input(of: request, token: token), intendedAt: now, policy: request.policy)
  }

  private static func integration(_ resource: String) -> Result<any ServiceIntegration, TaskFailure> {
    APIIntegration.make(resource)
      ?? .failure(ServiceFailures.notRecognized(resource, why: "it names no service integration"))
  }

  public func start(
    _ launch: Launch, recovering: Bool, permit: @escaping LaunchPermit
  ) async throws(CancellationError) -> LaunchReport {
    let integration: any ServiceIntegration
    switch ServiceTaskDriver.integration(launch.resource) {
    case .success(let found): integration = found
    case .failure(let failure): return .failed(failure)
    }
    let isRepeatable = integration.repeatable(launch.request).map { time.now() - launch.intendedAt < $0 } ?? false
    if recovering, !isRepeatable {
      return .failed(
        ServiceFailures.unknown(
          operation: integration.operation, service: integration.naming.prefix,
          subject: integration.subject(of: launch.request)))
    }
    do throws(AWSError) {
      let answer = try await caller.answer(
        integration.service, integration.operation, launch.request,
        options: AWSCallOptions(
          isIdempotent: isRepeatable, region: integration.region(of: launch.request), permit: permit,
          totalTimeout: integration.timeout))
      return report(integration.result(of: answer))
    } catch {
      if error.kind == .cancelled { throw CancellationError() }
      log(error, integration, launch)
      return .failed(
        ServiceFailures.failed(
          error, integration.naming, operation: integration.operation, isRepeatable: isRepeatable))
    }
  }

  /// A call whose state waits for a task token is over all the same: nothing of it runs that could be followed.
  private func report(_ result: Result<JSONValue, TaskFailure>) -> LaunchReport {
    switch result {
    case .failure(let failure): .failed(failure)
    case .success(let output): .succeeded(output: output, result: output)
    }
  }

  private func log(_ error: AWSError, _ integration: any ServiceIntegration, _ launch: Launch) {
    logger.warning(
      "a call of a service failed",
      metadata: [
        "job": "\(launch.id.run.job)", "run": "\(launch.id.run)", "launch": "\(launch.id.number)",
        "error": "\(integration.naming.prefix).\(integration.operation): \(error.code)",
      ])
  }

  /// Nothing is ever submitted here; should anybody ask all the same, there is nothing to hear until they stop asking.
  public func follow(_ launch: Launch) async throws(CancellationError) -> LaunchReport {
    let (silence, end) = AsyncStream.makeStream(of: Never.self)
    for await _ in silence {}
    end.finish()
    throw CancellationError()
  }

  /// A call that was made cannot be taken back, and one that is on its way ends with its task.
  public func stop(_ launch: Launch, reason: String) async throws(CancellationError) {}
}
