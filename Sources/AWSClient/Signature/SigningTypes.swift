public import JobModel

/// What a signature covers of a request, as it goes over the wire.
public struct SigningRequest: Equatable, Sendable {
  public var method: String
  /// The request target's path: `/`, without the query.
  public var path: String
  /// The request target's query, without the `?`; empty where there is none.
  public var query: String
  public var headers: HTTPHeaders
  public var body: [UInt8]

  public init(method: String, path: String, query: String = "", headers: HTTPHeaders, body: [UInt8] = []) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
    self.body = body
  }

  /// - Parameter target: path and query as in the request line.
  public init(method: String, target: String, headers: HTTPHeaders, body: [UInt8] = []) {
    let mark = target.firstIndex(of: "?")
    self.init(
      method: method, path: String(target[..<(mark ?? target.endIndex)]),
      query: mark.map { String(target[target.index(after: $0)...]) } ?? "", headers: headers, body: body)
  }
}

/// What a signing key is good for: one day, one region, one service.
public struct CredentialScope: Hashable, Sendable, CustomStringConvertible {
  /// `20261121`, in UTC.
  public var date: String
  public var region: String
  public var service: String

  public init(date: String, region: String, service: String) {
    self.date = date
    self.region = region
    self.service = service
  }

  /// `20261121/eu-west-1/ecs/aws4_request`.
  public var description: String { "\(date)/\(region)/\(service)/aws4_request" }
}

/// When a request was signed, as signing writes it: UTC, whole seconds.
public struct SigningDate: Hashable, Sendable, CustomStringConvertible {
  /// `20261121T030000Z`.
  public var description: String

  public init(_ instant: Instant) {
    description = Instant(seconds: instant.seconds).compactText
  }

  /// A timestamp that somebody else sent; nil where it is none.
  public init?(_ text: String) {
    guard text.utf8.count == 16, Instant(compact: text) != nil else { return nil }
    description = text
  }

  /// `20261121`.
  public var day: String { String(description.prefix(8)) }
  public var instant: Instant? { Instant(compact: description) }
}

/// How the path enters the canonical request. Both encode it once more than the wire does.
public enum PathStyle: Hashable, Sendable {
  /// `.` and `..` are resolved, double slashes merged: every service but S3.
  case normalized
  /// As it is: S3, whose keys may hold such segments.
  case verbatim
}
