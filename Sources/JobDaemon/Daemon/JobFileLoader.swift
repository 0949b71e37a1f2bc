internal import Foundation
internal import JobFile
internal import JobModel

/// Reads a job file, and the state machines that it names, from disk.
enum JobFileLoader {
  static func load(_ path: String) -> JobFileResult {
    let text: String
    do throws(ReadFailure) {
      text = try read(path, limit: Limits.jobFileBytes)
    } catch {
      let diagnostic = JobFileDiagnostic(
        severity: .error, file: path, line: 1, column: 1, path: "", message: error.message)
      return JobFileResult(file: nil, diagnostics: [diagnostic])
    }
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    return JobFile.parse(text, name: path) { name in
      try read(URL(fileURLWithPath: name, relativeTo: folder).path, limit: Limits.definitionBytes)
    }
  }

  struct ReadFailure: Error, CustomStringConvertible {
    var message: String
    var description: String { message }
  }

  private static func read(_ path: String, limit: Int) throws(ReadFailure) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw ReadFailure(message: "the file cannot be opened: \(String(cString: strerror(errno)))")
    }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    let data: Data
    do {
      data = try handle.read(upToCount: limit + 1) ?? Data()
    } catch {
      throw ReadFailure(message: "the file cannot be read: \(error.localizedDescription)")
    }
    guard data.count <= limit else { throw ReadFailure(message: "the file is longer than \(limit) bytes") }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw ReadFailure(message: "the file is not UTF-8 text")
    }
    return text
  }
}
