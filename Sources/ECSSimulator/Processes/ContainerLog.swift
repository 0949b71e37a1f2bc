internal import Foundation

/// A container's output in a file, up to a number of bytes; the rest is dropped, and a last line says so.
struct ContainerLog: ~Copyable {
  private let handle: FileHandle?
  private var bytesLeft: Int

  init(path: String, limit: Int) {
    _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
    handle = FileHandle(forWritingAtPath: path)
    bytesLeft = limit
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard bytesLeft > 0, !bytes.isEmpty else { return }
    let kept = min(bytesLeft, bytes.count)
    bytesLeft -= kept
    // A full disk costs the output, not the task.
    try? handle?.write(contentsOf: Data(bytes.prefix(kept)))
    if kept < bytes.count { try? handle?.write(contentsOf: Data("\n[the rest of the output is not kept]\n".utf8)) }
  }

  deinit { try? handle?.close() }
}

/// The simulator's folder: one per task, in it a log and a working folder per container.
struct TaskFolders: Sendable {
  let root: String
  private let isTemporary: Bool

  /// - Parameter path: nil makes a temporary folder.
  init(path: String?) throws(SimulatorError) {
    isTemporary = path == nil
    root =
      path
      ?? FileManager.default.temporaryDirectory.path + "/jobd-simulator-\(ProcessInfo.processInfo.globallyUniqueString)"
    do {
      try FileManager.default.createDirectory(
        atPath: root, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw SimulatorError("the state folder \(root) cannot be made: \(error.localizedDescription)")
    }
  }

  func workingFolder(task: String, container: String) -> String { "\(root)/\(task)/\(container)" }
  func log(task: String, container: String) -> String { "\(root)/\(task)/\(container).log" }

  func make(task: String, container: String) throws {
    try FileManager.default.createDirectory(
      atPath: workingFolder(task: task, container: container), withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o700])
  }

  func remove(task: String) { try? FileManager.default.removeItem(atPath: "\(root)/\(task)") }

  func removeAll() { if isTemporary { try? FileManager.default.removeItem(atPath: root) } }

  /// The task's logs by container; empty for a task that has none.
  func logs(task: String) -> [String: String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(task)")) ?? []
    var logs: [String: String] = [:]
    for name in names where name.hasSuffix(".log") {
      let data = FileManager.default.contents(atPath: "\(root)/\(task)/\(name)") ?? Data()
      logs[String(name.dropLast(4))] = String(decoding: data, as: UTF8.self)
    }
    return logs
  }
}

/// Why the simulator cannot run.
public struct SimulatorError: Error, Equatable, Sendable, CustomStringConvertible {
  public var message: String

  public init(_ message: String) { self.message = message }

  public var description: String { message }
}
