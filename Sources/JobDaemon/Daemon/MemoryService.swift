internal import CMemory
internal import JobModel
internal import ServiceLifecycle
internal import Store

/// Gives memory that is free back to the system. A start, a reload and a long answer take for a moment many times what
/// stays, and the C library keeps what lies between blocks that are in use; SQLite keeps the pages that it has read.
struct MemoryService: DaemonService {
  /// Rarely enough that looking through what is free costs nothing that is seen in `make idle`.
  static let interval = Duration.seconds(10)

  let store: SQLiteRunStore
  let time: any TimeSource

  func run() async throws {
    await cancelWhenGracefulShutdown { await go() }
  }

  private func go() async {
    while (try? await time.sleep(for: Self.interval)) != nil {
      store.releaseMemory()
      jobd_release_free_memory()
    }
  }
}
