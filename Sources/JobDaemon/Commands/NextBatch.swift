internal import JobModel

/// `jobd next --batch`: a question a line, an answer a line, in the same order.
enum NextBatch {
  /// A question is some hundred bytes; whatever is longer than this is something else.
  static let longestLine = 65_536

  /// `{"next": […]}`, or `{"error": …}` for a line that is no question or has no answer.
  static func answer(_ line: String, now: Instant, zones: String) -> String {
    let answer: JSONValue
    do {
      answer = ["next": try firings(line, now: now, zones: zones)]
    } catch {
      answer = ["error": .string(error.line)]
    }
    return answer.text
  }

  private static func firings(
    _ line: String, now: Instant, zones: String
  ) throws(NextQuery.Failure) -> JSONValue {
    guard line.utf8.count <= longestLine else {
      throw NextQuery.Failure("a line has at most \(longestLine) bytes, this one \(line.utf8.count)")
    }
    let question: JSONValue
    do {
      question = try JSONValue.parse(line)
    } catch {
      throw NextQuery.Failure("this line is not JSON: \(error.message) (column \(error.column))")
    }
    guard question.objectValue != nil else {
      throw NextQuery.Failure("a line is an object such as {\"expression\": \"0 3 * * *\"}, not \(question.kind)")
    }
    guard let expression = try string("expression", in: question) else {
      throw NextQuery.Failure("\"expression\" is missing")
    }
    var query = NextQuery()
    query.timezone = try string("timezone", in: question) ?? query.timezone
    query.after = try string("after", in: question)
    query.start = try string("start", in: question)
    if let count = question["count"], !count.isNull {
      guard let number = count.integerValue, let fitting = Int(exactly: number) else {
        throw NextQuery.Failure("\"count\" is a whole number, not \(count.kind)")
      }
      query.count = fitting
    }
    return NextQuery.Answer.json(try query.answer(expression, now: now, zones: zones).firings)
  }

  /// Nil where there is no such member, or null.
  private static func string(_ key: String, in question: JSONValue) throws(NextQuery.Failure) -> String? {
    guard let value = question[key], !value.isNull else { return nil }
    guard let text = value.stringValue else { throw NextQuery.Failure("\"\(key)\" is a string, not \(value.kind)") }
    return text
  }
}
