internal import Dispatch
internal import GRDB
public import JobModel

extension SQLiteRunStore {
  /// The file appears under its name when it is whole and on the disk; until then it is `PATH.partial`.
  public func backup(to path: String) async throws(StoreError) {
    try await backup(to: path, pagesPerStep: BackupFile.pagesPerStep)
  }

  /// - Parameter afterStep: hears after each step how many pages are left.
  func backup(
    to path: String, pagesPerStep: CInt, afterStep: @escaping @Sendable (Int) -> Void = { _ in }
  ) async throws(StoreError) {
    let copy = try BackupFile(path, of: file)
    let result = await withCheckedContinuation {
      (continuation: CheckedContinuation<Result<Void, StoreError>, Never>) in
      // It waits for the disk, for which the threads of tasks are not meant.
      DispatchQueue.global().async { [self] in
        let result = Result { () throws(StoreError) in
          try copy.write(from: pool, pagesPerStep: pagesPerStep) { pagesLeft in
            if self.isClosing {
              throw StoreError(code: .other, message: "backup to \(path): the store is being closed")
            }
            afterStep(pagesLeft)
          }
        }
        continuation.resume(returning: result)
      }
    }
    try result.get()
  }
}
