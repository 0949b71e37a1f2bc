internal import Foundation
internal import GRDB
internal import JobModel

/// The file that holds the database: how it is looked at, made and opened.
struct DatabaseFile: Sendable {
  /// How long a statement waits for another process's lock.
  static let busyTimeoutSeconds = 10.0
  /// The whole file is checked at opening up to this size, which costs a fraction of a second; a
  /// larger one would keep jobd from starting, and its damage is met by the statement that reads it.
  static let checkedBytes: Int64 = 64 << 20
  /// The write-ahead log is cut back to this after a burst.
  private static let keptLogBytes = 64 << 20
  /// Pages of the write-ahead log after which it is carried over into the database: 16 MB. A burst changes the same
  /// pages again and again; with SQLite's own 1,000 they are carried over each time.
  private static let checkpointPages = 4_000

  /// As the caller gave it.
  let path: String
  /// What SQLite gets: never a URI or `:memory:`.
  let plainPath: String
  let directory: String
  /// What it is to the reader of a message.
  private let role: String

  init(_ path: String, as role: String = "database") throws(StoreError) {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw StoreError(code: .cannotOpen, message: "the path of the \(role) is empty or no path: name a file")
    }
    self.path = path
    self.role = role
    plainPath = path.hasPrefix("/") ? path : "./" + path
    directory = String(plainPath[..<(plainPath.lastIndex(of: "/") ?? plainPath.startIndex)]) + "/"
  }

  /// Makes sure that the file is there, and that this process may write it and beside it (SQLite keeps
  /// its write-ahead log there).
  ///
  /// An existing file is not opened for this: closing any descriptor of a file drops this process's
  /// POSIX locks on it, another open store's included (sqlite.org, How To Corrupt §2.2).
  func prepare() throws(StoreError) {
    guard let folder = kind(of: directory) else {
      throw cannotOpen("the directory \(directory) does not exist", "make it: mkdir -p \(directory)")
    }
    guard folder == S_IFDIR else { throw cannotOpen("\(directory) is not a directory", "name another path") }
    try require(W_OK | X_OK, of: directory, "this directory is not writable")
    switch kind(of: plainPath) {
    case nil: try create(ifMissing: true)
    case S_IFREG:
      try require(R_OK, of: plainPath, "the file is not readable")
      try require(W_OK, of: plainPath, "the file is read-only", .readOnly)
    default: throw cannotOpen("this is not a regular file", "name another path")
    }
  }

  /// Opens the file, with the log and locks that the store relies on.
  func open(configure: @Sendable (inout Configuration) -> Void) throws -> DatabasePool {
    var configuration = Configuration()
    configuration.label = "jobd.store"
    configuration.busyMode = .timeout(Self.busyTimeoutSeconds)
    configuration.foreignKeysEnabled = true
    // Whatever an error leaves behind is ended by the next group; a trap would end jobd.
    configuration.allowsUnsafeTransactions = true
    // Readers keep the file that was opened, also where its memory is given back.
    configuration.persistentReadOnlyConnections = true
    configuration.prepareDatabase { try $0.execute(sql: "PRAGMA cell_size_check = ON") }
    configure(&configuration)
    let pool = try DatabasePool(path: plainPath, configuration: configuration)
    try pool.writeWithoutTransaction { database in
      // GRDB's own choice for WAL is NORMAL, which may lose the last commits with the power.
      try database.execute(sql: "PRAGMA synchronous = FULL")
      try database.execute(sql: "PRAGMA journal_size_limit = \(Self.keptLogBytes)")
      try database.execute(sql: "PRAGMA wal_autocheckpoint = \(Self.checkpointPages)")
      // SQLite opens a file that it may not write for reading alone, without a word: only a write tells.
      try database.beginTransaction(.immediate)
      try database.rollback()
    }
    return pool
  }

  /// Throws what is wrong with the file's structure, if it is small enough to be looked at.
  func check(_ database: Database) throws {
    var status = stat()
    guard stat(plainPath, &status) == 0, Int64(status.st_size) <= Self.checkedBytes else { return }
    let finding = try String.fetchOne(database, sql: "PRAGMA quick_check(1)") ?? "nothing was checked"
    if finding != "ok" { throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: finding) }
  }

  /// Makes the file, for its owner alone.
  ///
  /// - Parameter ifMissing: whether one that has come there meanwhile is as good.
  func create(ifMissing: Bool) throws(StoreError) {
    let descriptor = Foundation.open(plainPath, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
    if descriptor >= 0 {
      close(descriptor)
    } else if errno != EEXIST || !ifMissing {
      throw failed(errno, "the file cannot be made")
    }
  }

  private func require(
    _ mode: Int32, of name: String, _ complaint: String, _ code: StoreError.Code = .cannotOpen
  ) throws(StoreError) {
    if faccessat(AT_FDCWD, name, mode, AT_EACCESS) != 0 { throw failed(errno, complaint, code) }
  }

  /// `S_IFDIR`, `S_IFREG` or another of stat(2)'s types; nil where nothing is there.
  private func kind(of name: String) -> mode_t? {
    var status = stat()
    return stat(name, &status) == 0 ? status.st_mode & S_IFMT : nil
  }

  func failed(
    _ number: Int32, _ what: String, _ fallback: StoreError.Code = .cannotOpen
  ) -> StoreError {
    let code: StoreError.Code =
      switch number {
      case EROFS: .readOnly
      case ENOSPC, EDQUOT: .full
      default: fallback
      }
    let reason = "\(what): \(String(cString: strerror(number)))"
    return StoreError(code: code, message: message(reason, code.remedy(path)))
  }

  func cannotOpen(_ reason: String, _ remedy: String) -> StoreError {
    StoreError(code: .cannotOpen, message: message(reason, remedy))
  }

  func message(_ reason: String, _ remedy: String) -> String { "\(role) \(path): \(reason); \(remedy)" }
}
