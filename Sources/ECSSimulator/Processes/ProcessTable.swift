internal import Foundation
internal import Synchronization

/// The processes that run, by container, so that signals find them; a signal that comes before its process
/// is delivered when the process is there.
///
/// Every process leads a session and a process group of its own, so a signal reaches its children too.
final class ProcessTable: Sendable {
  private enum Entry {
    case starting(signal: Int32?)
    case running(pid_t)
  }

  private let entries = Mutex<[ContainerKey: Entry]>([:])

  func willStart(_ key: ContainerKey) {
    entries.withLock { $0[key] = .starting(signal: nil) }
  }

  func didStart(_ key: ContainerKey, _ process: pid_t) {
    entries.withLock { entries in
      if case .starting(let signal?) = entries[key] { _ = kill(-process, signal) }
      entries[key] = .running(process)
    }
  }

  func didExit(_ key: ContainerKey) {
    entries.withLock { $0[key] = nil }
  }

  func send(_ signal: Int32, to key: ContainerKey) {
    entries.withLock { entries in
      switch entries[key] {
      case .running(let process): _ = kill(-process, signal)
      // SIGKILL is not softened by a SIGTERM that comes after it.
      case .starting(let earlier): entries[key] = .starting(signal: earlier == SIGKILL ? SIGKILL : signal)
      case nil: break
      }
    }
  }
}
