internal import Foundation
internal import JobModel

/// The log of started tasks as a file of JSON lines, appended to and never truncated.
struct TaskLogFile: Sendable {
  private let descriptor: Int32

  init(path: String) throws(SimulatorError) {
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw SimulatorError("the task log \(path) cannot be opened: \(String(cString: strerror(errno)))")
    }
  }

  /// One write per line, so that a reader never sees half of one after a kill.
  func append(_ line: JSONValue) {
    let bytes = line.utf8 + [UInt8(ascii: "\n")]
    _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
  }

  func close() { _ = Foundation.close(descriptor) }
}
