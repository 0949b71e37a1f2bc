/// Where a service is: scheme, host and base path.
public struct ServiceEndpoint: Hashable, Sendable, CustomStringConvertible {
  /// `https` or `http`.
  public var scheme: String
  /// A name, an IPv4 address, or an IPv6 address in brackets.
  public var host: String
  public var port: Int?
  /// Begins with `/`, has no other trailing slash: `/` alone where there is none.
  public var path: String

  public init(scheme: String, host: String, port: Int? = nil, path: String = "/") {
    self.scheme = scheme
    self.host = host
    self.port = port
    self.path = path
  }

  /// Reads `http(s)://host[:port][/path]`; nil for anything else, user and password, query and fragment
  /// included.
  public init?(_ text: String) {
    guard text.utf8.count <= 2_048, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
      let separator = text.firstRange(of: "://")
    else { return nil }
    let scheme = text[..<separator.lowerBound].lowercased()
    let rest = text[separator.upperBound...]
    let authority = rest.prefix { $0 != "/" }
    guard scheme == "https" || scheme == "http",
      !rest.contains(where: { "?#@\\".contains($0) }),
      let (host, port) = ServiceEndpoint.hostAndPort(authority)
    else { return nil }
    var path = String(rest[authority.endIndex...])
    while path.hasSuffix("/") { path.removeLast() }
    self.init(scheme: scheme, host: host.lowercased(), port: port, path: path.isEmpty ? "/" : path)
  }

  private static func hostAndPort(_ authority: Substring) -> (String, Int?)? {
    var host = authority
    var port: Int?
    let colon: Substring.Index?
    if authority.hasPrefix("[") {
      guard let bracket = authority.firstIndex(of: "]") else { return nil }
      let after = authority.index(after: bracket)
      colon = after == authority.endIndex ? nil : after
      if let colon, authority[colon] != ":" { return nil }
    } else {
      colon = authority.firstIndex(of: ":")
    }
    if let colon {
      host = authority[..<colon]
      guard let number = Int(authority[colon...].dropFirst()), (1...65_535).contains(number) else { return nil }
      port = number
    }
    return host.isEmpty ? nil : (String(host), port)
  }

  /// The `Host` header: the port only where it is not the scheme's own.
  public var hostHeader: String {
    guard let port, port != (scheme == "https" ? 443 : 80) else { return host }
    return "\(host):\(port)"
  }

  public var url: String { url(to: "", query: "") }

  /// The whole path of a path below the endpoint's own, which begins with `/` or is empty.
  func path(to below: String) -> String {
    below.isEmpty ? path : (path == "/" ? "" : path) + below
  }

  /// - Parameter query: without the `?`; empty where there is none. It and the path are encoded already.
  func url(to below: String, query: String) -> String {
    "\(scheme)://\(host)\(port.map { ":\($0)" } ?? "")\(path(to: below))\(query.isEmpty ? "" : "?\(query)")"
  }

  public var description: String { url }

  /// The host's address or name without brackets.
  var bareHost: String { host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host }
}
