internal import ArgumentParser
internal import ControlAPI
internal import Foundation
internal import JobModel

struct CtlBackup: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract: "Copy the daemon's database into a file, while it works.",
    discussion: """
      The copy is that of one moment, and complete: as the state directory's jobd.sqlite it brings everything back. \
      It is written beside FILE as FILE.partial, readable by you alone, and gets its name once all of it is there.

      Examples:
        jobd ctl backup /var/backups/jobd-$(date +%F).sqlite
        jobd ctl backup jobd.sqlite --force
      """)

  @Argument(help: "Where to write it.", completion: .file())
  var file: String

  @Flag(help: "Replace the file where it exists.")
  var force = false

  @OptionGroup var options: CtlOptions

  func validate() throws {
    if file.isEmpty || file.hasSuffix("/") { throw ValidationError("FILE must be the name of a file.") }
  }

  func run() async throws {
    try await options.perform { client throws(ControlFailure) in
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: file, isDirectory: &isFolder) {
        guard force, !isFolder.boolValue else {
          throw ControlFailure(
            exitStatus: .invalid, message: "\(file) exists already",
            remedy: isFolder.boolValue ? "It is a folder: name a file in it" : "To replace it, add --force")
        }
      }
      let target = try BackupFile(path: file)
      let bytes: Int
      do throws(ControlFailure) {
        bytes = try await fetch(client, into: target)
        try target.finish()
      } catch {
        target.discard()
        throw error
      }
      let answer: JSONValue = ["file": .string(file), "bytes": .integer(Int64(bytes))]
      options.show(answer) { _, _ in "\(file): \(bytes) bytes\n" }
      return .done
    }
  }

  /// - Returns: how many bytes there are.
  private func fetch(_ client: ControlClient, into target: BackupFile) async throws(ControlFailure) -> Int {
    let progress = ProgressLine()
    defer { progress.clear() }
    progress.show("the daemon copies its database …")
    let copy = try await client.makeBackup()
    var offset: Int? = 0
    var written = 0
    while let at = offset {
      let piece = try await client.backupPiece(copy.id, offset: at)
      guard let data = Data(base64Encoded: piece.data) else {
        throw ControlFailure(exitStatus: .failed, message: "the copy came damaged at byte \(at)", remedy: "Try again")
      }
      try target.write(data)
      written += data.count
      if let next = piece.next, next != written {
        throw ControlFailure(
          exitStatus: .failed, message: "the copy came with a gap: \(written) bytes, then byte \(next)",
          remedy: "Try again")
      }
      offset = piece.next
      progress.show("\(written) of \(copy.bytes) bytes (\(written * 100 / max(1, copy.bytes)) %)")
    }
    guard written == copy.bytes else {
      throw ControlFailure(
        exitStatus: .failed, message: "the copy is incomplete: \(written) of \(copy.bytes) bytes came",
        remedy: "Try again")
    }
    return written
  }
}

/// A file that gets its name once it is whole.
private struct BackupFile {
  private let path: String
  private let partial: String
  private let handle: FileHandle

  /// Makes `FILE.partial`, or empties one that an earlier call has left behind.
  init(path: String) throws(ControlFailure) {
    self.path = path
    partial = path + ".partial"
    let descriptor = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0, fchmod(descriptor, 0o600) == 0 else {
      throw BackupFile.failure("cannot write", partial, String(cString: strerror(errno)))
    }
    handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  func write(_ data: Data) throws(ControlFailure) {
    do { try handle.write(contentsOf: data) } catch {
      throw BackupFile.failure("cannot write", partial, error.localizedDescription)
    }
  }

  /// Durable before it has its name: a copy that a crash has emptied would be the worst of all.
  func finish() throws(ControlFailure) {
    do {
      try handle.synchronize()
      try handle.close()
    } catch {
      throw BackupFile.failure("cannot write", partial, error.localizedDescription)
    }
    guard rename(partial, path) == 0 else {
      throw BackupFile.failure("cannot name the copy", path, String(cString: strerror(errno)))
    }
  }

  func discard() {
    try? handle.close()
    unlink(partial)
  }

  private static func failure(_ what: String, _ path: String, _ why: String) -> ControlFailure {
    ControlFailure(exitStatus: .failed, message: "\(what) \(path): \(why)")
  }
}

/// A line on standard error that is written over, where that is a terminal.
private struct ProgressLine {
  private let isTerminal = isatty(STDERR_FILENO) == 1

  func show(_ text: String) {
    if isTerminal { StandardStream.write("\r\u{1B}[K\(text)", to: STDERR_FILENO) }
  }

  func clear() { show("") }
}
