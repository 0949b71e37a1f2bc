public import JobModel

/// Job names that a test writes down are known to be good.
extension JobName: ExpressibleByStringLiteral {
  public init(stringLiteral text: String) {
    guard let name = JobName.reading(text) else { preconditionFailure("no job name: \(text)") }
    self = name
  }

  private static func reading(_ text: String) -> JobName? { JobName(text) }
}
