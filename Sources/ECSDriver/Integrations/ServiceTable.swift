internal import AWSClient
internal import JobModel
internal import Synchronization

/// The AWS services that `arn:aws:states:::aws-sdk:SERVICE:ACTION` can name, as their own API models describe them.
///
/// The text is scripts/service-table's, lines of ASCII:
///
///     $NAME NAME …                 names that come often; elsewhere a token that begins with a digit is a place in
///                                  this list, see ``ServiceTableNames``
///     ~REASON|SERVICE SERVICE …    services that are left out: by protocol, or `endpoint`
///     #Client|Service ID|host|signing name|form of the endpoint|protocol|version|target prefix
///     !CODE CODE=Exception …       errors that have an exception of their own
///     Action|members|members       an action's input and output
///     Action-REASON                an action that is left out: it has a `host` of its own, or is a `stream`
///     <members  >members           the structures of inputs and of outputs, numbered from 0
///
/// A member is `Name`, `Name:type`, `Name=wire` or `Name=wire:type`; ``ServiceType`` says what types there are. In an
/// output of a JSON protocol only those members stand that no rule can tell.
///
/// One service is read at a time, when it is first asked for.
enum ServiceTable {
  /// What a resource's service is.
  enum Entry: Sendable {
    case service(ServiceModel)
    /// It exists, but is left out; why, in a few words.
    case refused(String)
  }

  private static let read = Mutex<[String: ServiceModel]>([:])
  private static let index = ServiceTableIndex(ServiceTableText.text)

  /// The services that can be called, as resources spell them, in order.
  static var names: [String] { index.blocks.keys.sorted() }

  /// - Parameter name: as a resource spells it: `dynamodb`. Nil where there is no such service.
  static func entry(_ name: String) -> Entry? {
    if let known = read.withLock({ $0[name] }) { return .service(known) }
    if let block = index.blocks[name] {
      let model = ServiceModel(lines: index.lines(of: block), names: index.names)
      read.withLock { $0[name] = model }
      return .service(model)
    }
    return index.refused[name].map { .refused($0) }
  }

  static func service(_ name: String) -> ServiceModel? {
    if case .service(let model)? = entry(name) { model } else { nil }
  }
}

/// Where what is in the text.
struct ServiceTableIndex: Sendable {
  private let text: StaticString
  /// The bytes of a service's lines.
  private(set) var blocks: [String: Range<Int>] = [:]
  /// Why a service is left out.
  private(set) var refused: [String: String] = [:]
  private(set) var names = ServiceTableNames("")

  init(_ text: StaticString) {
    self.text = text
    let lineEnd = UInt8(ascii: "\n")
    text.withUTF8Buffer { bytes in
      var open: (name: String, start: Int)?
      var start = 0
      while start < bytes.count {
        let end = bytes[start...].firstIndex(of: lineEnd) ?? bytes.count
        switch bytes[start] {
        case UInt8(ascii: "$"):
          names = ServiceTableNames(String(decoding: bytes[(start + 1)..<end], as: UTF8.self))
        case UInt8(ascii: "~"): refuse(String(decoding: bytes[(start + 1)..<end], as: UTF8.self))
        case UInt8(ascii: "#"):
          if let open { blocks[open.name] = open.start..<start }
          let client = bytes[(start + 1)..<end].prefix { $0 != UInt8(ascii: "|") }
          open = (String(decoding: client, as: UTF8.self).lowercased(), start)
        default: break
        }
        start = end + 1
      }
      if let open { blocks[open.name] = open.start..<bytes.count }
    }
  }

  private mutating func refuse(_ line: String) {
    let parts = line.split(separator: "|")
    precondition(parts.count == 2, "the service table is damaged: \(line.prefix(80))")
    let reason =
      parts[0] == "endpoint"
      ? "its endpoint has a form that jobd does not know"
      : "it speaks the protocol \(parts[0]), and jobd speaks JSON 1.0 and 1.1, Query and EC2 Query"
    for name in parts[1].split(separator: " ") { refused[String(name)] = reason }
  }

  func lines(of block: Range<Int>) -> [Substring] {
    text.withUTF8Buffer { String(decoding: $0[block], as: UTF8.self) }.split(separator: "\n")
  }
}

/// The names that come often: written once, and named by their place in base 36 with a decimal digit first.
struct ServiceTableNames: Sendable {
  private let names: [Substring]

  init(_ line: String) { names = line.split(separator: " ") }

  /// The name itself, or the one whose place the token is: ten places of one character, then 360 of two, ….
  func name(_ token: Substring) -> String {
    guard let first = token.utf8.first, (0x30...0x39).contains(first) else { return String(token) }
    var shorter = 0
    var ofThisLength = 10
    for _ in 1..<token.utf8.count {
      shorter += ofThisLength
      ofThisLength *= 36
    }
    let place = Int(token, radix: 36).map { $0 + shorter } ?? -1
    precondition(names.indices.contains(place), "the service table is damaged: there is no name \(token)")
    return String(names[place])
  }
}
