internal import Foundation
internal import Synchronization

/// Why the control socket could not be opened.
public struct ControlSocketError: Error, Equatable, Sendable, CustomStringConvertible {
  public var path: String
  public var message: String
  public var remedy: String?

  public var description: String {
    "the control socket \(path): \(message)" + (remedy.map { ". \($0)" } ?? "")
  }
}

/// The socket's file: claimed by one process, published when it is ready, removed at the end.
///
/// The server binds a socket in a folder that only this user can enter, gives it its mode there, and
/// renames it to its path: nobody can connect before the mode is set, and a stale file is replaced in
/// one step. A lock on a file beside it decides between two processes that start at the same moment,
/// where asking whether somebody listens would let both through; the kernel drops it with the process.
public final class ControlSocket: Sendable {
  public let path: String
  /// Where the server binds.
  let bindPath: String
  private let folder: String
  private let lock: Int32
  private let isClosed = Mutex(false)

  /// Read and write for user and group: whoever is in the group `jobd` may use `jobd ctl`.
  static let mode: mode_t = 0o660

  private static let writableRemedy = "Let jobd's user write there, or choose another place with --socket"

  /// Claims the path for this process; the socket opens when a ``ControlServer`` runs on it.
  ///
  /// - Throws: where another process has it, or nothing can be made there.
  public init(path: String) throws(ControlSocketError) {
    func failure(_ message: String, _ remedy: String? = nil) -> ControlSocketError {
      ControlSocketError(path: path, message: message, remedy: remedy)
    }
    let parent = SocketProbe.folder(of: path)
    // Its name is as long as that of the folder made below it, with the socket in it.
    let longest = SocketProbe.longestPath - "/.jobd-XXXXXX/s".utf8.count
    guard path.utf8.count <= SocketProbe.longestPath, parent.utf8.count <= longest, !path.isEmpty else {
      throw failure(
        "the path is too long: a socket's folder may have \(longest) bytes, its path \(SocketProbe.longestPath)")
    }
    guard access(parent, F_OK) == 0 else {
      throw failure("the folder \(parent) is not there", "Make it, or let systemd do so with RuntimeDirectory=")
    }
    lock = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard lock >= 0 else {
      throw failure("cannot create a file in \(parent): \(SocketProbe.text(of: errno))", Self.writableRemedy)
    }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      Foundation.close(lock)
      throw failure("another jobd is listening there", "Give this one another path with --socket")
    }
    do throws(ControlSocketError) {
      try ControlSocket.check(path, failure)
    } catch {
      Foundation.close(lock)
      throw error
    }
    var template = Array((parent + "/.jobd-XXXXXX").utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
    }
    guard let made else {
      let code = errno
      Foundation.close(lock)
      throw failure("cannot create a folder in \(parent): \(SocketProbe.text(of: code))", Self.writableRemedy)
    }
    self.path = path
    folder = made
    bindPath = made + "/s"
  }

  private static func check(
    _ path: String, _ failure: (String, String?) -> ControlSocketError
  ) throws(ControlSocketError) {
    switch SocketProbe(path: path) {
    case .nothing, .stale: return
    case .listening:
      throw failure("another process is listening there", "Give this one another path with --socket")
    case .notASocket: throw failure("there is a file of that name that is not a socket", "Move it away")
    case .noFolder: throw failure("its folder is not there", nil)
    case .noPermission: throw failure("the socket there belongs to somebody else", "Move it away")
    case .failed(let message): throw failure(message, nil)
    }
  }

  /// Puts the bound socket in its place. Called once it listens.
  func publish() throws(ControlSocketError) {
    guard chmod(bindPath, ControlSocket.mode) == 0, rename(bindPath, path) == 0 else {
      throw ControlSocketError(path: path, message: SocketProbe.text(of: errno))
    }
    rmdir(folder)
  }

  /// Gives up a claim that no server has run on; nothing where one has.
  public func abandon() { close(isPublished: false) }

  /// Removes what this process made, once. The lock's own file stays: removing it would let two processes
  /// hold a lock of that name.
  func close(isPublished: Bool) {
    let wasClosed = isClosed.withLock { isClosed in
      defer { isClosed = true }
      return isClosed
    }
    if wasClosed { return }
    if isPublished {
      unlink(path)
    } else {
      unlink(bindPath)
      rmdir(folder)
    }
    Foundation.close(lock)
  }
}
