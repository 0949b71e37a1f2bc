internal import JobModel
internal import Logging
internal import Synchronization

/// Holds this instance's lease and says whether it may be trusted.
///
/// The lease is trusted only until *renewal start* + duration − margin on the monotonic clock: a process
/// that was paused for longer sees that at once, whatever the wall clock says.
final class LeaseKeeper: Sendable {
  private struct State {
    var instance: Instance
    var trustedUntil: Duration
    var period = Period(number: 0)
    /// Whoever waits for the next renewal.
    var waiters: [AsyncStream<Void>.Continuation] = []
  }

  /// A time through which the lease was to be trusted without a gap. What this instance owned in it, and has not given
  /// away itself, it owns to its end: nobody takes over the runs of an instance whose lease is not out.
  struct Period: Equatable, Sendable {
    fileprivate var number: Int
  }

  /// That the lease may be trusted, and on the monotonic clock, until when at the least.
  struct Trust: Sendable {
    var period: Period
    var until: Duration
  }

  private let store: any RunStore
  private let time: any TimeSource
  private let duration: Duration
  private let logger: Logger
  private let state: Mutex<State>

  /// Registers the instance and takes its first lease.
  init(
    id: InstanceID, store: any RunStore, time: any TimeSource, duration: Duration, logger: Logger
  ) async throws(StoreError) {
    self.store = store
    self.time = time
    self.duration = duration
    self.logger = logger
    let (now, uptime) = (time.now(), time.uptime())
    let instance = try await store.register(id, startedAt: now, leaseUntil: now + duration)
    state = Mutex(State(instance: instance, trustedUntil: uptime + LeaseKeeper.trusted(duration)))
  }

  /// A fifth of the duration is the margin for what happens between looking and acting.
  private static func trusted(_ duration: Duration) -> Duration { duration * 4 / 5 }

  var instance: Instance { state.withLock { $0.instance } }

  /// The one that goes on, or that was over last.
  var period: Period { state.withLock { $0.period } }

  /// Returns once the lease may be trusted; at once, almost always.
  @discardableResult
  func waitUntilTrusted() async throws(CancellationError) -> Trust {
    while true {
      if let trust = trust() { return trust }
      let (renewal, continuation) = AsyncStream.makeStream(of: Void.self)
      if let trust = trust(waking: continuation) { return trust }
      for await _ in renewal { break }
      if Task.isCancelled { throw CancellationError() }
    }
  }

  /// Nil where the lease is out; the waiter hears of the next renewal then.
  private func trust(waking waiter: AsyncStream<Void>.Continuation? = nil) -> Trust? {
    state.withLock { state in
      if time.uptime() < state.trustedUntil { return Trust(period: state.period, until: state.trustedUntil) }
      if let waiter { state.waiters.append(waiter) }
      return nil
    }
  }

  /// How soon a renewal that the store refused is tried again: while the lease is out nothing starts.
  private static let retryDelay = Duration.seconds(5)

  /// Renews the lease three times in its length, until cancelled.
  func run() async {
    var delay = duration / 3
    while !Task.isCancelled {
      do { try await time.sleep(for: delay) } catch { return }
      let began = time.uptime()
      do {
        try await renew()
        // A lease counts from when its renewal began; the store, or the whole process, may have stood still since.
        delay = max(.zero, began + duration / 3 - time.uptime())
      } catch {
        delay = min(duration / 3, Self.retryDelay)
        logger.error("the lease could not be renewed", metadata: ["error": "\(error)"])
      }
    }
  }

  private func renew() async throws(StoreError) {
    let (now, uptime) = (time.now(), time.uptime())
    let instance = self.instance
    let result = try await store.commit([
      .renewLease(instance.id, epoch: instance.epoch, until: now + duration)
    ])
    if result == .committed {
      trust(instance, since: uptime)
      return
    }
    // Somebody removed the instance while its lease was out: its runs are others' now.
    logger.warning("the lease was lost; this instance registers anew")
    let renewed = try await store.register(instance.id, startedAt: instance.startedAt, leaseUntil: now + duration)
    trust(renewed, since: uptime)
  }

  private func trust(_ instance: Instance, since uptime: Duration) {
    let waiters = state.withLock { state in
      if time.uptime() >= state.trustedUntil || instance != state.instance { state.period.number += 1 }
      state.instance = instance
      state.trustedUntil = uptime + LeaseKeeper.trusted(duration)
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.yield() }
  }

  /// Ends the lease, so that the next instance need not wait for its end.
  func release() async {
    let instance = self.instance
    _ = try? await store.commit([.renewLease(instance.id, epoch: instance.epoch, until: time.now())])
  }
}
