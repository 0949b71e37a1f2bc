internal import ControlAPI
internal import ECSDriver
internal import Foundation
internal import JobModel
internal import Logging
internal import Scheduler
internal import ServiceLifecycle
internal import Synchronization
internal import UnixSignals

/// Says once that the daemon is ready: when the engine has picked everything up and the socket is open.
final class Readiness: Sendable {
  private struct State {
    var missing: Int
    var waiters: [AsyncStream<Void>.Continuation] = []
  }

  private let state: Mutex<State>
  private let announce: @Sendable () -> Void

  init(parts: Int, announce: @escaping @Sendable () -> Void) {
    state = Mutex(State(missing: parts))
    self.announce = announce
  }

  var isReady: Bool { state.withLock { $0.missing <= 0 } }

  func partIsReady() {
    let (isReady, waiters) = state.withLock { state in
      state.missing -= 1
      guard state.missing == 0 else { return (false, [AsyncStream<Void>.Continuation]()) }
      defer { state.waiters = [] }
      return (true, state.waiters)
    }
    for waiter in waiters { waiter.finish() }
    if isReady { announce() }
  }

  /// Returns once the daemon is ready, or the task is cancelled.
  func wait() async {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    let isReady = state.withLock { state in
      if state.missing <= 0 { return true }
      state.waiters.append(continuation)
      return false
    }
    if isReady { return }
    for await _ in stream {}
  }
}

/// A service that is called by its type's name.
///
/// A service group spells every service out for its log, whatever the level: by reflection that is all the
/// jobs (100 MB of text for 10,000 of them) and whatever else the parts hold.
protocol DaemonService: Service, CustomStringConvertible {}

extension DaemonService {
  var description: String { "\(Self.self)" }
}

/// The engine until shutdown; tells systemd when it stops.
struct EngineService: DaemonService {
  let engine: Engine
  let jobs: [CompiledJob]
  let systemd: SystemdNotifier
  let readiness: Readiness

  func run() async throws {
    try await withGracefulShutdownHandler {
      try await cancelWhenGracefulShutdown {
        try await engine.run(jobs: jobs) { readiness.partIsReady() }
      }
    } onGracefulShutdown: {
      systemd.stopping()
    }
  }
}

/// What the driver does for all of its tasks together: describing them in batches.
struct DriverService: DaemonService {
  let driver: ECSTaskDriver

  func run() async throws {
    await cancelWhenGracefulShutdown { await driver.run() }
  }
}

/// Keeps the AWS client below the quotas that the job file says, now and after each reload.
struct QuotaService: DaemonService {
  let settings: @Sendable () async -> AsyncStream<JobFileSource.Settings>
  let set: @Sendable ([RequestQuota: RequestRate]) -> Void

  func run() async throws {
    await cancelWhenGracefulShutdown {
      for await current in await settings() { set(current.requestQuotas) }
    }
  }
}

/// Reads the job file again at each SIGHUP, also at one that came while the daemon was starting.
struct HangupService: DaemonService {
  /// Trapped as early as can be: the signal ends a process that does not.
  let signals: UnixSignalsSequence
  let readiness: Readiness
  let control: DaemonControl
  let systemd: SystemdNotifier
  let logger: Logger

  func run() async throws {
    await cancelWhenGracefulShutdown { await readiness.wait() }
    for await _ in signals.cancelOnGracefulShutdown() {
      systemd.reloading()
      systemd.ready(status: await reload() ? "reloaded" : "the job file has mistakes; the jobs stay as they were")
    }
  }

  /// Whether the file is in force now.
  private func reload() async -> Bool {
    do throws(ControlError) {
      let answer = try await control.reload()
      if answer.isApplied {
        logger.notice(
          "the job file is read again",
          metadata: [
            "added": "\(answer.added.count)", "changed": "\(answer.changed.count)",
            "removed": "\(answer.removed.count)", "unchanged": "\(answer.unchanged.count)",
          ])
      } else {
        for line in answer.diagnostics {
          logger.error("the job file stays as it was", metadata: ["diagnostic": "\(line)"])
        }
      }
      return answer.isApplied
    } catch {
      logger.error("the job file could not be read again", metadata: ["error": "\(error)"])
      return false
    }
  }
}

/// Tells systemd that the engine answers, twice in each watchdog interval (sd_watchdog_enabled(3)).
struct WatchdogService: DaemonService {
  let engine: Engine
  let interval: Duration
  let time: any TimeSource
  let systemd: SystemdNotifier

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        // An engine that hangs does not answer, and systemd hears nothing.
        let runs = await engine.activeRunCount
        let error = await engine.storeError
        systemd.alive(status: "\(runs) runs" + (error.map { "; the store refuses: \($0.message)" } ?? ""))
        do { try await time.sleep(for: interval / 2) } catch { return }
      }
    }
  }
}
