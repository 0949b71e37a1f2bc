public import JobModel
internal import Synchronization

/// How a ``CurlTransport`` reaches the world.
public struct CurlConfiguration: Equatable, Sendable {
  /// A file of PEM certificates to trust instead of the system's; nil: the system's.
  public var caBundlePath: String?
  public var proxies: HTTPProxySettings
  public var userAgent: String
  /// Further requests to a host wait, in order, for one of these to end.
  public var maximumConnectionsPerHost: Int

  public init(
    caBundlePath: String? = nil, proxies: HTTPProxySettings = HTTPProxySettings(), userAgent: String = "jobd",
    maximumConnectionsPerHost: Int = 64
  ) {
    self.caBundlePath = caBundlePath
    self.proxies = proxies
    self.userAgent = userAgent
    self.maximumConnectionsPerHost = maximumConnectionsPerHost
  }
}

/// HTTP through libcurl.
///
/// **Threading.** One libcurl multi handle, with every easy handle in it, belongs to one thread, the
/// loop's own; nothing else touches them. Callers put commands into a locked inbox and wake the thread
/// with `curl_multi_wakeup`, the one libcurl function that is called from outside. libcurl's callbacks
/// run on the loop's thread, and resume callers from there.
///
/// Connections are kept and used again. `SIGPIPE` and `SIGALRM` are not used.
public final class CurlTransport: HTTPTransport {
  private let loop: CurlLoop

  /// - Parameter time: its monotonic clock bounds how long a request waits for a connection.
  public init(_ configuration: CurlConfiguration = CurlConfiguration(), time: any TimeSource) {
    loop = CurlLoop(configuration, time: time)
  }

  deinit { loop.shutDown() }

  public func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse {
    let token = CurlLoop.CancellationToken()
    let loop = self.loop
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation {
        (continuation: CheckedContinuation<Result<HTTPResponse, HTTPTransportError>, Never>) in
        loop.submit(CurlTransfer(request, token: token, sink: nil) { continuation.resume(returning: $0) })
      }
    } onCancel: {
      loop.cancel(token)
    }
    return try result.get()
  }

  /// Pieces that a slow reader has not taken yet; beyond them the transfer fails.
  private static let unreadPieces = 1_024

  /// Sends a request and yields its answer as it arrives: first the head, then pieces of the body. Ends
  /// with an ``HTTPTransportError`` where the connection does; leaving the loop cancels the request.
  public func stream(_ request: HTTPRequest) -> AsyncThrowingStream<HTTPStreamEvent, any Error> {
    let token = CurlLoop.CancellationToken()
    let loop = self.loop
    return AsyncThrowingStream(bufferingPolicy: .bufferingOldest(CurlTransport.unreadPieces)) { continuation in
      // The transport stays as long as somebody reads.
      continuation.onTermination = { [self] _ in self.loop.cancel(token) }
      let sink: CurlTransfer.Sink = { event in
        if case .enqueued = continuation.yield(event) { true } else { false }
      }
      loop.submit(
        CurlTransfer(request, token: token, sink: sink) { result in
          switch result {
          case .success: continuation.finish()
          case .failure(let error): continuation.finish(throwing: error)
          }
        })
    }
  }

  /// Fails what is open, ends the thread and waits for its end. Later requests fail at once.
  public func shutDown() { loop.shutDown() }
}
