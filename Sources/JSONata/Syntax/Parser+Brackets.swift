/// The forms that open with a bracket or with a word of several parts.
extension Parser {
  /// `( … ; … )`
  mutating func block(at place: Int) throws(JSONataError) -> SyntaxNode {
    var expressions: [SyntaxNode] = []
    while !token.isOperator(")") {
      expressions.append(try expression(0))
      guard try take(";") else { break }
    }
    try expect(")", isInfix: true)
    return grown(SyntaxNode(.block(expressions), at: place))
  }

  /// `[ …, a..b ]`
  mutating func arrayConstructor(at place: Int) throws(JSONataError) -> SyntaxNode {
    var items: [SyntaxNode] = []
    if !token.isOperator("]") {
      repeat {
        let item = try expression(0)
        if token.isOperator("..") {
          let position = token.position
          try advance()
          items.append(grown(SyntaxNode(.binary("..", item, try expression(0)), at: position)))
        } else {
          items.append(item)
        }
      } while try take(",")
    }
    try expect("]", isInfix: true)
    return grown(SyntaxNode(.array(items), at: place))
  }

  /// What stands in `{ key: value, … }`, with the closing bracket.
  mutating func pairs() throws(JSONataError) -> [SyntaxNode.Pair] {
    var pairs: [SyntaxNode.Pair] = []
    if !token.isOperator("}") {
      repeat {
        let key = try expression(0)
        try expect(":")
        pairs.append((key, try expression(0)))
      } while try take(",")
    }
    try expect("}", isInfix: true)
    return pairs
  }

  /// `left[ … ]`; empty brackets keep a single value an array.
  mutating func filter(_ left: SyntaxNode, at place: Int) throws(JSONataError) -> SyntaxNode {
    if token.isOperator("]") {
      var step = left
      while case .filter(let inner, _) = step.form { step = inner }
      step.keepsArray = true
      try advance()
      return left
    }
    let predicate = try expression(0)
    try expect("]", isInfix: true)
    return SyntaxNode(.filter(left, predicate), at: place)
  }

  /// `left^( <a, >b )`
  mutating func order(_ left: SyntaxNode, at place: Int) throws(JSONataError) -> SyntaxNode {
    try expect("(")
    var terms: [SyntaxNode.SortTerm] = []
    repeat {
      var isDescending = false
      if try !take("<") { isDescending = try take(">") }
      terms.append(SyntaxNode.SortTerm(isDescending: isDescending, expression: try expression(0)))
    } while try take(",")
    try expect(")")
    return SyntaxNode(.order(left, terms), at: place)
  }

  /// `left ? then : otherwise`
  mutating func condition(_ left: SyntaxNode, at place: Int) throws(JSONataError) -> SyntaxNode {
    let then = try expression(0)
    guard try take(":") else { return SyntaxNode(.condition(left, then, nil), at: place) }
    return SyntaxNode(.condition(left, then, try expression(0)), at: place)
  }

  /// `| pattern | update, delete |`
  mutating func transform(at place: Int) throws(JSONataError) -> SyntaxNode {
    let pattern = try expression(0)
    try expect("|")
    let update = try expression(0)
    let deletion = try take(",") ? try expression(0) : nil
    try expect("|")
    return grown(SyntaxNode(.transform(pattern, update, deletion), at: place))
  }

  /// `left( … )`: a call, a partial application, or, after `function` or `λ`, a definition.
  mutating func invocation(of left: SyntaxNode, at place: Int) throws(JSONataError) -> SyntaxNode {
    var arguments: [SyntaxNode] = []
    var isPartial = false
    if !token.isOperator(")") {
      repeat {
        if token.isOperator("?") {
          isPartial = true
          arguments.append(SyntaxNode(.placeholder, at: token.position))
          try advance()
        } else {
          arguments.append(try expression(0))
        }
      } while try take(",")
    }
    try expect(")", isInfix: true)
    if case .name(let name) = left.form, name == "function" || name == "λ" {
      return try lambda(arguments, at: place)
    }
    return SyntaxNode(isPartial ? .partial(left, arguments) : .call(left, arguments), at: place)
  }

  private mutating func lambda(_ arguments: [SyntaxNode], at place: Int) throws(JSONataError) -> SyntaxNode {
    var parameters: [String] = []
    for (index, argument) in arguments.enumerated() {
      guard case .variable(let name) = argument.form else {
        throw JSONataError(
          "S0208", at: argument.position, token: Parser.tokenText(argument),
          ["value": .value(.number(Double(index + 1)))])
      }
      parameters.append(name)
    }
    let signature = token.isOperator("<") ? try signature() : nil
    try expect("{")
    let body = try expression(0)
    try expect("}")
    return SyntaxNode(.lambda(parameters, signature, body), at: place)
  }

  /// `<s-n?:b>` between a definition's parameters and its body.
  private mutating func signature() throws(JSONataError) -> Signature {
    let place = token.position
    var depth = 1
    var text = "<"
    while depth > 0, !token.isOperator("{"), !token.isEnd {
      try advance()
      if token.isOperator(">") { depth -= 1 }
      if token.isOperator("<") { depth += 1 }
      text += token.text
    }
    try expect(">")
    do {
      return try Signature(text)
    } catch {
      var placed = error
      placed.position = place + (error.position ?? 0)
      throw placed
    }
  }
}
