/// An expression as it was read.
struct Source: Sendable {
  var expression: Expression
  var references: [VariableReference]
}

/// Reads an expression within the limits.
enum SourceReader {
  /// Nesting up to which the caller's stack is used.
  private static let shallow = 24

  /// - Throws: the first mistake.
  static func read(_ text: String, _ limits: JSONataLimits) throws(JSONataError) -> Source {
    guard text.unicodeScalars.count <= limits.expressionLength else {
      throw .bound("The expression is longer than \(limits.expressionLength) characters")
    }
    if limits.syntaxDepth > shallow {
      do {
        return try read(text, depth: shallow)
      } catch {
        guard error == .tooDeep else { throw error }
      }
      return try FreshStack.run { () throws(JSONataError) in try read(text, depth: limits.syntaxDepth) }
    }
    return try read(text, depth: limits.syntaxDepth)
  }

  private static func read(_ text: String, depth: Int) throws(JSONataError) -> Source {
    var parser = Parser(text, maximumDepth: depth)
    let raw = try parser.parse()
    let processed = try SyntaxProcessor.process(raw)
    return Source(
      expression: try ExpressionBuilder.build(processed), references: FreeVariables.references(in: processed))
  }
}
