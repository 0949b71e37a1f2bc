public import JobModel

/// Sends one HTTP request and waits for its whole answer. Logic is tested with scripted ones.
public protocol HTTPTransport: Sendable {
  func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse
}

/// A request, with what bounds it.
public struct HTTPRequest: Equatable, Sendable {
  public var method: String
  /// Absolute, `http` or `https`, without user, password or fragment. Sent as it is: no dot segments
  /// are resolved, since signatures cover the path.
  public var url: String
  public var headers: HTTPHeaders
  public var body: [UInt8]
  /// For name resolution, connection and TLS together.
  public var connectTimeout: Duration
  /// From the call to the last byte of the answer, waiting for a free connection included; nil: no bound.
  public var totalTimeout: Duration?
  /// Bytes of body above which the answer is given up.
  public var maximumResponseBytes: Int
  /// A Unix socket to connect to instead of the URL's host.
  public var unixSocketPath: String?
  /// False goes straight to the host, as metadata endpoints want it.
  public var usesProxy: Bool
  /// Whether the server may see the request twice. libcurl silently sends a request again when a kept
  /// connection turns out to be closed; false asks for a connection of its own.
  public var mayBeRepeated: Bool

  public init(
    method: String, url: String, headers: HTTPHeaders = [:], body: [UInt8] = [],
    connectTimeout: Duration = .seconds(3), totalTimeout: Duration? = .seconds(30),
    maximumResponseBytes: Int = Limits.awsAnswerBytes, unixSocketPath: String? = nil, usesProxy: Bool = true,
    mayBeRepeated: Bool = true
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.connectTimeout = connectTimeout
    self.totalTimeout = totalTimeout
    self.maximumResponseBytes = maximumResponseBytes
    self.unixSocketPath = unixSocketPath
    self.usesProxy = usesProxy
    self.mayBeRepeated = mayBeRepeated
  }
}

/// An answer, whatever its status.
public struct HTTPResponse: Equatable, Sendable {
  public var status: Int
  public var headers: HTTPHeaders
  public var body: [UInt8]

  public init(status: Int, headers: HTTPHeaders = [:], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}

/// One piece of an answer that is read while it arrives.
public enum HTTPStreamEvent: Equatable, Sendable {
  case head(status: Int, headers: HTTPHeaders)
  case body([UInt8])
}

/// Why there is no answer.
public struct HTTPTransportError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Code: String, Sendable, CaseIterable {
    /// The request itself is wrong: its URL, a header.
    case invalidRequest = "InvalidRequest"
    /// No name, no route, refused, no TLS.
    case connectionFailed = "ConnectionFailed"
    case timeout = "Timeout"
    /// The connection ended before the answer did.
    case connectionBroken = "ConnectionBroken"
    case responseTooLarge = "ResponseTooLarge"
    case cancelled = "Cancelled"
    /// The transport was shut down.
    case shutDown = "ShutDown"
    case other = "TransportFailed"
  }

  public var code: Code
  /// What failed and where; no header, no body.
  public var message: String
  /// False where no byte of the request can have reached the server: sending it again is then safe.
  public var mayHaveBeenSent: Bool

  public init(code: Code, message: String, mayHaveBeenSent: Bool) {
    self.code = code
    self.message = message
    self.mayHaveBeenSent = mayHaveBeenSent
  }

  public var description: String { "\(code.rawValue): \(message)" }
}
