public import AWSClient
public import JobModel

/// A topic, and the jobs that tell it of failures.
public struct CheckedTopic: Hashable, Sendable {
  public var arn: String
  public var jobs: [JobName]

  public init(arn: String, jobs: [JobName] = []) {
    self.arn = arn
    self.jobs = jobs
  }
}

/// Asks AWS whether the jobs of a file can run: one finding a question, each question once for all the jobs
/// that share it.
///
/// It only reads, and it never asks for a secret's value. The questions are sent one after the other, so that
/// a check takes little of the account's request limits; the caller's own retries deal with throttling.
public struct AWSCheck: Sendable {
  public struct Input: Sendable {
    public var collected: CollectedTasks
    public var topics: [CheckedTopic]
    public var queueURL: String?
    /// The region that the caller asks.
    public var region: String

    public init(collected: CollectedTasks, topics: [CheckedTopic] = [], queueURL: String? = nil, region: String) {
      self.collected = collected
      self.topics = topics
      self.queueURL = queueURL
      self.region = region
    }
  }

  private let input: Input
  private let caller: any AWSCaller
  private let transport: (any HTTPTransport)?

  /// - Parameter transport: fetches an image's configuration, which ECR keeps elsewhere; without it the
  ///   architecture of an image for a single platform stays unknown.
  public init(_ input: Input, caller: any AWSCaller, transport: (any HTTPTransport)? = nil) {
    self.input = input
    self.caller = caller
    self.transport = transport
  }

  /// Asks everything. Ends early where the task is cancelled.
  ///
  /// - Parameter report: called with each finding as it is known.
  public func run(report: @escaping (Finding) -> Void) async -> CheckSummary {
    let run = CheckRun(input, caller: caller, transport: transport, report: report)
    await run.askAll()
    return run.summary
  }

  /// The findings as they are known.
  public func findings() -> AsyncStream<Finding> {
    let (stream, continuation) = AsyncStream.makeStream(of: Finding.self)
    let task = Task {
      _ = await run { continuation.yield($0) }
      continuation.finish()
    }
    continuation.onTermination = { _ in task.cancel() }
    return stream
  }
}

/// One check on its way: what is known so far, and the questions in extensions, a file for what they are about.
final class CheckRun {
  /// Who asks.
  struct Identity: Equatable {
    var account: String
    /// As STS names it: a session has no ARN of IAM.
    var arn: String
  }

  /// A definition that tasks run, as far as it could be read.
  struct Definition {
    var reference: TaskDefinitionReference
    var facts: CheckedDefinition
    var tasks: [CheckedTask]
    /// As ECS calls it; nil for one that the job file holds.
    var arn: String?

    var subject: String { "task definition \(reference.name)" }
    var runsOnFargate: Bool { tasks.contains(where: \.isFargate) }
  }

  let input: AWSCheck.Input
  private let caller: any AWSCaller
  let transport: (any HTTPTransport)?
  private let report: (Finding) -> Void
  private(set) var summary = CheckSummary()

  var identity: Identity?
  var definitions: [Definition] = []
  /// DescribeTaskDefinition's answers by the name that the job file gives.
  var described: [String: JSONValue] = [:]

  init(
    _ input: AWSCheck.Input, caller: any AWSCaller, transport: (any HTTPTransport)?,
    report: @escaping (Finding) -> Void
  ) {
    self.input = input
    self.caller = caller
    self.transport = transport
    self.report = report
  }

  var tasks: [CheckedTask] { input.collected.tasks }

  func askAll() async {
    guard await askIdentity(), await askClusters() else { return }
    tellUndetermined()
    let questions: [() async -> Void] = [
      askDefinitions, askRoles, askPermissions, askNetworks, askLogGroups, askImages, askSecrets, askTopics, askQueue,
    ]
    for question in questions {
      guard !Task.isCancelled else { return }
      await question()
    }
  }

  private func tellUndetermined() {
    for field in input.collected.undetermined {
      tell(
        .unknown, "state \(field.state)", "\(field.field) cannot be told before the run", jobs: [field.job])
    }
  }
}

/// Asking and telling.
extension CheckRun {
  func ask(
    _ service: AWSService, _ operation: String, _ input: JSONValue, region: String? = nil
  ) async -> Result<JSONValue, AWSError> {
    do throws(AWSError) {
      return .success(
        try await caller.call(service, operation, input, options: AWSCallOptions(region: region)))
    } catch { return .failure(error) }
  }

  func tell(
    _ level: Finding.Level, _ subject: String, _ sentence: String, remedy: String? = nil, jobs: [JobName] = []
  ) {
    let finding = Finding(level: level, subject: subject, sentence: sentence, remedy: remedy, jobs: jobs)
    summary.add(finding)
    report(finding)
  }

  /// A question that got no answer about its subject.
  ///
  /// - Parameter action: the permission that it needs.
  func tellUnanswered(_ error: AWSError, _ subject: String, _ action: String, jobs: [JobName] = []) {
    let said = clipped(error.message, to: 300)
    if error.isDenied {
      tell(
        .unknown, subject, "not known: IAM does not let the caller ask (\(action))",
        remedy: "allow \(action) to whoever checks; jobd itself does not need it unless the policy names it",
        jobs: jobs)
      return
    }
    switch error.kind {
    case .throttled:
      tell(
        .unknown, subject, "not known: AWS throttles \(action)", remedy: "check again in a minute", jobs: jobs)
    case .refused:
      tell(.unknown, subject, "not known: \(action) was refused: \(error.code): \(said)", jobs: jobs)
    case .ambiguous, .notSent, .cancelled:
      tell(.unknown, subject, "not known: \(action) got no answer: \(error.code): \(said)", jobs: jobs)
    }
  }
}

extension AWSError {
  /// The services' names for "IAM says no".
  private static let deniedCodes: Set<String> = [
    "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError",
    "AuthorizationErrorException",
  ]

  var isDenied: Bool { AWSError.deniedCodes.contains(code) }
}

extension JSONValue? {
  /// The elements of a list; an XML answer shows an empty one as an empty text.
  var elements: [JSONValue] { self?.arrayValue ?? [] }
}
