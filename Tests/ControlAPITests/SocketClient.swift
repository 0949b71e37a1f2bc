import Foundation

/// A blocking HTTP client on a thread of its own: bytes in, bytes out, nothing between.
enum SocketClient {
  struct Failure: Error {
    var step: String
    var code: Int32
  }

  /// Sends the bytes and reads until the other side closes.
  static func exchange(_ path: String, _ bytes: [UInt8]) async throws -> String {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread {
        continuation.resume(with: Result { try blocking(path, bytes) })
      }
    }
  }

  static func request(
    _ path: String, _ method: String, _ target: String, body: String = "", contentType: String = "application/json"
  ) async throws -> (status: Int, text: String) {
    let head =
      "\(method) \(target) HTTP/1.1\r\nHost: jobd\r\nConnection: close\r\nContent-Type: \(contentType)\r\n"
      + "Content-Length: \(body.utf8.count)\r\n\r\n"
    let answer = try await exchange(path, Array((head + body).utf8))
    let status = answer.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    let text = answer.range(of: "\r\n\r\n").map { String(answer[$0.upperBound...]) } ?? ""
    return (status, text)
  }

  private static func blocking(_ path: String, _ bytes: [UInt8]) throws -> String {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    try connect(descriptor, path)
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      // A server that has answered already need not read the rest.
      if count <= 0 { break }
      sent += count
    }
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count < 0, answer.isEmpty { throw Failure(step: "recv", code: errno) }
      if count <= 0 { return String(decoding: answer, as: UTF8.self) }
      answer += buffer[..<count]
    }
  }

  private static func connect(_ descriptor: Int32, _ path: String) throws {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let result = withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    if result != 0 { throw Failure(step: "connect", code: errno) }
  }

  /// Leaves a socket behind on which nobody listens, as a killed process does.
  static func leaveStaleSocket(_ path: String) throws {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let result = withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    if result != 0 { throw Failure(step: "bind", code: errno) }
  }
}
