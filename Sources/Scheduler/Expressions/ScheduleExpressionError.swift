/// Why a text is no schedule expression, and where in it.
public struct ScheduleExpressionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The expression as it was given.
  public let text: String
  /// What is wrong and what would be right, without the place.
  public let message: String
  /// The offending part: offsets in characters, from 0. Empty where something is missing.
  public let range: Range<Int>

  /// Where the offending part begins, in characters, from 1.
  public var column: Int { range.lowerBound + 1 }

  /// The message with its column, in one line.
  public var description: String { "column \(column): \(message)" }

  /// Three lines: the expression, carets under the offending part, and the message.
  ///
  ///     cron(0 24 * * ? *)
  ///            ^^
  ///     24 is no hour: hours are 0 to 23
  ///
  /// A long expression is cut around the place; control characters are shown as blanks, so that the
  /// carets stand where they should.
  public var rendering: String {
    let characters = text.map { $0.isNewline || $0.unicodeScalars.contains { $0.value < 32 } ? " " : $0 }
    let first = max(0, range.lowerBound - 50)
    let shown = characters.dropFirst(first).prefix(100)
    let carets = max(1, min(range.count, first + shown.count - range.lowerBound))
    return String(shown) + "\n" + String(repeating: " ", count: range.lowerBound - first)
      + String(repeating: "^", count: carets) + "\n" + message
  }

  init(text: String, fault: ExpressionFault) {
    self.text = text
    message = fault.message
    let utf8 = text.utf8
    func characters(before byte: Int) -> Int {
      let index = utf8.index(utf8.startIndex, offsetBy: min(byte, utf8.count))
      return text.distance(from: text.startIndex, to: index)
    }
    range = characters(before: fault.range.lowerBound)..<characters(before: fault.range.upperBound)
  }
}

/// What a parser found wrong, in bytes of the text.
struct ExpressionFault: Error {
  var message: String
  var range: Range<Int>
}
