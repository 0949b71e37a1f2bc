/// The first stage of Signature Version 4: a request as text that every proxy on the way leaves equal.
extension SignatureV4 {
  /// - Parameters:
  ///   - signedHeaders: the names that the signature covers; a name that the request lacks counts as empty.
  ///   - payloadHash: the body's SHA-256 in hexadecimal, or one of AWS's words such as `UNSIGNED-PAYLOAD`;
  ///     nil hashes the body.
  public static func canonicalRequest(
    _ request: SigningRequest, signedHeaders: [String], pathStyle: PathStyle = .normalized,
    payloadHash: String? = nil
  ) -> String {
    let names = signedHeaders.map { $0.lowercased() }.sorted { isOrderedByBytes($0, $1) }
    let headers = names.map { "\($0):\(canonicalValue(of: $0, in: request.headers))\n" }.joined()
    let hash = payloadHash ?? SHA256.hexHash(request.body)
    return [
      request.method, canonicalPath(request.path, style: pathStyle), canonicalQuery(request.query), headers,
      names.joined(separator: ";"), hash,
    ].joined(separator: "\n")
  }

  /// Every value of the name, trimmed, runs of white space made one space, joined by commas.
  static func canonicalValue(of name: String, in headers: HTTPHeaders) -> String {
    headers.values(of: name).map { value in
      if !value.utf8.contains(where: { $0 == 0x20 || (0x09...0x0D).contains($0) }) { return value }
      return value.utf8.split { $0 == 0x20 || (0x09...0x0D).contains($0) }
        .map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
    }.joined(separator: ",")
  }

  static func canonicalPath(_ path: String, style: PathStyle) -> String {
    let whole = path.isEmpty ? "/" : path
    let resolved = style == .normalized ? withoutDotSegments(whole) : whole
    return PercentEncoding.encode(resolved, keepingSlashes: true)
  }

  /// RFC 3986 §5.2.4, with empty segments left out but for the last, which keeps a trailing slash.
  private static func withoutDotSegments(_ path: String) -> String {
    var segments: [Substring] = []
    for segment in path.split(separator: "/") where segment != "." {
      if segment == ".." { _ = segments.popLast() } else { segments.append(segment) }
    }
    if segments.isEmpty { return "/" }
    return "/" + segments.joined(separator: "/") + (path.hasSuffix("/") ? "/" : "")
  }

  /// The parameters decoded, encoded in signing's own way, and sorted by name, then by value.
  static func canonicalQuery(_ query: String) -> String {
    query.utf8.split(separator: UInt8(ascii: "&")).map { parameter in
      let text = String(decoding: parameter, as: UTF8.self)
      let sign = text.firstIndex(of: "=") ?? text.endIndex
      let name = PercentEncoding.encode(PercentEncoding.decode(text[..<sign]))
      let value = PercentEncoding.encode(PercentEncoding.decode(text[sign...].dropFirst()))
      return (name: name, value: value)
    }
    .sorted { $0.name == $1.name ? isOrderedByBytes($0.value, $1.value) : isOrderedByBytes($0.name, $1.name) }
    .map { "\($0.name)=\($0.value)" }.joined(separator: "&")
  }
}

/// Order by code point, which is not Swift's own order of strings.
func isOrderedByBytes(_ left: String, _ right: String) -> Bool {
  left.utf8.lexicographicallyPrecedes(right.utf8)
}
