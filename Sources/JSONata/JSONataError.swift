/// Why an expression could not be read, or its evaluation failed.
///
/// Codes and messages are those of the language's reference implementation (jsonata.org), since users
/// search for them: `S….` for syntax, `T….` for types, `D….` for values, `U….` for bounds.
public struct JSONataError: Error, Hashable, Sendable {
  /// `T2001`.
  public var code: String
  /// One sentence without the code, as the reference implementation words it.
  public var message: String
  /// Characters (Unicode scalars) from the expression's beginning; nil where no place is known.
  public var position: Int?
  /// The token at which it happened, where there is one.
  public var token: String?

  public init(code: String, message: String, position: Int? = nil, token: String? = nil) {
    self.code = code
    self.message = message
    self.position = position
    self.token = token
  }
}

extension JSONataError: CustomStringConvertible {
  /// `T2001: The left side of the "+" operator must evaluate to a number`
  public var description: String { "\(code): \(message)" }
}
