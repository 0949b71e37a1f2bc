import GRDB
import JobModel
import Logging
import Synchronization
import TestSupport

@testable import Store

extension TemporaryFolder {
  static let database = "jobd.sqlite"

  func open(
    seed: UInt64 = 1, probe: GroupWriter.Probe = GroupWriter.Probe(), steps: [Schema.Step] = Schema.steps,
    configure: @Sendable (inout Configuration) -> Void = { _ in }
  ) throws(StoreError) -> SQLiteRunStore {
    try SQLiteRunStore(
      path: path(Self.database), random: SeededRandom(seed: seed), logger: quietLogger, probe: probe, steps: steps,
      configure: configure)
  }

  /// The error with which opening fails; nil where it succeeds.
  func errorOfOpening() async -> StoreError? {
    do {
      try await open().close()
      return nil
    } catch {
      return error
    }
  }

  /// Works on the file without the store.
  func withDatabase<Value>(_ body: (Database) throws -> Value) throws -> Value {
    let queue = try DatabaseQueue(path: path(Self.database))
    let value = try queue.writeWithoutTransaction(body)
    try queue.close()
    return value
  }
}

/// The error that an asynchronous call ends with.
func storeError<Value>(of call: () async throws(StoreError) -> Value) async -> StoreError? {
  do throws(StoreError) {
    _ = try await call()
    return nil
  } catch {
    return error
  }
}

/// Collects what a probe reports, from whatever thread.
final class Collected<Element: Sendable>: Sendable {
  private let elements = Mutex<[Element]>([])

  func append(_ element: Element) { elements.withLock { $0.append(element) } }
  var all: [Element] { elements.withLock { $0 } }
}

/// Opens once, for all who wait.
final class Gate: Sendable {
  private let state = Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

  func open() {
    let waiting = state.withLock { state in
      defer { state = (true, []) }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }

  func wait() async {
    await withCheckedContinuation { continuation in
      let isOpen = state.withLock { state in
        if !state.isOpen { state.waiting.append(continuation) }
        return state.isOpen
      }
      if isOpen { continuation.resume() }
    }
  }
}
