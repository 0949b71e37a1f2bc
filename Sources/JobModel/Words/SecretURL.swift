/// An address outside to which jobd sends: a webhook's, a dead-man ping's. Whoever knows the path or the query
/// of such a URL can often use it, so that only scheme and host are ever shown.
public struct SecretURL: Hashable, Sendable {
  /// The whole URL, for the request alone.
  public let text: String
  /// Scheme, host and port.
  public let name: String
  /// Whether it leads to this machine.
  public let isLoopback: Bool

  /// Longer ones are refused by many servers.
  public static let maximumLength = 2_048

  /// Takes `https://host[:port][/path][?query]`, and `http` where the host is this machine: a message must not
  /// be readable on its way.
  public init(_ text: String) throws(SecretURLError) {
    guard text.utf8.count <= SecretURL.maximumLength, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw SecretURLError(
        message: "is longer than \(SecretURL.maximumLength) characters, or holds a space or a character that is no"
          + " ASCII; write those as %20 and the like")
    }
    guard let separator = text.firstRange(of: "://"), separator.lowerBound > text.startIndex else {
      throw SecretURLError(message: "is no URL; it must begin with https://")
    }
    let scheme = text[..<separator.lowerBound].lowercased()
    let rest = text[separator.upperBound...]
    let authority = rest.prefix { !"/?#".contains($0) }
    guard !authority.contains("@") else {
      throw SecretURLError(message: "holds a user or a password, which is not sent; leave out what stands before the @")
    }
    guard !rest.contains("#") else {
      throw SecretURLError(message: "holds a fragment (#…), which is not sent; leave it out")
    }
    guard let host = SecretURL.host(authority) else {
      throw SecretURLError(message: "names no host, or no port from 1 to 65535 after it")
    }
    isLoopback = ["127.0.0.1", "localhost", "[::1]"].contains(host.lowercased())
    guard scheme == "https" || scheme == "http" && isLoopback else {
      throw SecretURLError(
        message: "must begin with https:// (http:// only to 127.0.0.1, localhost or [::1]): \(host) is another machine")
    }
    self.text = text
    name = "\(scheme)://\(authority)"
  }

  /// The host without its port; nil for what is no host.
  private static func host(_ authority: Substring) -> String? {
    let host: Substring
    if authority.hasPrefix("[") {
      guard let bracket = authority.firstIndex(of: "]") else { return nil }
      host = authority[...bracket]
      guard host.dropFirst().dropLast().allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else { return nil }
    } else {
      host = authority.prefix { $0 != ":" }
      guard host.allSatisfy({ $0.isLetter || $0.isNumber || "-._".contains($0) }) else { return nil }
    }
    let port = authority[host.endIndex...]
    let isPort = port.isEmpty || port.first == ":" && digits(port.dropFirst()).map { (1...65_535).contains($0) } == true
    return !host.isEmpty && isPort ? String(host) : nil
  }

  /// A text that somebody answered, without what it repeats of the path and the query.
  public func removed(from text: String) -> String {
    let secret = self.text.dropFirst(name.utf8.count)
    let pieces = secret.split { "/?&=;:".contains($0) }.map(String.init)
    let spellings = [String(secret)] + pieces + pieces.map { SecretURL.decoded($0) }
    // Of four letters on: shorter ones are no secret, and would spoil any sentence.
    return spellings.filter { $0.count >= 4 }.sorted { $0.count > $1.count }
      .reduce(text) { $0.replacing($1, with: "…") }
  }

  /// Without its percent-encoding.
  private static func decoded(_ text: String) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension SecretURL: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { name }
  public var debugDescription: String { name }
  public var customMirror: Mirror { Mirror(self, children: ["name": name]) }
}

/// Why a URL is not taken: a sentence whose subject is the URL, and which never holds it.
public struct SecretURLError: Error, Equatable, Sendable, CustomStringConvertible {
  public var message: String

  public init(message: String) { self.message = message }

  public var description: String { message }
}
