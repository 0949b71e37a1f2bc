/// What a function takes, as `<s-n?:b>` says it (docs.jsonata.org, "Function signature syntax").
///
/// Arguments are matched as the reference implementation does, which makes a regular expression of the
/// signature: each argument is a symbol, missing ones (`m`) fit nearly everywhere.
struct Signature: Sendable {
  struct Parameter: Sendable {
    /// `s n b l o a f j x`, or `(` for a choice.
    var type: Character
    var accepted: Set<Character>
    /// What stands in `a<…>`.
    var element: String?
    var usesContext = false
    var isOptional = false
    var isRepeated = false
  }

  private(set) var parameters: [Parameter] = []

  /// - Throws: `S0401`, `S0402`, with the position within the signature.
  init(_ text: String) throws(JSONataError) {
    let symbols = Array(text)
    var position = 1
    loop: while position < symbols.count {
      let symbol = symbols[position]
      switch symbol {
      case ":": break loop
      case "s", "n", "b", "l", "o": parameters.append(Parameter(type: symbol, accepted: [symbol, "m"]))
      case "a", "x": parameters.append(Parameter(type: symbol, accepted: Set("asnblfom")))
      case "f": parameters.append(Parameter(type: symbol, accepted: ["f"]))
      case "j": parameters.append(Parameter(type: symbol, accepted: Set("asnblom")))
      case "-":
        modify {
          $0.usesContext = true; $0.isOptional = true
        }
      case "?": modify { $0.isOptional = true }
      case "+": modify { $0.isRepeated = true }
      case "(":
        let end = Signature.closing(symbols, position, "(", ")")
        let choice = symbols[position + 1..<end]
        if choice.contains("<") { throw Signature.error("S0402", String(choice), position) }
        parameters.append(Parameter(type: "(", accepted: Set(choice).union(["m"])))
        position = end
      case "<":
        guard let type = parameters.last?.type, type == "a" || type == "f" else {
          throw Signature.error("S0401", parameters.last.map { String($0.type) } ?? "", position)
        }
        let end = Signature.closing(symbols, position, "<", ">")
        let element = String(symbols[position + 1..<end])
        modify { $0.element = element }
        position = end
      default: break
      }
      position += 1
    }
  }

  private mutating func modify(_ change: (inout Parameter) -> Void) {
    if !parameters.isEmpty { change(&parameters[parameters.count - 1]) }
  }

  private static func error(_ code: String, _ value: String, _ position: Int) -> JSONataError {
    JSONataError(code, at: position, ["value": .text(value)])
  }

  /// The index of the bracket that closes the one at `start`, or the end.
  private static func closing(_ symbols: [Character], _ start: Int, _ open: Character, _ close: Character) -> Int {
    var depth = 1
    var position = start + 1
    while position < symbols.count {
      if symbols[position] == close { depth -= 1 }
      if symbols[position] == open { depth += 1 }
      if depth == 0 { return position }
      position += 1
    }
    return symbols.count
  }
}
