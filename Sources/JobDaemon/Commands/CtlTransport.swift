internal import AWSClient
internal import ControlAPI
internal import JobModel

/// Carries control requests through libcurl to the Unix socket.
struct CtlTransport: ControlTransport {
  private let curl: CurlTransport
  private let socketPath: String

  init(socketPath: String) {
    self.socketPath = socketPath
    curl = CurlTransport(CurlConfiguration(userAgent: "jobd-ctl"), time: SystemTime())
  }

  /// Longer than the daemon's own bound of its slowest request.
  private static let timeout = ControlLimits.wait + ControlLimits.request + .seconds(10)

  /// A row of `ctl list` is some hundred bytes, and more with each of its `--days`; there may be 100,000 of them.
  private static let answerBytes = 256 << 20

  func send(
    method: String, path: String, body: [UInt8]?
  ) async throws(ControlTransportError) -> (status: Int, body: [UInt8]) {
    var headers: HTTPHeaders = ["Accept": "application/json"]
    if body != nil { headers["Content-Type"] = "application/json" }
    let request = HTTPRequest(
      method: method, url: "http://jobd" + path, headers: headers, body: body ?? [], totalTimeout: CtlTransport.timeout,
      maximumResponseBytes: CtlTransport.answerBytes, unixSocketPath: socketPath, usesProxy: false,
      mayBeRepeated: method == "GET")
    do throws(HTTPTransportError) {
      let response = try await curl.send(request)
      return (response.status, response.body)
    } catch {
      guard error.code == .connectionFailed else {
        throw ControlTransportError(code: .broken, message: error.message)
      }
      throw .connecting(to: socketPath, message: error.message)
    }
  }
}
