internal import JobModel

/// One attempt at one call: written, signed, sent, read. No retry, no limit, no clock.
struct SingleCall: Sendable {
  var service: AWSService
  var operation: String
  var input: JSONValue
  var endpoint: ServiceEndpoint
  var signingRegion: String
  var connectTimeout: Duration
  var totalTimeout: Duration
  /// See ``HTTPRequest/mayBeRepeated``.
  var mayBeRepeated: Bool

  /// - Parameter credentials: nil for the operations of STS that need none.
  func request(credentials: AWSCredentials?, at now: Instant) -> HTTPRequest {
    let wire = WireFormat.request(service, operation, input)
    var signing = SigningRequest(
      method: wire.method, path: endpoint.path(to: wire.path), query: wire.query, headers: wire.headers, body: wire.body
    )
    signing.headers["Host"] = endpoint.hostHeader
    if let credentials {
      signing = SignatureV4.sign(
        signing, credentials: credentials, region: signingRegion, service: service.name, at: now)
    }
    return HTTPRequest(
      method: wire.method, url: endpoint.url(to: wire.path, query: wire.query), headers: signing.headers,
      body: wire.body, connectTimeout: connectTimeout,
      totalTimeout: totalTimeout, mayBeRepeated: mayBeRepeated)
  }

  /// What happened, with the answer itself where there was one: its headers tell the server's time and
  /// when to come back.
  struct Outcome: Sendable {
    var result: Result<AWSAnswer, AWSError>
    var headers = HTTPHeaders()
  }

  func perform(_ transport: any HTTPTransport, credentials: AWSCredentials?, at now: Instant) async -> Outcome {
    do throws(HTTPTransportError) {
      let response = try await transport.send(request(credentials: credentials, at: now))
      let result = Result { () throws(AWSError) in
        AWSAnswer(
          output: try WireFormat.output(service, operation, response), httpStatus: response.status,
          headers: response.headers, requestID: AnswerError.requestID(response))
      }
      return Outcome(result: result, headers: response.headers)
    } catch {
      return Outcome(result: .failure(SingleCall.error(for: error)))
    }
  }

  static func error(for error: HTTPTransportError) -> AWSError {
    let kind: AWSError.Kind =
      switch error.code {
      case .cancelled: .cancelled
      case _ where error.mayHaveBeenSent: .ambiguous
      default: .notSent
      }
    return AWSError(kind: kind, code: error.code.rawValue, message: error.message)
  }
}
