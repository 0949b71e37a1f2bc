internal import AWSClient
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import JobModel
internal import Logging
internal import NIOCore

/// What the server needs to know of a connection: how to break it.
struct SimulatorContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  let channel: any Channel

  init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    channel = source.channel
  }
}

/// HTTP/1.1 on loopback: requests become ``WireRequest``s, and ``WireAnswer``s answers, broken ones too.
struct SimulatorServer: Sendable {
  let port: Int
  let time: any TimeSource
  let logger: Logger
  let handle: @Sendable (WireRequest, _ wasPostponed: Bool) -> WireAnswer

  func run(onListening: @escaping @Sendable (Int) -> Void) async throws {
    let application = Application(
      responder: CallbackResponder<SimulatorContext> { request, context in
        try await self.respond(to: request, context)
      },
      configuration: ApplicationConfiguration(
        address: .hostname("127.0.0.1", port: port), serverName: "jobd-simulator", backlog: 1_024),
      onServerRunning: { channel in onListening(channel.localAddress?.port ?? 0) }, logger: logger)
    try await application.run()
  }

  /// Why it could not listen, with the remedy.
  static func sentence(for error: any Error, port: Int) -> String {
    switch (error as? IOError)?.errnoCode {
    case EADDRINUSE:
      "port \(port) of 127.0.0.1 is taken; choose another with --port, or none: the system then finds a free one"
    case EACCES: "port \(port) of 127.0.0.1 is for root alone; choose one from 1024 with --port"
    default: "cannot serve on 127.0.0.1:\(port): \(error)"
    }
  }

  private func respond(to request: Request, _ context: SimulatorContext) async throws -> Response {
    guard let buffer = try? await request.body.collect(upTo: SimulatorLimits.bodyBytes) else {
      return Response(status: .contentTooLarge, headers: [.connection: "close"])
    }
    let wire = WireRequest(request, body: Array(buffer.readableBytesView))
    var answer = handle(wire, false)
    if case .postponed(let length) = answer.disruption {
      try await time.sleep(for: length)
      answer = handle(wire, true)
    }
    if answer.delay > .zero { try await time.sleep(for: answer.delay) }
    var headers: HTTPFields = [.contentType: answer.contentType]
    if let name = HTTPField.Name("x-amzn-RequestId") { headers[name] = answer.requestID }
    let status = HTTPResponse.Status(code: answer.status)
    switch answer.disruption {
    case .dropped:
      try? await context.channel.close()
      throw ConnectionBroken()
    case .truncated:
      let half = ByteBuffer(bytes: answer.body.prefix(answer.body.count / 2))
      return Response(
        status: status, headers: headers,
        body: ResponseBody(contentLength: answer.body.count) { writer in
          try await writer.write(half)
          try? await context.channel.close()
          throw ConnectionBroken()
        })
    case .postponed, nil:
      return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
    }
  }
}

private struct ConnectionBroken: Error {}

extension WireRequest {
  init(_ request: Request, body: [UInt8]) {
    let target = request.head.path ?? "/"
    let mark = target.firstIndex(of: "?")
    method = request.head.method.rawValue
    path = String(target[..<(mark ?? target.endIndex)])
    query = mark.map { String(target[target.index(after: $0)...]) } ?? ""
    headers = HTTPHeaders(request.headers.map { HTTPHeaders.Field(name: $0.name.rawName, value: $0.value) })
    // The Host header stands apart in the server's own types; signatures cover it.
    if let authority = request.head.authority { headers["Host"] = authority }
    self.body = body
  }
}
