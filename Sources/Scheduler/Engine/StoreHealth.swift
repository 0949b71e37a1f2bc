internal import JobModel
internal import Synchronization

/// Whether the store takes writes, for `jobd ctl status` and the watchdog's status line.
final class StoreHealth: Sendable {
  private let latest = Mutex<StoreError?>(nil)

  /// The error of the latest write; nil when it was taken.
  var error: StoreError? { latest.withLock { $0 } }

  func succeeded() { latest.withLock { $0 = nil } }
  func failed(_ error: StoreError) { latest.withLock { $0 = error } }
}
