@testable import ControlAPI
import Foundation
import JobModel
import Logging
import ServiceLifecycle
import TestSupport
import Testing

@Suite("Control server")
struct ControlServerTests {
  private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  /// Runs a server on a path of its own, calls `body` once it listens, then cancels it.
  private func withServer(
    _ service: FakeService = FakeService(), at path: String? = nil, _ body: (String) async throws -> Void
  ) async throws {
    let folder = try TemporaryFolder()
    let path = path ?? folder.path + "/jobd.sock"
    let (listening, continuation) = AsyncStream.makeStream(of: Void.self)
    let server = ControlServer(
      service: service, socketPath: path, logger: Self.quiet, time: ManualTime(now: Fixtures.now),
      onListening: { continuation.yield() })
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        defer { continuation.finish() }
        try await server.run()
      }
      var iterator = listening.makeAsyncIterator()
      if await iterator.next() != nil { try await body(path) }
      group.cancelAll()
      try await group.waitForAll()
    }
    withExtendedLifetime(folder) {}
  }

  @Test("A request over the socket is answered with JSON")
  func answers() async throws {
    try await withServer { path in
      let answer = try await SocketClient.request(path, "GET", "/v1/status")
      #expect(answer.status == 200)
      #expect(try WireDecoder.decode(StatusAnswer.self, from: JSONValue.parse(answer.text)) == Fixtures.status)
    }
  }

  @Test("A body is read, and the call made with it")
  func body() async throws {
    let service = FakeService()
    try await withServer(service) { path in
      let answer = try await SocketClient.request(path, "POST", "/v1/jobs/a/pause", body: #"{"note":"n"}"#)
      #expect(answer.status == 200)
      #expect(answer.text == "{}\n")
    }
    #expect(service.calls == ["pause a n"])
  }

  @Test("The socket may be used by its user and its group, and nothing else stays beside it")
  func mode() async throws {
    try await withServer { path in
      let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
      #expect(mode == 0o660)
      let names = try FileManager.default.contentsOfDirectory(atPath: SocketProbe.folder(of: path)).sorted()
      #expect(names == ["jobd.sock", "jobd.sock.lock"])
    }
  }

  @Test("The socket is removed at the end")
  func removal() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/jobd.sock"
    try await withServer(at: path) { #expect(FileManager.default.fileExists(atPath: $0)) }
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test(
    "A wrong request is answered with a JSON error",
    arguments: [
      ("GET", "/", "", 404, "NOT_FOUND"), ("PATCH", "/v1/status", "", 405, "INVALID"),
      ("POST", "/v1/jobs/a/run", "{]", 400, "INVALID"), ("GET", "/v1/jobs?days=x", "", 400, "INVALID"),
    ])
  func errors(method: String, target: String, body: String, status: Int, code: String) async throws {
    try await withServer { path in
      let answer = try await SocketClient.request(path, method, target, body: body)
      #expect(answer.status == status)
      #expect(try JSONValue.parse(answer.text)["error"]?["code"]?.stringValue == code)
    }
  }

  @Test("A body over the limit is refused with 413, and the server goes on")
  func tooLong() async throws {
    let service = FakeService()
    try await withServer(service) { path in
      let long = "\"" + String(repeating: "x", count: Limits.controlBodyBytes) + "\""
      let answer = try await SocketClient.request(path, "POST", "/v1/jobs/a/run", body: long)
      #expect(answer.status == 413)
      #expect(answer.text.contains("the body is longer than 1048576 bytes"))
      let next = try await SocketClient.request(path, "GET", "/v1/status")
      #expect(next.status == 200)
    }
    #expect(service.calls == ["status"])
  }

  @Test("A body in pieces, whose length nobody said, is bounded too")
  func chunked() async throws {
    try await withServer { path in
      let piece = "10000\r\n" + String(repeating: "x", count: 0x10000) + "\r\n"
      let head =
        "POST /v1/reload HTTP/1.1\r\nHost: jobd\r\nConnection: close\r\nContent-Type: application/json\r\n"
        + "Transfer-Encoding: chunked\r\n\r\n"
      let bytes = Array((head + String(repeating: piece, count: 17) + "0\r\n\r\n").utf8)
      let answer = try await SocketClient.exchange(path, bytes)
      #expect(answer.hasPrefix("HTTP/1.1 413"))
    }
  }

  @Test("Bytes that are no HTTP do not disturb it")
  func garbage() async throws {
    try await withServer { path in
      var random = RandomGenerator(SeededRandom(seed: 7))
      for length in [1, 100, 5_000] {
        let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) } + Array("\r\n\r\n".utf8)
        let answer = (try? await SocketClient.exchange(path, bytes)) ?? ""
        #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 400"))
      }
      let answer = try await SocketClient.request(path, "GET", "/v1/status")
      #expect(answer.status == 200)
    }
  }

  @Test("A second server on the same path is refused, and the first goes on")
  func twoServers() async throws {
    try await withServer { path in
      let second = ControlServer(service: FakeService(), socketPath: path, logger: Self.quiet)
      let error = await #expect(throws: ControlSocketError.self) { try await second.run() }
      #expect(error?.message == "another jobd is listening there")
      let answer = try await SocketClient.request(path, "GET", "/v1/status")
      #expect(answer.status == 200)
    }
  }

  @Test("Another program's socket is left alone")
  func foreignSocket() async throws {
    try await withServer { path in
      try FileManager.default.removeItem(atPath: path + ".lock")
      let second = ControlServer(service: FakeService(), socketPath: path, logger: Self.quiet)
      let error = await #expect(throws: ControlSocketError.self) { try await second.run() }
      #expect(error?.message == "another process is listening there")
      let answer = try await SocketClient.request(path, "GET", "/v1/status")
      #expect(answer.status == 200)
    }
  }

  @Test("A socket that a dead process left behind is replaced")
  func stale() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/jobd.sock"
    try SocketClient.leaveStaleSocket(path)
    #expect(SocketProbe(path: path) == .stale)
    try await withServer(at: path) { path in
      let answer = try await SocketClient.request(path, "GET", "/v1/status")
      #expect(answer.status == 200)
    }
  }

  @Test("A path that cannot hold a socket is refused with the reason, and what is there stays")
  func badPaths() async throws {
    let folder = try TemporaryFolder()
    let file = folder.path + "/file"
    try Data("mine".utf8).write(to: URL(fileURLWithPath: file))
    let long = folder.path + "/" + String(repeating: "x", count: 100)
    for (path, message) in [
      (file, "there is a file of that name that is not a socket"),
      (folder.path + "/none/jobd.sock", "the folder \(folder.path)/none is not there"), (long, "the path is too long"),
    ] {
      let server = ControlServer(service: FakeService(), socketPath: path, logger: Self.quiet)
      let error = await #expect(throws: ControlSocketError.self) { try await server.run() }
      #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
    }
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "mine")
  }

  @Test("A client learns by trying why it cannot connect")
  func connecting() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/jobd.sock"
    func message(_ path: String) -> String { ControlTransportError.connecting(to: path, message: "x").message }
    #expect(message(path) == "there is no such socket")
    #expect(message(folder.path + "/none/s") == "its folder is not there")
    #expect(message(folder.path) == "it is not a socket")
    try SocketClient.leaveStaleSocket(path)
    #expect(message(path) == "nobody is listening")
  }

  @Test("A service group's shutdown answers who is waiting, at once, and ends the server")
  func gracefulShutdown() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/jobd.sock"
    let service = FakeService()
    let time = ManualTime(now: Fixtures.now)
    let (listening, continuation) = AsyncStream.makeStream(of: Void.self)
    let server = ControlServer(
      service: service, socketPath: path, logger: Self.quiet, time: time, onListening: { continuation.yield() })
    let group = ServiceGroup(services: [server], logger: Self.quiet)
    async let end: Void = group.run()
    var iterator = listening.makeAsyncIterator()
    _ = await iterator.next()
    async let answer = SocketClient.request(path, "GET", "/v1/runs/\(Fixtures.runID)?wait=60&after=3")
    await time.waitForSleepers(2)
    await group.triggerGracefulShutdown()
    let status = try await answer.status
    #expect(status == 200)
    try await end
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test("A client that is silent in the middle of a request does not hold up the end", .timeLimit(.minutes(1)))
  func silentClient() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/jobd.sock"
    let time = ManualTime(now: Fixtures.now)
    let (listening, continuation) = AsyncStream.makeStream(of: Void.self)
    let server = ControlServer(
      service: FakeService(), socketPath: path, logger: Self.quiet, time: time, onListening: { continuation.yield() })
    let group = ServiceGroup(services: [server], logger: Self.quiet)
    async let end: Void = group.run()
    var iterator = listening.makeAsyncIterator()
    _ = await iterator.next()
    let half = "POST /v1/jobs/a/pause HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
    async let answer = SocketClient.exchange(path, Array(half.utf8))
    await time.waitForSleepers(1)
    await group.triggerGracefulShutdown()
    await time.waitForSleepers(2)
    time.advance(by: ControlLimits.farewell)
    try await end
    _ = try? await answer
  }
}

/// A folder of one test.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = "/tmp/jobd-test-" + UUID().uuidString.prefix(8)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
