internal import CCurl
internal import JobModel

/// One request on its way. Made by the caller, from then on touched by the loop's thread alone.
final class CurlTransfer: @unchecked Sendable {
  typealias Completion = @Sendable (Result<HTTPResponse, HTTPTransportError>) -> Void
  /// Takes a piece of a streamed answer; false: the reader is gone or too slow.
  typealias Sink = @Sendable (HTTPStreamEvent) -> Bool

  /// Bytes of all header lines together.
  static let headerBytes = 256 * 1_024

  let request: HTTPRequest
  let token: CurlLoop.CancellationToken
  /// Where the request goes; what connections are counted by.
  let host: String
  /// On the monotonic clock; nil: no bound.
  var deadline: Duration?
  private(set) var isFinished = false
  private(set) var easy: UnsafeMutableRawPointer?

  private let sink: Sink?
  private let completion: Completion
  private var headerList: UnsafeMutablePointer<curl_slist>?
  private var errorBuffer: UnsafeMutablePointer<CChar>?
  private var status = 0
  private var headers = HTTPHeaders()
  private var headerByteCount = 0
  private var body: [UInt8] = []
  /// Why a callback gave the transfer up.
  private var refusal: HTTPTransportError?

  init(_ request: HTTPRequest, token: CurlLoop.CancellationToken, sink: Sink?, completion: @escaping Completion) {
    self.request = request
    self.token = token
    self.sink = sink
    self.completion = completion
    host = request.unixSocketPath ?? CurlTransfer.hostPart(of: request.url)
  }

  /// Scheme, host and port, for messages and for counting: never user, path or query.
  static func hostPart(of url: String) -> String {
    guard let separator = url.firstRange(of: "://") else { return "a URL without scheme" }
    let rest = url[separator.upperBound...]
    let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    return String(url[..<separator.upperBound]) + String(authority.split(separator: "@").last ?? "")
  }

  func finish(_ result: Result<HTTPResponse, HTTPTransportError>) {
    guard !isFinished else { return }
    isFinished = true
    completion(result)
  }

  func fail(_ code: HTTPTransportError.Code, _ message: String) {
    finish(.failure(HTTPTransportError(code: code, message: message, mayHaveBeenSent: mayHaveBeenSent)))
  }

  /// Whether a byte of the request went into a connection.
  private var mayHaveBeenSent: Bool {
    guard let easy else { return false }
    return jobd_curl_get_long(easy, CURLINFO_REQUEST_SIZE) > 0 || jobd_curl_get_offset(easy, CURLINFO_SIZE_UPLOAD_T) > 0
  }
}

/// Before the transfer.
extension CurlTransfer {
  /// Makes the easy handle.
  ///
  /// - Parameter remaining: what is left of the total timeout.
  func prepare(_ configuration: CurlConfiguration, remaining: Duration?) throws(HTTPTransportError)
    -> UnsafeMutableRawPointer
  {
    try checkText()
    guard let easy = curl_easy_init() else {
      throw HTTPTransportError(code: .other, message: "libcurl has no memory", mayHaveBeenSent: false)
    }
    self.easy = easy
    let isAccepted =
      setMethodAndBody(easy) && setHeaders(easy) && setBounds(easy, remaining: remaining)
      && setRoute(easy, configuration)
    guard isAccepted else {
      release()
      throw HTTPTransportError(
        code: .invalidRequest, message: "libcurl does not accept the request to \(host)", mayHaveBeenSent: false)
    }
    return easy
  }

  /// A line break would let a value add headers of its own; libcurl takes C strings.
  private func checkText() throws(HTTPTransportError) {
    func isClean(_ text: String) -> Bool { text.utf8.allSatisfy { $0 != 0 && $0 != 0x0A && $0 != 0x0D } }
    let texts = [request.url, request.method, request.unixSocketPath ?? ""]
    let fields = request.headers.fields
    guard texts.allSatisfy(isClean), fields.allSatisfy({ isClean($0.name) && isClean($0.value) }),
      fields.allSatisfy({ !$0.name.isEmpty && !$0.name.utf8.contains(UInt8(ascii: ":")) })
    else {
      throw HTTPTransportError(
        code: .invalidRequest, message: "the request to \(host) holds a line break or an empty header name",
        mayHaveBeenSent: false)
    }
  }

  private func setMethodAndBody(_ easy: UnsafeMutableRawPointer) -> Bool {
    var isAccepted = jobd_curl_set_text(easy, CURLOPT_URL, request.url) == CURLE_OK
    switch request.method {
    case "GET" where request.body.isEmpty: isAccepted = isAccepted && set(CURLOPT_HTTPGET, 1)
    case "HEAD": isAccepted = isAccepted && set(CURLOPT_NOBODY, 1)
    default:
      isAccepted = isAccepted && set(CURLOPT_POST, 1)
      isAccepted =
        isAccepted
        && request.body.withUnsafeBytes { jobd_curl_set_body(easy, $0.baseAddress, $0.count) } == CURLE_OK
      isAccepted = isAccepted && jobd_curl_set_text(easy, CURLOPT_CUSTOMREQUEST, request.method) == CURLE_OK
    }
    return isAccepted && set(CURLOPT_PATH_AS_IS, 1) && set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
  }

  private func setHeaders(_ easy: UnsafeMutableRawPointer) -> Bool {
    // `Expect:` without a value keeps libcurl from waiting for 100 (Continue) before a large body.
    var lines = request.headers.fields.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
    lines.append("Expect:")
    if !request.body.isEmpty || request.method == "POST", request.headers["Content-Type"] == nil {
      lines.append("Content-Type: application/octet-stream")
    }
    for line in lines {
      guard let longer = curl_slist_append(headerList, line) else { return false }
      headerList = longer
    }
    return jobd_curl_set_pointer(easy, CURLOPT_HTTPHEADER, headerList) == CURLE_OK
  }

  private func setBounds(_ easy: UnsafeMutableRawPointer, remaining: Duration?) -> Bool {
    let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    buffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    errorBuffer = buffer
    let context = Unmanaged.passUnretained(self).toOpaque()
    let milliseconds = remaining.map { max(1, Int(clamping: $0.wholeMilliseconds)) } ?? 0
    return jobd_curl_set_pointer(easy, CURLOPT_ERRORBUFFER, buffer) == CURLE_OK
      && jobd_curl_set_sinks(easy, takeHeaderLine, takeBody, context) == CURLE_OK
      && jobd_curl_restrict_protocols(easy) == CURLE_OK && jobd_curl_set_close_on_exec(easy) == CURLE_OK
      && set(CURLOPT_NOSIGNAL, 1) && set(CURLOPT_TCP_KEEPALIVE, 1) && set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
      && set(CURLOPT_CONNECTTIMEOUT_MS, max(1, Int(clamping: request.connectTimeout.wholeMilliseconds)))
      && set(CURLOPT_TIMEOUT_MS, milliseconds) && set(CURLOPT_FRESH_CONNECT, request.mayBeRepeated ? 0 : 1)
  }

  private func setRoute(_ easy: UnsafeMutableRawPointer, _ configuration: CurlConfiguration) -> Bool {
    let isSecure = request.url.lowercased().hasPrefix("https:")
    let proxies = configuration.proxies
    let proxy = request.usesProxy && request.unixSocketPath == nil ? (isSecure ? proxies.https : proxies.http) : nil
    // Setting them, even to nothing, keeps libcurl from reading the environment by itself.
    var isAccepted =
      jobd_curl_set_text(easy, CURLOPT_PROXY, proxy ?? "") == CURLE_OK
      && jobd_curl_set_text(easy, CURLOPT_NOPROXY, proxies.bypassed) == CURLE_OK
      && jobd_curl_set_text(easy, CURLOPT_USERAGENT, configuration.userAgent) == CURLE_OK
      && set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    if let path = configuration.caBundlePath {
      isAccepted = isAccepted && jobd_curl_set_text(easy, CURLOPT_CAINFO, path) == CURLE_OK
    }
    if let path = request.unixSocketPath {
      isAccepted = isAccepted && jobd_curl_set_text(easy, CURLOPT_UNIX_SOCKET_PATH, path) == CURLE_OK
    }
    return isAccepted
  }

  private func set(_ option: CURLoption, _ value: Int) -> Bool {
    guard let easy else { return false }
    return jobd_curl_set_long(easy, option, value) == CURLE_OK
  }
}

/// During and after the transfer.
extension CurlTransfer {
  /// Judges libcurl's result. The handle is still there.
  func complete(_ code: CURLcode) {
    if let refusal {
      finish(.failure(HTTPTransportError(code: refusal.code, message: refusal.message, mayHaveBeenSent: true)))
    } else if code == CURLE_OK {
      finish(.success(HTTPResponse(status: status, headers: headers, body: body)))
    } else {
      let detail = errorBuffer.map { String(cString: $0) } ?? ""
      let text = detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail
      fail(curlFailure(code), "\(host): \(text)")
    }
  }

  /// Frees the handle, which is out of the multi handle by then.
  func release() {
    if let easy { curl_easy_cleanup(easy) }
    easy = nil
    if let headerList { curl_slist_free_all(headerList) }
    headerList = nil
    errorBuffer?.deallocate()
    errorBuffer = nil
  }

  /// - Returns: false ends the transfer.
  fileprivate func take(headerLine bytes: UnsafeRawBufferPointer) -> Bool {
    headerByteCount += bytes.count
    guard headerByteCount <= CurlTransfer.headerBytes else {
      return refuse(.responseTooLarge, "\(host): the answer's headers are over \(CurlTransfer.headerBytes) bytes")
    }
    let line = String(decoding: bytes, as: UTF8.self).trimmingLineBreaks()
    if line.hasPrefix("HTTP/") {
      status = line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
      headers = HTTPHeaders()
    } else if let colon = line.firstIndex(of: ":") {
      let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
      headers.append(String(line[..<colon]), String(value))
    } else if line.isEmpty, status >= 200, let sink {
      return sink(.head(status: status, headers: headers)) || refuse(.cancelled, "the reader left")
    }
    return true
  }

  fileprivate func take(body bytes: UnsafeRawBufferPointer) -> Bool {
    if let sink {
      return sink(.body(Array(bytes))) || refuse(.responseTooLarge, "\(host): the answer's reader is too slow")
    }
    guard body.count + bytes.count <= request.maximumResponseBytes else {
      return refuse(.responseTooLarge, "\(host): the answer is over \(request.maximumResponseBytes) bytes")
    }
    body.append(contentsOf: bytes)
    return true
  }

  private func refuse(_ code: HTTPTransportError.Code, _ message: String) -> Bool {
    refusal = HTTPTransportError(code: code, message: message, mayHaveBeenSent: true)
    return false
  }
}

private func takeHeaderLine(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let context else { return 0 }
  let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
  return transfer.take(headerLine: UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
}

private func takeBody(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let context else { return 0 }
  let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
  return transfer.take(body: UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
}

private func curlFailure(_ code: CURLcode) -> HTTPTransportError.Code {
  switch code {
  case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_LOGIN_DENIED: .invalidRequest
  case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT, CURLE_SSL_CONNECT_ERROR,
    CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CIPHER, CURLE_PROXY:
    .connectionFailed
  case CURLE_OPERATION_TIMEDOUT: .timeout
  case CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE, CURLE_WEIRD_SERVER_REPLY:
    .connectionBroken
  default: .other
  }
}

extension String {
  fileprivate func trimmingLineBreaks() -> String {
    String(decoding: utf8.prefix { $0 != 0x0D && $0 != 0x0A }, as: UTF8.self)
  }
}
