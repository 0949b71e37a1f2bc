internal import Foundation
internal import JobModel

/// What a command reads: a file without a name, so that a command that does not read to the end keeps nobody waiting
/// and breaks no pipe.
enum StandardInput {
  struct Problem: Error, CustomStringConvertible {
    var message: String
    var description: String { message }
  }

  /// - Returns: a descriptor, at the beginning, which the caller closes.
  static func open(_ input: JSONValue?) throws(Problem) -> Int32 {
    guard let input else {
      let descriptor = Foundation.open("/dev/null", O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw problem("/dev/null") }
      return descriptor
    }
    let folder = FileManager.default.temporaryDirectory.path
    var name = Array("\(folder)/jobd-input-XXXXXX".utf8CString)
    let descriptor = name.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return Int32(-1) }
      let descriptor = mkstemp(start)
      if descriptor >= 0 {
        unlink(start)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      }
      return descriptor
    }
    guard descriptor >= 0 else { throw problem(folder) }
    do {
      let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
      try handle.write(contentsOf: Data((input.text + "\n").utf8))
      try handle.seek(toOffset: 0)
    } catch {
      close(descriptor)
      throw Problem(message: "its input cannot be written to a file in \(folder): \(error.localizedDescription)")
    }
    return descriptor
  }

  private static func problem(_ path: String) -> Problem {
    Problem(message: "\(path): \(String(cString: strerror(errno)))")
  }
}
