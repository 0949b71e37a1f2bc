internal import AWSClient
internal import JobModel

/// A request as it came over the wire.
struct WireRequest: Sendable {
  var method: String
  var path: String
  var query: String
  var headers: HTTPHeaders
  var body: [UInt8]
}

/// An answer as it goes over the wire.
struct WireAnswer: Equatable, Sendable {
  /// How the answer does not arrive as it should.
  enum Disruption: Equatable, Sendable {
    case dropped
    case truncated
    /// The request is to be handled only later.
    case postponed(Duration)
  }

  var status: Int
  var contentType: String
  var body: [UInt8]
  var requestID = ""
  var delay = Duration.zero
  var disruption: Disruption?

  static func json(_ value: JSONValue, status: Int = 200) -> WireAnswer {
    WireAnswer(status: status, contentType: "application/json", body: value.utf8)
  }

  static func text(_ text: String, status: Int = 200) -> WireAnswer {
    WireAnswer(status: status, contentType: "text/plain; charset=utf-8", body: Array(text.utf8))
  }
}

/// An XML element with text or children.
struct XMLElement: Equatable, Sendable {
  var name: String
  var text = ""
  var children: [XMLElement] = []

  init(_ name: String, _ text: String) {
    self.name = name
    self.text = text
  }

  init(_ name: String, children: [XMLElement]) {
    self.name = name
    self.children = children
  }

  func write(into output: inout String) {
    output += "<\(name)>"
    output += XMLElement.escaped(text)
    for child in children { child.write(into: &output) }
    output += "</\(name)>"
  }

  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\t", "\n": result.unicodeScalars.append(scalar)
      case _ where scalar.value < 32: result += "?"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
