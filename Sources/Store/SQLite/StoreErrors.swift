internal import GRDB
internal import JobModel

/// What SQLite says, as the store's own error: code, file, and what helps. Values of a statement are
/// never part of it.
extension DatabaseFile {
  func explain(_ error: any Error) -> StoreError {
    switch error {
    case let error as StoreError: error
    case let error as DatabaseError: explain(error)
    case let error as Schema.Refusal: explain(error)
    case let error as UnreadableValue:
      StoreError(
        code: .corrupt,
        message: message(
          "the row (\(error.key)) of \(error.table) holds no value that this jobd understands in column "
            + "\(error.column)", StoreError.Code.corrupt.remedy(path)))
    default: StoreError(code: .other, message: message("\(error)", StoreError.Code.other.remedy(path)))
    }
  }

  private func explain(_ error: DatabaseError) -> StoreError {
    let code = StoreError.Code(error.resultCode)
    let text = error.message ?? "SQLite's error"
    return StoreError(
      code: code, message: message("\(text) (SQLite \(error.extendedResultCode.rawValue))", code.remedy(path)))
  }

  private func explain(_ refusal: Schema.Refusal) -> StoreError {
    switch refusal {
    case .newer(let version, let known):
      StoreError(
        code: .newerSchema,
        message: message(
          "its schema has version \(version), this jobd knows versions up to \(known)",
          "start the newer jobd that has last used it, or name another file"))
    case .anotherProgram:
      StoreError(
        code: .cannotOpen, message: message("it is another program's SQLite database", "name another file"))
    }
  }
}

extension StoreError.Code {
  /// SQLite's primary result code (sqlite.org, Result and Error Codes).
  init(_ code: ResultCode) {
    self =
      switch code.primaryResultCode {
      case .SQLITE_FULL: .full
      case .SQLITE_READONLY: .readOnly
      case .SQLITE_CORRUPT, .SQLITE_NOTADB: .corrupt
      case .SQLITE_BUSY, .SQLITE_LOCKED: .busy
      case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH: .cannotOpen
      default: .other
      }
  }

  func remedy(_ path: String) -> String {
    switch self {
    case .full: "free some space on its file system"
    case .readOnly: "let jobd's user write the file and its directory, on a file system that is mounted writable"
    case .corrupt: "stop jobd, then restore a backup, or save what can be read: sqlite3 '\(path)' .recover"
    case .busy:
      "another process has kept it locked for \(Int(DatabaseFile.busyTimeoutSeconds)) s: look for an open "
        + "transaction in a sqlite3 shell or a backup"
    case .cannotOpen: "let jobd's user read and write the file and its directory"
    case .newerSchema, .other: "look at the disk and at the system's log"
    }
  }
}
