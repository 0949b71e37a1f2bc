internal import Hummingbird
internal import HTTPTypes
public import JobModel
public import Logging
public import ServiceLifecycle
internal import Synchronization

/// The control socket: HTTP/1.1 with JSON over a Unix socket of mode 0660.
///
/// ``run()`` ends without an error when its task is cancelled or the service group around it shuts
/// down: requests that only wait are answered at once, the others are finished, and the socket's file
/// is removed. Connections that are silent in the middle of a request are cut after ``ControlLimits/farewell``.
public struct ControlServer: Service, CustomStringConvertible {
  private let handler: ControlHandler
  private let socketPath: String
  private let claimed: ControlSocket?
  private let logger: Logger
  private let time: any TimeSource
  private let onListening: @Sendable () -> Void

  /// - Parameters:
  ///   - socketPath: its folder must exist; a socket that a dead process left there is replaced.
  ///   - onListening: called once clients can connect.
  public init(
    service: any ControlService, socketPath: String, logger: Logger, time: any TimeSource = SystemTime(),
    onListening: @escaping @Sendable () -> Void = {}
  ) {
    handler = ControlHandler(service: service, time: time, logger: logger)
    self.socketPath = socketPath
    claimed = nil
    self.logger = logger
    self.time = time
    self.onListening = onListening
  }

  /// - Parameters:
  ///   - socket: claimed earlier, so that whoever comes second does nothing else either.
  ///   - onListening: called once clients can connect.
  public init(
    service: any ControlService, socket: ControlSocket, logger: Logger, time: any TimeSource = SystemTime(),
    onListening: @escaping @Sendable () -> Void = {}
  ) {
    handler = ControlHandler(service: service, time: time, logger: logger)
    socketPath = socket.path
    claimed = socket
    self.logger = logger
    self.time = time
    self.onListening = onListening
  }

  /// Short: a service group spells out for its log what it runs.
  public var description: String { "control socket \(socketPath)" }

  /// Throws ``ControlSocketError`` where the socket cannot be opened.
  public func run() async throws {
    let socket = try claimed ?? ControlSocket(path: socketPath)
    let publication = Mutex<Result<Void, ControlSocketError>?>(nil)
    defer {
      socket.close(isPublished: publication.withLock { if case .success = $0 { true } else { false } })
    }
    // The server's own words name the passing path; what is worth saying is said here.
    var quiet = logger
    quiet.logLevel = max(logger.logLevel, .warning)
    let application = Application(
      responder: responder,
      server: .http1(configuration: .init(idleTimeout: .seconds(30))),
      configuration: ApplicationConfiguration(address: .unixDomainSocket(path: socket.bindPath)),
      onServerRunning: { channel in
        do throws(ControlSocketError) {
          try socket.publish()
          publication.withLock { $0 = .success(()) }
          logger.info("The control socket is open", metadata: ["path": "\(socket.path)"])
          onListening()
        } catch {
          publication.withLock { $0 = .failure(error) }
          channel.close(promise: nil)
        }
      },
      logger: quiet)
    do {
      try await serve(application)
    } catch is CancellationError {
      // The end that was asked for.
    } catch {
      if Task.isCancelled { return }
      throw error
    }
    try publication.withLock { $0 }?.get()
  }

  /// Runs the application; once shutdown has begun, no longer than a while.
  private func serve(_ application: some ApplicationProtocol) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await application.run() }
      group.addTask {
        try await gracefulShutdown()
        try await time.sleep(for: ControlLimits.farewell)
      }
      try await group.next()
      group.cancelAll()
    }
  }

  private var responder: CallbackResponder<BasicRequestContext> {
    let handler = handler
    return CallbackResponder { request, _ in
      let response = await handler.respond(
        to: ControlRequest(
          method: request.method.rawValue, path: request.uri.path, query: request.uri.query ?? "",
          contentType: request.headers[.contentType])
      ) { () throws(ControlProblem) -> [UInt8] in try await ControlServer.body(of: request) }
      return ControlServer.httpResponse(response)
    }
  }

  /// Reads a body of at most ``Limits/controlBodyBytes``.
  ///
  /// What is beyond is read and thrown away for a while: a client that only sends before it reads would
  /// otherwise wait for the server, and the server for the client.
  private static func body(of request: Request) async throws(ControlProblem) -> [UInt8] {
    let tooLong = ControlProblem(
      .invalid("the body is longer than \(Limits.controlBodyBytes) bytes"), httpStatus: 413)
    let patience = 16 * Limits.controlBodyBytes
    var bytes: [UInt8] = []
    var count = 0
    do {
      for try await buffer in request.body {
        count += buffer.readableBytes
        if count > patience { throw tooLong }
        if count <= Limits.controlBodyBytes { bytes.append(contentsOf: buffer.readableBytesView) }
      }
    } catch let problem as ControlProblem {
      throw problem
    } catch {
      throw ControlProblem(.invalid("the body ended early"))
    }
    if count > Limits.controlBodyBytes { throw tooLong }
    return bytes
  }

  private static func httpResponse(_ response: ControlResponse) -> Response {
    var headers = HTTPFields()
    headers[.contentType] = "application/json"
    headers[.cacheControl] = "no-store"
    if let allow = response.allow { headers[.allow] = allow }
    let body = ByteBuffer(bytes: response.body.utf8 + [UInt8(ascii: "\n")])
    return Response(
      status: HTTPResponse.Status(code: response.status), headers: headers, body: ResponseBody(byteBuffer: body))
  }
}
