internal import CMemory
internal import JobModel
internal import ServiceLifecycle

/// Gives memory that is free back to the system. A start, a reload and a long answer take for a moment many times what
/// stays, and the C library keeps what lies between blocks that are in use; SQLite keeps the pages that it has read.
/// Of the program's own pages most are entered by a start, a list or a reload alone.
struct MemoryService: DaemonService {
  /// Rarely enough that looking through what is free costs nothing that is seen in `make idle`.
  static let interval = Duration.seconds(10)

  let time: any TimeSource
  /// Gives back what the store keeps.
  let releaseStore: @Sendable () -> Void

  func run() async throws {
    await cancelWhenGracefulShutdown { await go() }
  }

  /// Until it is cancelled.
  func go() async {
    while (try? await time.sleep(for: Self.interval)) != nil {
      releaseStore()
      jobd_release_free_memory()
      jobd_release_code()
    }
  }
}
