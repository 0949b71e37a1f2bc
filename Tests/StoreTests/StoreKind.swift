import Foundation
import JobModel
import Logging
import Store
import TestSupport
import Testing

/// The implementations of the port, all of which pass the conformance suites. Another one joins by a case here.
enum StoreKind: String, CaseIterable, CustomTestStringConvertible {
  case inMemory = "in memory"
  case sqlite = "SQLite"

  var testDescription: String { rawValue }

  /// Runs a test on a new, empty store.
  func withStore<Value>(_ body: (any RunStore) async throws -> Value) async throws -> Value {
    switch self {
    case .inMemory: return try await body(InMemoryRunStore(random: SeededRandom(seed: 1)))
    case .sqlite:
      let folder = try TemporaryFolder()
      let store = try SQLiteRunStore(
        path: folder.path("jobd.sqlite"), random: SeededRandom(seed: 1), logger: quietLogger)
      let value: Value
      do {
        value = try await body(store)
      } catch {
        await store.close()
        throw error
      }
      await store.close()
      return value
    }
  }
}

let quietLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A folder that is gone when nobody holds it any more.
final class TemporaryFolder: Sendable {
  let root: String

  /// - Parameter isInMemory: where the machine has a folder in memory: for files that are synced thousands of times.
  init(isInMemory: Bool = false) throws {
    let memory = "/dev/shm"
    let folder =
      isInMemory && FileManager.default.isWritableFile(atPath: memory)
      ? URL(fileURLWithPath: memory) : FileManager.default.temporaryDirectory
    root = folder.appendingPathComponent("jobd-store-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  func path(_ name: String) -> String { root + "/" + name }

  func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path(name))) }
  func write(_ bytes: Data, to name: String) throws { try bytes.write(to: URL(fileURLWithPath: path(name))) }
}
