internal import AWSClient

/// The SQS queue into which an EventBridge rule puts "ECS Task State Change" events (docs/events.md).
public struct TaskEventQueue: Equatable, Sendable {
  public let url: String
  /// The Region that the URL's host names; nil where it names none, as an emulator's: the client's own.
  public let region: String?

  /// - Parameter url: as `aws sqs get-queue-url` prints it. Requests go to the Region's endpoint, or to a
  ///   configured one, and carry the URL as a parameter.
  public init(url: String) throws(TaskEventQueueError) {
    guard let endpoint = ServiceEndpoint(url) else {
      throw TaskEventQueueError(url, url.hasPrefix("arn:") ? "this is an ARN" : "this is no such URL")
    }
    let path = endpoint.path.split(separator: "/")
    guard let name = path.last, TaskEventQueue.isQueueName(name), path.count >= 2 else {
      throw TaskEventQueueError(url, "its path must be /ACCOUNT/NAME")
    }
    self.url = url
    region = TaskEventQueue.region(host: endpoint.host)
  }

  /// At most 80 letters, digits, hyphens and underscores, `.fifo` included (SQS API, CreateQueue).
  private static func isQueueName(_ name: Substring) -> Bool {
    let stem = name.hasSuffix(".fifo") ? name.dropLast(5) : name
    return !stem.isEmpty && name.utf8.count <= 80
      && stem.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
  }

  /// `sqs.REGION.amazonaws.com`, also of dual-stack, FIPS and VPC endpoints and of China; the older
  /// `REGION.queue.amazonaws.com` and `queue.amazonaws.com` (AWS General Reference, "Amazon SQS endpoints").
  private static func region(host: String) -> String? {
    let labels = host.split(separator: ".")
    guard labels.contains("amazonaws") || host.hasSuffix(".api.aws") || labels.contains("amazonwebservices")
    else { return nil }
    if let index = labels.firstIndex(where: { $0 == "sqs" || $0 == "sqs-fips" }), index + 1 < labels.count {
      return String(labels[index + 1])
    }
    switch labels.firstIndex(of: "queue") {
    case 0?: return "us-east-1"
    case let index?: return String(labels[index - 1])
    case nil: return nil
    }
  }
}

/// Why a text is no queue's URL.
public struct TaskEventQueueError: Error, Equatable, CustomStringConvertible {
  public let message: String

  /// The text itself stays out: a URL may hold a password.
  fileprivate init(_ url: String, _ what: String) {
    let name = url.split(whereSeparator: { $0 == ":" || $0 == "/" }).last.map(String.init) ?? "NAME"
    let isARN = url.hasPrefix("arn:")
    message =
      "`events.queueUrl`: \(what); write the queue's URL, such as "
      + "https://sqs.eu-west-1.amazonaws.com/123456789012/jobd-events"
      + " (aws sqs get-queue-url --queue-name \(isARN ? name : "NAME") prints it)"
  }

  public var description: String { message }
}
