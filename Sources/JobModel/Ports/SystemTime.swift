internal import Foundation

/// The machine's own clocks: the one file that asks for the time.
public struct SystemTime: TimeSource {
  private static let start = ContinuousClock.now

  public init() {}

  public func now() -> Instant {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Instant(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
  }

  public func uptime() -> Duration { ContinuousClock.now - SystemTime.start }

  public func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}
