internal import Foundation
internal import Synchronization

/// A tiny HTTP server for tests: one thread a connection, blocking POSIX sockets. What it answers to the
/// n-th request (from 0, over all connections) is the test's to say.
public final class LoopbackServer: @unchecked Sendable {
  /// What to do with one request.
  public enum Reaction: Sendable {
    /// Writes these bytes, then waits for the next request on the connection.
    case answer(String)
    /// Writes these bytes, then closes.
    case answerAndClose(String)
    /// Never answers; the connection stays until the client closes it.
    case hang
  }

  public struct Seen: Sendable {
    public var head: String
    public var body: [UInt8]
    public var connection: Int

    public var requestLine: String { String(head.prefix { $0 != "\r\n" }) }
  }

  public typealias React = @Sendable (_ index: Int, _ seen: Seen) -> Reaction

  private struct State {
    var seen: [Seen] = []
    var connections: [Int32] = []
    var isOpen = true
    var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    var ends = 0
    var endWaiters: [CheckedContinuation<Void, Never>] = []
  }

  public let port: Int
  private let listener: Int32
  private let react: React
  private let state = Mutex(State())

  public var url: String { "http://127.0.0.1:\(port)" }
  public var seen: [Seen] { state.withLock { $0.seen } }
  public var connectionCount: Int { state.withLock { $0.connections.count } }

  /// - Parameter unixSocketPath: listens there instead of on a port of 127.0.0.1.
  public init(unixSocketPath: String? = nil, react: @escaping React) throws {
    self.react = react
    if let unixSocketPath {
      (listener, port) = (try LoopbackServer.listen(path: unixSocketPath), 0)
    } else {
      (listener, port) = try LoopbackServer.listen()
    }
    Thread.detachNewThread { [self] in accept() }
  }

  public func stop() {
    let connections: [Int32] = state.withLock { state in
      guard state.isOpen else { return [] }
      state.isOpen = false
      return state.connections
    }
    shutdown(listener, Int32(SHUT_RDWR))
    for connection in connections { shutdown(connection, Int32(SHUT_RDWR)) }
  }

  /// Waits until this many requests have been read.
  public func waitForRequests(_ count: Int) async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let isReady = state.withLock { state in
        if state.seen.count >= count { return true }
        state.waiters.append((count, continuation))
        return false
      }
      if isReady { continuation.resume() }
    }
  }

  /// Waits until a client has closed a connection.
  public func waitForConnectionEnd() async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let isReady = state.withLock { state in
        if state.ends > 0 { return true }
        state.endWaiters.append(continuation)
        return false
      }
      if isReady { continuation.resume() }
    }
  }

  public static func response(_ body: String, status: String = "200 OK", headers: String = "") -> String {
    "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
  }

  /// A port of this machine on which nobody listens.
  public static func closedPort() throws -> Int {
    let (descriptor, port) = try listen()
    close(descriptor)
    return port
  }

  private struct SocketFailure: Error { var name: String }

  private static func listen() throws -> (Int32, Int) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && Foundation.listen(descriptor, 512) == 0
          && getsockname(descriptor, $0, &length) == 0
      }
    }
    guard isBound else { throw SocketFailure(name: "127.0.0.1") }
    return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
  }

  private static func listen(path: String) throws -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let isBound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0 && Foundation.listen(descriptor, 16) == 0
      }
    }
    guard isBound else { throw SocketFailure(name: path) }
    return descriptor
  }

  private func accept() {
    while true {
      let connection = Foundation.accept(listener, nil, nil)
      if connection < 0 { break }
      let number: Int? = state.withLock { state in
        guard state.isOpen else { return nil }
        state.connections.append(connection)
        return state.connections.count - 1
      }
      guard let number else {
        close(connection)
        break
      }
      Thread.detachNewThread { [self] in serve(connection, number) }
    }
    close(listener)
  }

  private func serve(_ connection: Int32, _ number: Int) {
    while let seen = readRequest(connection, number) {
      let (index, ready) = state.withLock { state in
        state.seen.append(seen)
        let count = state.seen.count
        let ready = state.waiters.filter { $0.count <= count }
        state.waiters.removeAll { $0.count <= count }
        return (count - 1, ready)
      }
      for waiter in ready { waiter.continuation.resume() }
      switch react(index, seen) {
      case .answer(let text): write(text, to: connection)
      case .answerAndClose(let text):
        write(text, to: connection)
        shutdown(connection, Int32(SHUT_RDWR))
      case .hang: continue
      }
    }
    let waiters = state.withLock { state in
      state.ends += 1
      defer { state.endWaiters = [] }
      return state.endWaiters
    }
    for waiter in waiters { waiter.resume() }
  }

  private func write(_ text: String, to connection: Int32) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if count <= 0 { return }
      rest = rest.dropFirst(count)
    }
  }

  private func readRequest(_ connection: Int32, _ number: Int) -> Seen? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while true {
      if let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) {
        let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
        let line = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
        let length = line.flatMap { Int($0.split(separator: " ").last ?? "") } ?? 0
        if bytes.count >= end.upperBound + length {
          return Seen(head: head, body: Array(bytes[end.upperBound...]), connection: number)
        }
      }
      let count = recv(connection, &buffer, buffer.count, 0)
      if count <= 0 { return nil }
      bytes += buffer[..<count]
    }
  }
}
