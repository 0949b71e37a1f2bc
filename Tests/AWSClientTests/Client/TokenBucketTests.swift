import JobModel
import TestSupport
import Testing

@testable import AWSClient

@Suite("The client's own rate limits")
struct TokenBucketTests {
  @Test("A burst goes at once, then the rate holds")
  func burst() {
    var bucket = TokenBucket(burst: 5, rate: 10, at: .zero)
    for _ in 0..<5 { #expect(bucket.take(at: .zero) == nil) }
    #expect(bucket.take(at: .zero) == .milliseconds(100))
    #expect(bucket.take(at: .milliseconds(99)) == .milliseconds(1))
    #expect(bucket.take(at: .milliseconds(100)) == nil)
  }

  @Test("A bucket fills to its burst and no further")
  func full() {
    var bucket = TokenBucket(burst: 5, rate: 10, at: .zero)
    var taken = 0
    while bucket.take(at: .seconds(3_600)) == nil { taken += 1 }
    #expect(taken == 5)
  }

  @Test("More than the burst may be owed")
  func owed() {
    var bucket = TokenBucket(burst: 5, rate: 10, at: .zero)
    #expect(bucket.take(10, at: .zero) == nil)
    #expect(bucket.take(at: .zero) == .milliseconds(600))
  }

  @Test("Throttling halves the rate, once a second, down to a sixteenth")
  func throttled() {
    var bucket = TokenBucket(burst: 100, rate: 32, at: .zero)
    for _ in 0..<10 { bucket.throttled(at: .zero) }
    #expect(bucket.rate == 16)
    var lowest = bucket.rate
    for second in 1..<20 {
      bucket.throttled(at: .seconds(second))
      lowest = min(lowest, bucket.rate)
      #expect(bucket.rate >= 2)
    }
    #expect(lowest < 4)
  }

  @Test("Without throttling the rate grows back in a straight line")
  func recovery() {
    var bucket = TokenBucket(burst: 100, rate: 20, at: .zero)
    bucket.throttled(at: .zero)
    #expect(bucket.take(0, at: .seconds(5)) == nil)
    #expect(abs(bucket.rate - 15) < 1e-9)
    #expect(bucket.take(0, at: .seconds(60)) == nil)
    #expect(bucket.rate == 20)
  }

  @Test("A bucket that becomes larger fills at the new rate; one that becomes smaller loses what is over")
  func change() {
    var bucket = TokenBucket(burst: 10, rate: 10, at: .zero)
    bucket.change(burst: 100, rate: 50, at: .zero)
    #expect(bucket.take(60, at: .zero) == .seconds(1))
    #expect(bucket.take(60, at: .seconds(1)) == nil)
    bucket.throttled(at: .seconds(1))
    bucket.change(burst: 5, rate: 10, at: .seconds(1))
    #expect(bucket.rate == 5)
    var taken = 0
    while bucket.take(at: .seconds(60)) == nil { taken += 1 }
    #expect(taken == 5)
  }

  @Test("A clock that stands still or goes back gives nothing")
  func backwards() {
    var bucket = TokenBucket(burst: 1, rate: 1, at: .seconds(10))
    #expect(bucket.take(at: .seconds(10)) == nil)
    #expect(bucket.take(at: .seconds(5)) != nil)
    #expect(bucket.take(at: .seconds(11)) == nil)
  }

  @Test(
    "A call takes from the buckets of its kind",
    arguments: [
      ("RunTask", [:], [.quota(.clusterResourceModify)]),
      (
        "RunTask", ["launchType": "FARGATE", "count": 3],
        [.quota(.clusterResourceModify), .quota(.fargateRunTask), .quota(.fargateLaunches)]
      ),
      (
        "RunTask", ["capacityProviderStrategy": [["capacityProvider": "FARGATE_SPOT"]]],
        [.quota(.clusterResourceModify), .quota(.fargateRunTask), .quota(.fargateLaunches)]
      ),
      ("RunTask", ["launchType": "EC2"], [.quota(.clusterResourceModify)]),
      ("StopTask", [:], [.quota(.clusterResourceModify)]),
      ("DescribeTasks", [:], [.quota(.clusterResourceRead)]),
      ("RegisterTaskDefinition", [:], [.quota(.taskDefinitionModify)]),
      ("DescribeTaskDefinition", [:], [.quota(.taskDefinitionRead)]), ("TagResource", [:], []),
    ] as [(String, JSONValue, [RateLimits.Bucket])])
  func costs(_ operation: String, _ input: JSONValue, _ buckets: [RateLimits.Bucket]) {
    let costs = RateLimits.costs(.ecs, operation, input)
    #expect(costs.map(\.bucket) == buckets)
    if input["count"] != nil { #expect(costs.last?.tokens == 3) }
    #expect(RateLimits.costs(.sns, operation, input).isEmpty)
    #expect(RateLimits.costs(.logs, "GetLogEvents", input).map(\.bucket) == [.logsRead])
    #expect(RateLimits.costs(.logs, "CreateLogGroup", input).isEmpty)
  }

  @Test("A thousand calls at once go in the order of their coming, at the rate")
  func fifo() async throws {
    let time = EagerTime()
    let limiter = RateLimiter(time: time)
    let cost = [RateLimits.Cost(bucket: .quota(.taskDefinitionModify), tokens: 1)]
    for _ in 0..<50 { _ = try await limiter.acquire(cost, region: "r") }
    #expect(time.uptime() == .seconds(30))
    _ = try await limiter.acquire(cost, region: "other")
    #expect(time.uptime() == .seconds(30))
    limiter.throttled(cost, region: "r")
    let waited = try await limiter.acquire(cost, region: "r")
    #expect(waited > .milliseconds(1_500) && waited <= .seconds(2))
  }

  @Test("Raised quotas hold at once, in every Region, and until others are given")
  func quotas() async throws {
    let time = EagerTime()
    let limiter = RateLimiter(time: time)
    let cost = [RateLimits.Cost(bucket: .quota(.taskDefinitionModify), tokens: 1)]
    for _ in 0..<20 { _ = try await limiter.acquire(cost, region: "r") }
    limiter.set([.taskDefinitionModify: RequestRate(burst: 40, perSecond: 10)])
    for _ in 0..<10 { _ = try await limiter.acquire(cost, region: "r") }
    #expect(time.uptime() == .seconds(1))
    for _ in 0..<40 { _ = try await limiter.acquire(cost, region: "new") }
    #expect(time.uptime() == .seconds(1))
    limiter.set([:])
    _ = try await limiter.acquire(cost, region: "r")
    #expect(time.uptime() == .seconds(2))
  }

  @Test("Who waits first goes first, and who is cancelled makes room")
  func line() async throws {
    let time = ManualTime(now: testNow)
    let limiter = RateLimiter(time: time)
    let cost = [RateLimits.Cost(bucket: .quota(.taskDefinitionModify), tokens: 1)]
    for _ in 0..<20 { _ = try await limiter.acquire(cost, region: "r") }
    let first = Task { try await limiter.acquire(cost, region: "r") }
    await time.waitForSleepers()
    let second = Task { try await limiter.acquire(cost, region: "r") }
    first.cancel()
    await #expect(throws: CancellationError.self) { try await first.value }
    await time.advanceToNextWake()
    #expect(try await second.value <= .seconds(1))
  }
}
