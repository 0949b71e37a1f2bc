internal import Foundation
internal import FoundationXML
internal import JobModel

/// An element of a small XML document: its text, or its children.
struct XMLElement: Equatable, Sendable {
  var name: String
  var text = ""
  var children: [XMLElement] = []

  func child(_ name: String) -> XMLElement? { children.first { $0.name == name } }

  /// By element name; a list is an element whose children are all called `member`, and a name that
  /// occurs several times.
  var jsonValue: JSONValue {
    if children.isEmpty { return .string(text) }
    if children.allSatisfy({ $0.name == "member" }) { return .array(children.map(\.jsonValue)) }
    var lists: [String: [JSONValue]] = [:]
    for child in children { lists[child.name, default: []].append(child.jsonValue) }
    var object = JSONObject()
    for child in children where object[child.name] == nil {
      let list = lists[child.name] ?? []
      object[child.name] = list.count == 1 ? list[0] : .array(list)
    }
    return .object(object)
  }
}

struct XMLReadError: Error, Equatable, CustomStringConvertible {
  var message: String
  var description: String { message }
}

/// Reads the answers of the Query protocol, within bounds: no document type, so that no entity is ever
/// expanded, and no more depth, elements or bytes than such answers have.
enum XMLReader {
  static let depth = 64
  static let elementCount = 100_000

  static func read(_ bytes: [UInt8]) throws(XMLReadError) -> XMLElement {
    guard let first = bytes.first(where: { ![0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF].contains($0) }),
      first == UInt8(ascii: "<")
    else { throw XMLReadError(message: "it does not begin with an element") }
    guard bytes.firstRange(of: Array("<!DOCTYPE".utf8)) == nil else {
      throw XMLReadError(message: "it declares a document type")
    }
    let builder = XMLBuilder()
    let parser = XMLParser(data: Data(bytes))
    parser.shouldResolveExternalEntities = false
    parser.delegate = builder
    let isWhole = parser.parse()
    if let refusal = builder.refusal { throw XMLReadError(message: refusal) }
    guard isWhole, let root = builder.root else {
      throw XMLReadError(message: "line \(parser.lineNumber): it is not well formed")
    }
    return root
  }
}

private final class XMLBuilder: NSObject, XMLParserDelegate {
  var root: XMLElement?
  var refusal: String?
  private var open: [XMLElement] = []
  private var elementCount = 0

  func parser(
    _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    elementCount += 1
    guard open.count < XMLReader.depth, elementCount <= XMLReader.elementCount else {
      refusal = "it has more than \(XMLReader.depth) levels or \(XMLReader.elementCount) elements"
      parser.abortParsing()
      return
    }
    let local = elementName.split(separator: ":").last.map(String.init) ?? elementName
    open.append(XMLElement(name: local))
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) {
    guard !open.isEmpty else { return }
    open[open.count - 1].text += string
  }

  func parser(_ parser: XMLParser, foundCDATA block: Data) {
    guard !open.isEmpty else { return }
    open[open.count - 1].text += String(decoding: block, as: UTF8.self)
  }

  func parser(
    _ parser: XMLParser, didEndElement elementName: String, namespaceURI: String?, qualifiedName: String?
  ) {
    guard let element = open.popLast() else { return }
    if open.isEmpty { root = element } else { open[open.count - 1].children.append(element) }
  }
}
