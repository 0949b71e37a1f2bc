internal import Foundation
internal import GRDB
internal import JobModel

/// A new file that becomes the copy of a database.
struct BackupFile: Sendable {
  /// A megabyte of pages of 4 KiB: SQLite's lock on the copied connection is let go so often.
  static let pagesPerStep: CInt = 256

  private let source: DatabaseFile
  private let file: DatabaseFile
  private let partial: DatabaseFile

  init(_ path: String, of source: DatabaseFile) throws(StoreError) {
    self.source = source
    file = try DatabaseFile(path, as: "backup")
    partial = try DatabaseFile(path + ".partial", as: "backup")
  }

  /// Copies what the database is at this moment. Writers go on meanwhile: the copy reads one snapshot of the
  /// write-ahead log.
  ///
  /// - Parameter afterStep: hears how many pages are left; an error of it ends the backup.
  func write(
    from pool: DatabasePool, pagesPerStep: CInt, afterStep: @escaping (Int) throws -> Void
  ) throws(StoreError) {
    try file.requireNothingThere("a file is there already", "name one that does not exist")
    try partial.requireNothingThere(
      "another backup is being written to it, or one was interrupted", "remove it if no backup is going on")
    try partial.create(ifMissing: false)
    do {
      try copy(pool, pagesPerStep: pagesPerStep, afterStep: afterStep)
      try partial.synchronize()
      try file.requireNothingThere("a file has come there meanwhile", "name one that does not exist")
      try partial.rename(to: file)
    } catch {
      partial.remove()
      let isOfSource = (error as? DatabaseError).map { StoreError.Code($0.resultCode) == .corrupt } ?? false
      throw isOfSource ? source.explain(error) : partial.explain(error)
    }
  }

  private func copy(
    _ pool: DatabasePool, pagesPerStep: CInt, afterStep: @escaping (Int) throws -> Void
  ) throws {
    let queue = try partial.openCopy()
    do {
      try queue.writeWithoutTransaction { copy in
        try pool.read { database in
          // The snapshot is taken by the first read: without one each step would begin its own, and start anew
          // after every commit.
          _ = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master")
          try database.backup(to: copy, pagesPerStep: pagesPerStep) { try afterStep($0.remainingPageCount) }
        }
        // One file that can be copied on as it is, and be read where nothing may be written.
        try copy.execute(sql: "PRAGMA journal_mode = DELETE")
      }
      try queue.close()
    } catch {
      try? queue.close()
      throw error
    }
  }
}

extension DatabaseFile {
  fileprivate func openCopy() throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.label = "jobd.backup"
    return try DatabaseQueue(path: plainPath, configuration: configuration)
  }

  fileprivate func requireNothingThere(_ reason: String, _ remedy: String) throws(StoreError) {
    var status = stat()
    if lstat(plainPath, &status) == 0 { throw cannotOpen(reason, remedy) }
  }

  /// Returns when the file's content is on the disk.
  fileprivate func synchronize() throws(StoreError) { try synchronize(plainPath) }

  fileprivate func rename(to other: DatabaseFile) throws(StoreError) {
    guard Foundation.rename(plainPath, other.plainPath) == 0 else { throw failed(errno, "it cannot be renamed") }
    try synchronize(directory)
  }

  private func synchronize(_ name: String) throws(StoreError) {
    let descriptor = Foundation.open(name, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failed(errno, "\(name) cannot be opened") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failed(errno, "\(name) cannot be brought to the disk") }
  }

  /// Removes the file and what SQLite keeps beside it.
  fileprivate func remove() {
    for suffix in ["", "-journal", "-wal", "-shm"] { unlink(plainPath + suffix) }
  }
}
