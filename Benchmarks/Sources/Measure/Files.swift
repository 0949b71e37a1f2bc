internal import Foundation
internal import JobModel
internal import Logging
internal import Store

/// A fresh database below a folder; the one before is removed.
func freshStore(in folder: URL) throws -> SQLiteRunStore {
  let path = try freshFile("jobd.db", in: folder)
  return try SQLiteRunStore(
    path: path, random: SystemRandom(), logger: Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() })
}

/// The path of a file that is not there, nor what SQLite puts beside it.
func freshFile(_ name: String, in folder: URL) throws -> String {
  let path = folder.appending(path: name).path
  for suffix in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: path + suffix) {
    try FileManager.default.removeItem(atPath: path + suffix)
  }
  return path
}

/// A name that the benchmark makes up itself.
func name(_ text: String) throws -> JobName {
  guard let name = JobName(text) else { throw Wrong(description: "no job name: \(text)") }
  return name
}
