import JobModel
import Testing

@testable import AWSClient

@Suite("When a call is tried again")
struct RetryPolicyTests {
  private func delay(
    _ kind: AWSError.Kind, code: String = "X", attempt: Int = 1, isIdempotent: Bool = false,
    retryAfter: Duration? = nil, elapsed: Duration = .zero, random: UInt64 = .max
  ) -> Duration? {
    RetryPolicy().delay(
      after: AWSError(kind: kind, code: code, message: ""), attempt: attempt, isIdempotent: isIdempotent,
      retryAfter: retryAfter, elapsed: elapsed, random: random)
  }

  @Test("A refusal and a cancellation are final; an ambiguous end is, unless the call may be done twice")
  func kinds() {
    #expect(delay(.refused, isIdempotent: true) == nil)
    #expect(delay(.cancelled, isIdempotent: true) == nil)
    #expect(delay(.ambiguous) == nil)
    #expect(delay(.ambiguous, isIdempotent: true) != nil)
    #expect(delay(.throttled) != nil)
    #expect(delay(.notSent, code: "ConnectionFailed") != nil)
    #expect(delay(.notSent, code: "NoCredentials") == nil)
  }

  @Test("The delay is anything up to a bound that doubles and ends")
  func jitter() {
    #expect(delay(.throttled, random: 0) == .zero)
    #expect(delay(.throttled, attempt: 1) == .milliseconds(999))
    #expect(delay(.throttled, attempt: 2) == .milliseconds(1_999))
    #expect(delay(.throttled, attempt: 3) == .milliseconds(3_999))
    #expect(delay(.throttled, attempt: 4) == nil)
    #expect(delay(.ambiguous, attempt: 2, isIdempotent: true) == .milliseconds(399))
    var policy = RetryPolicy(maximumAttempts: 1_000)
    policy.longestDelay = .seconds(5)
    let error = AWSError(kind: .throttled, code: "X", message: "")
    #expect(
      policy.delay(after: error, attempt: 900, isIdempotent: false, elapsed: .zero, random: .max)
        == .milliseconds(4_999))
  }

  @Test("Retry-After is respected, within the total time")
  func retryAfter() {
    #expect(delay(.throttled, retryAfter: .seconds(30), random: 0) == .seconds(30))
    #expect(delay(.throttled, retryAfter: .seconds(121), random: 0) == nil)
    #expect(delay(.throttled, elapsed: .seconds(121), random: 0) == nil)
  }

  @Test(
    "Retry-After is seconds or a date",
    arguments: [
      ("5", Duration.seconds(5)), (" 7 ", .seconds(7)), ("-1", nil), ("x", nil), ("", nil),
      ("99999999", .seconds(86_400)), ("Sat, 21 Nov 2026 03:00:10 GMT", .seconds(10)),
      ("Sat, 21 Nov 2026 02:00:00 GMT", .zero),
    ] as [(String, Duration?)])
  func retryAfterHeader(_ text: String, _ expected: Duration?) {
    #expect(RetryPolicy.retryAfter(["Retry-After": text], at: testNow) == expected)
  }

  @Test("What may be done twice is known by operation and token")
  func idempotent() {
    let options = AWSCallOptions()
    #expect(options.isIdempotent(.ecs, "DescribeTasks", [:]))
    #expect(options.isIdempotent(.ecs, "StopTask", [:]))
    #expect(options.isIdempotent(.ecs, "RunTask", ["clientToken": "t"]))
    #expect(!options.isIdempotent(.ecs, "RunTask", [:]))
    #expect(!options.isIdempotent(.ecs, "RunTask", ["clientToken": ""]))
    #expect(!options.isIdempotent(.ecs, "RegisterTaskDefinition", [:]))
    #expect(options.isIdempotent(.sns, "Publish", [:]))
    #expect(!AWSCallOptions(isIdempotent: false).isIdempotent(.sns, "Publish", [:]))
  }
}
