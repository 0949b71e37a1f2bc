internal import JobModel
internal import Synchronization

/// Makes calls wait for their buckets, first come, first served.
final class RateLimiter: Sendable {
  private struct Key: Hashable {
    var region: String
    var bucket: RateLimits.Bucket
  }

  /// One bucket with the line before it.
  private final class Gate: Sendable {
    let line = FairLock()
    let bucket: Mutex<TokenBucket>

    init(_ bucket: TokenBucket) { self.bucket = Mutex(bucket) }
  }

  private let time: any TimeSource
  private let gates = Mutex<[Key: Gate]>([:])

  init(time: any TimeSource) { self.time = time }

  /// Returns how long it took; throws where the task was cancelled meanwhile.
  func acquire(_ costs: [RateLimits.Cost], region: String) async throws(CancellationError) -> Duration {
    let start = time.uptime()
    for cost in costs {
      let gate = gate(cost.bucket, region)
      guard await gate.line.lock() else { throw CancellationError() }
      defer { gate.line.unlock() }
      // Only the first in line sleeps; the rate may change meanwhile, so it looks again.
      while let wait = take(cost, gate) {
        do { try await time.sleep(for: wait) } catch { throw CancellationError() }
      }
    }
    return time.uptime() - start
  }

  func throttled(_ costs: [RateLimits.Cost], region: String) {
    let now = time.uptime()
    for cost in costs { gate(cost.bucket, region).bucket.withLock { $0.throttled(at: now) } }
  }

  private func take(_ cost: RateLimits.Cost, _ gate: Gate) -> Duration? {
    let now = time.uptime()
    return gate.bucket.withLock { $0.take(cost.tokens, at: now) }
  }

  private func gate(_ bucket: RateLimits.Bucket, _ region: String) -> Gate {
    let now = time.uptime()
    return gates.withLock { gates in
      let key = Key(region: region, bucket: bucket)
      if let gate = gates[key] { return gate }
      let gate = Gate(TokenBucket(burst: bucket.burst, rate: bucket.rate, at: now))
      gates[key] = gate
      return gate
    }
  }
}
