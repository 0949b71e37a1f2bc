internal import JobModel
internal import Logging
internal import ServiceLifecycle

/// Removes what the job file's retention no longer keeps: soon after the start, then every hour, in small
/// batches, so that nobody who writes waits for long.
struct RetentionService: DaemonService {
  /// After the start, when there is other work to do.
  static let delay = Duration.seconds(60)
  static let interval = Duration.seconds(3_600)
  /// Between two batches.
  static let pause = Duration.milliseconds(200)
  /// Slots at a time.
  static let batch = 200

  let retention: @Sendable () async -> Retention?
  let prune: @Sendable (_ retention: Retention, _ now: Instant, _ limit: Int) async throws(StoreError) -> Int
  let time: any TimeSource
  let logger: Logger

  func run() async throws {
    await cancelWhenGracefulShutdown { await go() }
  }

  func go() async {
    var wait = Self.delay
    while !Task.isCancelled {
      do { try await time.sleep(for: wait) } catch { return }
      wait = Self.interval
      guard let retention = await retention(), retention.isLimited else { continue }
      await removeOld(retention)
    }
  }

  private func removeOld(_ retention: Retention) async {
    var removed = 0
    var count = Self.batch
    do throws(StoreError) {
      while count >= Self.batch, !Task.isCancelled {
        count = try await prune(retention, time.now(), Self.batch)
        removed += count
        if count >= Self.batch, (try? await time.sleep(for: Self.pause)) == nil { break }
      }
    } catch {
      logger.warning(
        "what is no longer kept could not be removed; it is tried again in an hour",
        metadata: ["error": "\(error.message)"])
    }
    if removed > 0 {
      logger.info("removed what is no longer kept", metadata: ["removed": "\(removed)"])
    }
  }
}

extension Retention {
  /// Whether anything is ever removed.
  var isLimited: Bool { runs != nil || runsPerJob != nil || history != nil || logs != nil }
}
