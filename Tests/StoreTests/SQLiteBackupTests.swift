import Dispatch
import Foundation
import GRDB
import JobModel
import Store
import TestSupport
import Testing

@testable import Store

/// A copy of a database that is in use.
@Suite("The SQLite store's backup")
struct SQLiteBackupTests {
  private func opened(_ path: String) throws(StoreError) -> SQLiteRunStore {
    try SQLiteRunStore(path: path, random: SeededRandom(seed: 9), logger: quietLogger)
  }

  @Test("A backup is one whole file, its owner's alone, that opens as the same store")
  func whole() async throws {
    let folder = try TemporaryFolder()
    let store = try folder.open()
    for hours in 0..<40 { try await write(finished(key(hours)), to: store) }
    try await store.backup(to: folder.path("copy.sqlite"))
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.root).filter { $0.hasPrefix("copy") }
    #expect(files == ["copy.sqlite"])
    let attributes = try FileManager.default.attributesOfItem(atPath: folder.path("copy.sqlite"))
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    let queue = try DatabaseQueue(path: folder.path("copy.sqlite"))
    #expect(try await queue.read { try String.fetchAll($0, sql: "PRAGMA integrity_check") } == ["ok"])
    #expect(try await queue.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") } == "delete")
    try queue.close()
    let copy = try opened(folder.path("copy.sqlite"))
    #expect(copy.installationID == store.installationID)
    #expect(try await copy.latestSlots(nightly, limit: 99) == store.latestSlots(nightly, limit: 99))
    #expect(try await copy.history(of: runID(key(7))) == store.history(of: runID(key(7))))
    try await write(finished(key(99)), to: copy)
    await copy.close()
    await store.close()
  }

  @Test("Writers go on while a backup does; it shows the store as it was when it began")
  func whileWriting() async throws {
    let folder = try TemporaryFolder()
    let store = try folder.open()
    for hours in 0..<20 { try await write(finished(key(hours)), to: store) }
    let left = Collected<Int>()
    try await store.backup(to: folder.path("copy.sqlite"), pagesPerStep: 1) { pages in
      left.append(pages)
      // A commit within the backup: it would never return if the backup held writers up.
      let isWritten = DispatchSemaphore(value: 0)
      Task {
        try await write(finished(key(1_000 + left.all.count)), to: store)
        isWritten.signal()
      }
      isWritten.wait()
    }
    let pages = left.all
    #expect(pages.count > 20)
    // Had a commit made it start anew, the number would have risen.
    #expect(pages == pages.sorted(by: >) && pages.last == 0)
    let copy = try opened(folder.path("copy.sqlite"))
    #expect(try await copy.latestSlots(nightly, limit: 999).count == 20)
    #expect(try await copy.pool.read { try String.fetchAll($0, sql: "PRAGMA integrity_check") } == ["ok"])
    #expect(try await store.latestSlots(nightly, limit: 999).count == 20 + pages.count)
    await copy.close()
    await store.close()
  }

  @Test("A file that is there is refused, and left as it is", arguments: ["copy.sqlite", "copy.sqlite.partial"])
  func existing(name: String) async throws {
    let folder = try TemporaryFolder()
    let store = try folder.open()
    try folder.write(Data("precious".utf8), to: name)
    let path = folder.path("copy.sqlite")
    let error = await storeError { () throws(StoreError) in try await store.backup(to: path) }
    #expect(error?.code == .cannotOpen)
    let words = name == "copy.sqlite" ? "a file is there already; name one that does not exist" : "another backup is"
    #expect(error?.message.contains("backup \(folder.path(name)): \(words)") == true, "\(error as Any)")
    #expect(try folder.bytes(name) == Data("precious".utf8))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.root).filter { $0.hasPrefix("copy") } == [name])
    await store.close()
  }

  @Test("A backup to its own database, to no directory or to no path is refused with a reason")
  func refused() async throws {
    let folder = try TemporaryFolder()
    let store = try folder.open()
    for (path, words) in [
      (folder.path("jobd.sqlite"), "a file is there already"), (folder.path("none/copy"), "No such file or directory"),
      ("", "is empty"),
    ] {
      let error = await storeError { () throws(StoreError) in try await store.backup(to: path) }
      #expect(error?.code == .cannotOpen)
      #expect(error?.message.contains(words) == true, "\(error as Any)")
    }
    try await write([.insertSlot(slot())], to: store)
    await store.close()
  }

  @Test("A backup that fails leaves nothing behind")
  func failed() async throws {
    let folder = try TemporaryFolder()
    let store = try folder.open()
    let path = folder.path("copy.sqlite")
    let error = await storeError { () throws(StoreError) in
      try await store.backup(to: path, pagesPerStep: 1) { _ in
        try? folder.write(Data("precious".utf8), to: "copy.sqlite")
      }
    }
    #expect(error?.message.contains("a file has come there meanwhile") == true)
    #expect(try folder.bytes("copy.sqlite") == Data("precious".utf8))
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.root).filter { $0.hasPrefix("copy") }
    #expect(files == ["copy.sqlite"])
    await store.close()
  }

  @Test("Closing the store ends a backup, which leaves nothing behind")
  func closing() async throws {
    let folder = try TemporaryFolder()
    let store = try folder.open()
    let path = folder.path("copy.sqlite")
    let error = await storeError { () throws(StoreError) in
      try await store.backup(to: path, pagesPerStep: 1) { _ in
        if !store.isClosing { Task { await store.close() } }
        while !store.isClosing { sched_yield() }
      }
    }
    #expect(error?.message.contains("the store is being closed") == true)
    await store.close()
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.root).filter { $0.hasPrefix("copy") }.isEmpty)
  }

  @Test("A store in memory says that it has no file")
  func inMemory() async throws {
    let store = InMemoryRunStore(random: SeededRandom(seed: 1))
    let error = await storeError { () throws(StoreError) in try await store.backup(to: "/nowhere/copy") }
    #expect(error?.code == .other)
    #expect(error?.message.contains("has no file") == true)
  }
}
