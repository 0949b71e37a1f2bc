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
  private let state = Mutex(State())

  private struct State {
    var gates: [Key: Gate] = [:]
    var quotas: [RequestQuota: RequestRate] = [:]
  }

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

  /// Takes other quotas than the usual ones, in place of those given before. Who waits by an older rate looks again
  /// when that is over.
  func set(_ quotas: [RequestQuota: RequestRate]) {
    let now = time.uptime()
    state.withLock { state in
      state.quotas = quotas
      for (key, gate) in state.gates {
        let rate = key.bucket.rate(quotas)
        gate.bucket.withLock { $0.change(burst: Double(rate.burst), rate: Double(rate.perSecond), at: now) }
      }
    }
  }

  private func take(_ cost: RateLimits.Cost, _ gate: Gate) -> Duration? {
    let now = time.uptime()
    return gate.bucket.withLock { $0.take(cost.tokens, at: now) }
  }

  private func gate(_ bucket: RateLimits.Bucket, _ region: String) -> Gate {
    let now = time.uptime()
    return state.withLock { state in
      let key = Key(region: region, bucket: bucket)
      if let gate = state.gates[key] { return gate }
      let rate = bucket.rate(state.quotas)
      let gate = Gate(TokenBucket(burst: Double(rate.burst), rate: Double(rate.perSecond), at: now))
      state.gates[key] = gate
      return gate
    }
  }
}
