/// Limits of calling services, with where they come from.
enum ServiceLimits {
  /// How long a call that only reads may be repeated.
  static let always: Duration = .seconds(Int64.max)
  /// How long an idempotency token is honoured at the least, less a margin for the request's way and for clocks: no
  /// API is known to keep one for less than ten minutes (DynamoDB API, TransactWriteItems, `ClientRequestToken`).
  static let tokenLife: Duration = .seconds(600 - 60)
  /// The same of the deduplication of SQS and SNS FIFO: five minutes (SQS developer guide, "Using the message
  /// deduplication ID").
  static let deduplicationInterval: Duration = .seconds(300 - 30)
}
