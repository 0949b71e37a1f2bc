internal import Foundation

/// What is at the path of a Unix socket.
enum SocketProbe: Equatable, Sendable {
  case nothing
  /// Somebody accepts connections.
  case listening
  /// A socket file that a process left behind: connecting is refused.
  case stale
  /// A file of another kind.
  case notASocket
  case noPermission
  /// The parent folder is not there, or is no folder.
  case noFolder
  case failed(String)

  /// The longest path that fits into `sockaddr_un` with its closing zero (unix(7)).
  static let longestPath = 107

  /// Tries to connect, and hangs up at once.
  init(path: String) {
    guard access(path, F_OK) == 0 else {
      self = SocketProbe.missing(path, errno)
      return
    }
    let type = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
    self = type == .typeSocket ? SocketProbe.connect(path) : .notASocket
  }

  private static func missing(_ path: String, _ code: Int32) -> SocketProbe {
    var isFolder: ObjCBool = false
    switch code {
    case ENOENT:
      let isThere = FileManager.default.fileExists(atPath: folder(of: path), isDirectory: &isFolder)
      return isThere && isFolder.boolValue ? .nothing : .noFolder
    case ENOTDIR: return .noFolder
    case EACCES: return .noPermission
    default: return .failed(text(of: code))
    }
  }

  private static func connect(_ path: String) -> SocketProbe {
    guard let address = unixAddress(path) else { return .failed("the path is longer than \(longestPath) bytes") }
    // Not blocking: with a full queue of connections, connect(2) would wait.
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    guard descriptor >= 0 else { return .failed(text(of: errno)) }
    defer { close(descriptor) }
    let result = withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    if result == 0 { return .listening }
    switch errno {
    case EAGAIN, EINPROGRESS: return .listening
    case ECONNREFUSED: return .stale
    case EACCES, EPERM: return .noPermission
    case ENOENT: return .nothing
    case EPROTOTYPE: return .listening
    default: return .failed(text(of: errno))
    }
  }

  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  static func text(of code: Int32) -> String { String(cString: strerror(code)) }
}

/// Nil for a path that does not fit.
func unixAddress(_ path: String) -> sockaddr_un? {
  guard path.utf8.count <= SocketProbe.longestPath else { return nil }
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
  return address
}
