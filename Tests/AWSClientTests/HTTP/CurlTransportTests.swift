import AWSClient
import Foundation
import JobModel
import TestSupport
import Testing

@Suite("The libcurl transport, against a server on this machine")
struct CurlTransportTests {
  private static func transport(_ configuration: CurlConfiguration = CurlConfiguration()) -> CurlTransport {
    CurlTransport(configuration, time: SystemTime())
  }

  private static func post(_ server: LoopbackServer, body: String = "{}", path: String = "/") -> HTTPRequest {
    HTTPRequest(method: "POST", url: server.url + path, headers: ["X-Thing": "one"], body: Array(body.utf8))
  }

  private func failure(
    _ transport: CurlTransport, _ request: HTTPRequest
  ) async -> HTTPTransportError? {
    do throws(HTTPTransportError) {
      _ = try await transport.send(request)
      return nil
    } catch { return error }
  }

  @Test("A request arrives whole and its answer comes back whole, on a kept connection")
  func roundTrip() async throws {
    let server = try LoopbackServer { index, seen in
      .answer(
        LoopbackServer.response(
          "answer \(index): \(String(decoding: seen.body, as: UTF8.self))", headers: "X-Id: 7\r\n"))
    }
    defer { server.stop() }
    let transport = Self.transport()
    for index in 0..<3 {
      let response = try await transport.send(Self.post(server, body: "body", path: "/a/../b?c=%2F"))
      #expect(response.status == 200)
      #expect(response.headers["x-id"] == "7")
      #expect(String(decoding: response.body, as: UTF8.self) == "answer \(index): body")
    }
    #expect(server.seen.first?.requestLine == "POST /a/../b?c=%2F HTTP/1.1")
    #expect(server.seen.first?.head.contains("\r\nX-Thing: one\r\n") == true)
    #expect(server.seen.first?.head.contains("Expect") == false)
    #expect(server.connectionCount == 1)
  }

  @Test("A large body is sent without waiting for 100 (Continue)")
  func largeBody() async throws {
    let server = try LoopbackServer { _, seen in .answer(LoopbackServer.response("\(seen.body.count)")) }
    defer { server.stop() }
    let response = try await Self.transport().send(Self.post(server, body: String(repeating: "x", count: 3_000_000)))
    #expect(String(decoding: response.body, as: UTF8.self) == "3000000")
  }

  @Test("A request that may not be repeated gets a connection of its own")
  func freshConnection() async throws {
    let server = try LoopbackServer { _, _ in .answer(LoopbackServer.response("")) }
    defer { server.stop() }
    let transport = Self.transport()
    var request = Self.post(server)
    _ = try await transport.send(request)
    request.mayBeRepeated = false
    _ = try await transport.send(request)
    #expect(server.connectionCount == 2)
  }

  @Test("A refused connection was never sent")
  func refused() async throws {
    let port = try LoopbackServer.closedPort()
    let error = await failure(Self.transport(), HTTPRequest(method: "POST", url: "http://127.0.0.1:\(port)/"))
    #expect(error?.code == .connectionFailed)
    #expect(error?.mayHaveBeenSent == false)
    #expect(error?.message.contains("127.0.0.1:\(port)") == true)
  }

  @Test("A name that does not exist was never sent")
  func unknownName() async {
    let error = await failure(Self.transport(), HTTPRequest(method: "GET", url: "http://nowhere.invalid/"))
    #expect(error?.code == .connectionFailed)
    #expect(error?.mayHaveBeenSent == false)
  }

  @Test(
    "What breaks after the request was sent may have been done",
    arguments: [
      "", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", "this is no HTTP\r\n\r\n",
    ])
  func broken(_ answer: String) async throws {
    let server = try LoopbackServer { _, _ in .answerAndClose(answer) }
    defer { server.stop() }
    let error = await failure(Self.transport(), Self.post(server))
    #expect(error?.mayHaveBeenSent == true)
    #expect([.connectionBroken, .invalidRequest].contains(error?.code))
  }

  @Test("An answer over the limit is given up")
  func tooLarge() async throws {
    let server = try LoopbackServer { _, _ in .answer(LoopbackServer.response(String(repeating: "x", count: 100_001))) }
    defer { server.stop() }
    var request = Self.post(server)
    request.maximumResponseBytes = 100_000
    let error = await failure(Self.transport(), request)
    #expect(error?.code == .responseTooLarge)
    #expect(error?.mayHaveBeenSent == true)
  }

  @Test("Headers without end are given up")
  func endlessHeaders() async throws {
    let line = "X-Filler: \(String(repeating: "y", count: 1_000))\r\n"
    let server = try LoopbackServer { _, _ in
      .answer("HTTP/1.1 200 OK\r\n" + String(repeating: line, count: 400) + "Content-Length: 0\r\n\r\n")
    }
    defer { server.stop() }
    let error = await failure(Self.transport(), Self.post(server))
    #expect(error?.code == .responseTooLarge || error?.code == .other)
  }

  @Test("No answer in time is a timeout that may have been done")
  func timeout() async throws {
    let server = try LoopbackServer { _, _ in .hang }
    defer { server.stop() }
    var request = Self.post(server)
    request.totalTimeout = .milliseconds(100)
    let error = await failure(Self.transport(), request)
    #expect(error?.code == .timeout)
    #expect(error?.mayHaveBeenSent == true)
  }

  @Test("Cancelling the task ends the request and closes its connection")
  func cancelled() async throws {
    let server = try LoopbackServer { _, _ in .hang }
    defer { server.stop() }
    let transport = Self.transport()
    let task = Task { await failure(transport, Self.post(server)) }
    await server.waitForRequests(1)
    task.cancel()
    let error = await task.value
    #expect(error?.code == .cancelled)
    #expect(error?.mayHaveBeenSent == true)
    await server.waitForConnectionEnd()
  }

  @Test("A task that is already cancelled sends nothing")
  func cancelledBefore() async throws {
    let server = try LoopbackServer { _, _ in .answer(LoopbackServer.response("")) }
    defer { server.stop() }
    let transport = Self.transport()
    let task = Task {
      await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
        withUnsafeCurrentTask { $0?.cancel() }
        continuation.resume()
      }
      return await failure(transport, Self.post(server))
    }
    #expect(
      await task.value
        == HTTPTransportError(
          code: .cancelled, message: "\(server.url): cancelled before it was sent", mayHaveBeenSent: false))
    #expect(server.seen.isEmpty)
  }

  @Test("Thousands of requests at once share a bounded number of connections")
  func concurrent() async throws {
    let server = try LoopbackServer { _, seen in
      .answer(LoopbackServer.response(String(decoding: seen.body, as: UTF8.self)))
    }
    defer { server.stop() }
    let transport = Self.transport(CurlConfiguration(maximumConnectionsPerHost: 16))
    let answers = try await withThrowingTaskGroup(of: (Int, String).self) { group in
      for index in 0..<2_000 {
        group.addTask {
          let response = try await transport.send(Self.post(server, body: "\(index)"))
          return (index, String(decoding: response.body, as: UTF8.self))
        }
      }
      return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    #expect(answers.count == 2_000)
    #expect(answers.allSatisfy { "\($0.key)" == $0.value })
    #expect(server.connectionCount <= 16)
  }

  @Test("A request that never got a connection in time was not sent")
  func queuedTimeout() async throws {
    let server = try LoopbackServer { _, _ in .hang }
    defer { server.stop() }
    let transport = Self.transport(CurlConfiguration(maximumConnectionsPerHost: 1))
    let first = Task { await failure(transport, Self.post(server)) }
    await server.waitForRequests(1)
    var request = Self.post(server)
    request.totalTimeout = .milliseconds(50)
    let error = await failure(transport, request)
    #expect(error?.code == .timeout)
    #expect(error?.mayHaveBeenSent == false)
    first.cancel()
    _ = await first.value
  }

  @Test("A Unix socket is reached by its path")
  func unixSocket() async throws {
    let path = NSTemporaryDirectory() + "jobd-\(UUID().uuidString.prefix(8)).sock"
    let server = try LoopbackServer(unixSocketPath: path) { _, _ in .answer(LoopbackServer.response("local")) }
    defer {
      server.stop()
      unlink(path)
    }
    let transport = Self.transport(CurlConfiguration(proxies: HTTPProxySettings(http: "http://127.0.0.1:1")))
    let response = try await transport.send(
      HTTPRequest(method: "GET", url: "http://localhost/status", unixSocketPath: path))
    #expect(String(decoding: response.body, as: UTF8.self) == "local")
    let error = await failure(
      transport, HTTPRequest(method: "GET", url: "http://localhost/", unixSocketPath: path + ".not"))
    #expect(error?.code == .connectionFailed)
    #expect(error?.mayHaveBeenSent == false)
  }

  @Test("A proxy is asked, but not for a host that goes round it")
  func proxy() async throws {
    let proxy = try LoopbackServer { _, _ in .answer(LoopbackServer.response("by proxy")) }
    let server = try LoopbackServer { _, _ in .answer(LoopbackServer.response("directly")) }
    defer {
      proxy.stop()
      server.stop()
    }
    let settings = HTTPProxySettings(environment: ["HTTP_PROXY": proxy.url, "NO_PROXY": "127.0.0.1,localhost"])
    let transport = Self.transport(CurlConfiguration(proxies: settings))
    let proxied = try await transport.send(HTTPRequest(method: "GET", url: "http://ecs.example/"))
    #expect(String(decoding: proxied.body, as: UTF8.self) == "by proxy")
    #expect(proxy.seen.first?.requestLine == "GET http://ecs.example/ HTTP/1.1")
    let direct = try await transport.send(HTTPRequest(method: "GET", url: server.url))
    #expect(String(decoding: direct.body, as: UTF8.self) == "directly")
  }

  @Test("A redirect is an answer, and is not followed")
  func redirect() async throws {
    let server = try LoopbackServer { _, _ in
      .answer(LoopbackServer.response("", status: "302 Found", headers: "Location: http://127.0.0.1:1/\r\n"))
    }
    defer { server.stop() }
    #expect(try await Self.transport().send(Self.post(server)).status == 302)
  }

  @Test(
    "A request that is wrong in itself is refused",
    arguments: [
      HTTPRequest(method: "GET", url: "ftp://127.0.0.1/"), HTTPRequest(method: "GET", url: "file:///etc/passwd"),
      HTTPRequest(method: "GET", url: "not a url"), HTTPRequest(method: "GET", url: ""),
      HTTPRequest(method: "GET", url: "http://user:secret@127.0.0.1:1/"),
      HTTPRequest(method: "GET", url: "http://127.0.0.1:1/", headers: ["X": "a\r\nY: b"]),
      HTTPRequest(method: "GET", url: "http://127.0.0.1:1/", headers: ["": "a"]),
      HTTPRequest(method: "GET\r\nX: y", url: "http://127.0.0.1:1/"),
    ])
  func invalid(_ request: HTTPRequest) async {
    let error = await failure(Self.transport(), request)
    #expect(error?.code == .invalidRequest || error?.code == .connectionFailed)
    #expect(error?.mayHaveBeenSent == false)
    #expect(error?.message.contains("secret") == false)
  }

  @Test("A streamed answer arrives in pieces, head first")
  func stream() async throws {
    let server = try LoopbackServer { _, _ in
      .answerAndClose("HTTP/1.1 200 OK\r\nX-Kind: lines\r\nConnection: close\r\n\r\none\ntwo\n")
    }
    defer { server.stop() }
    var status = 0
    var text = ""
    for try await event in Self.transport().stream(Self.post(server)) {
      switch event {
      case .head(let value, let headers):
        status = value
        #expect(headers["x-kind"] == "lines")
      case .body(let bytes): text += String(decoding: bytes, as: UTF8.self)
      }
    }
    #expect(status == 200)
    #expect(text == "one\ntwo\n")
  }

  @Test("Leaving a stream closes its connection")
  func streamLeft() async throws {
    let server = try LoopbackServer { _, _ in .answer("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nfirst") }
    defer { server.stop() }
    let transport = Self.transport()
    for try await event in transport.stream(HTTPRequest(method: "GET", url: server.url, totalTimeout: nil)) {
      if case .body = event { break }
    }
    await server.waitForConnectionEnd()
  }

  @Test("Shutting down fails what is open and whatever comes later")
  func shutDown() async throws {
    let server = try LoopbackServer { _, _ in .hang }
    defer { server.stop() }
    let transport = Self.transport()
    let task = Task { await failure(transport, Self.post(server)) }
    await server.waitForRequests(1)
    transport.shutDown()
    #expect(await task.value?.code == .shutDown)
    let later = await failure(transport, Self.post(server))
    #expect(later?.code == .shutDown)
    #expect(later?.mayHaveBeenSent == false)
    transport.shutDown()
  }
}
