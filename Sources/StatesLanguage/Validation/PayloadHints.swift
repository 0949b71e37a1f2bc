internal import JobModel

/// Texts that look as if something were to be looked up, in places where they are taken as they are.
enum PayloadHints {
  /// A member of a payload template whose key does not end with `.$`.
  static func check(member text: String, at pointer: String, _ reader: inout DefinitionReader) {
    if looksLikePath(text) || looksLikeCall(text) {
      reader.warning(
        .noDollar, pointer, "No '.$' on a field that appears to be a JSONPath or Intrinsic Function: '\(text)'")
    } else {
      checkExpression(text, at: pointer, &reader)
    }
  }

  /// An element of an array in a payload template, or the template itself.
  static func check(element text: String, at pointer: String, _ reader: inout DefinitionReader) {
    if looksLikePath(text) || looksLikeCall(text) {
      reader.warning(
        .noDollar, pointer,
        "'\(text)' appears to be a JSONPath or Intrinsic Function, but only a field that ends with '.$' takes one; "
          + "States.Array makes an array of them")
    } else {
      checkExpression(text, at: pointer, &reader)
    }
  }

  /// A field with a `…Path` sibling.
  static func check(literal text: String?, of key: String, in fields: Fields, _ reader: inout DefinitionReader) {
    guard fields.language == .jsonPath, let text, looksLikePath(text) else { return }
    reader.warning(
      .noPath, fields.pointer(key), "Field value looks like a path, but field name does not end with 'Path': '\(text)'")
  }

  /// A Pass state's Result, which is taken as it is.
  static func check(result: JSONValue, at pointer: String, _ reader: inout DefinitionReader) {
    switch result {
    case .string(let text):
      if looksLikePath(text) || looksLikeCall(text) {
        reader.warning(
          .staticResult, pointer, "Attempt to use a path in the result of a Pass state, which is static: '\(text)'")
      }
    case .array(let elements):
      for (index, element) in elements.enumerated() { check(result: element, at: "\(pointer)/\(index)", &reader) }
    case .object(let members):
      for member in members {
        check(result: member.value, at: pointer + "/" + jsonPointerToken(member.key), &reader)
      }
    default: break
    }
  }

  /// A text of a JSONata template that is no expression.
  static func check(jsonata text: String, at pointer: String, _ reader: inout DefinitionReader) {
    if text.contains("{%") || text.hasSuffix("%}") {
      reader.warning(
        pointer, "The text is taken as it is: an expression is a whole text that begins with '{%' and ends with '%}'")
    } else if text == "$states" || text.hasPrefix("$states.") {
      reader.warning(pointer, "'\(text)' is taken as it is: an expression stands between '{%' and '%}'")
    }
  }

  private static func checkExpression(_ text: String, at pointer: String, _ reader: inout DefinitionReader) {
    guard JSONataQuery.source(text) != nil else { return }
    reader.warning(
      pointer, "The text is taken as it is: this is a JSONPath state, and '{% %}' is for the JSONata QueryLanguage")
  }

  private static func looksLikePath(_ text: String) -> Bool {
    guard text == "$" || text == "$$" || ["$.", "$[", "$$."].contains(where: text.hasPrefix) else { return false }
    return (try? JSONPath.parse(text)) != nil
  }

  private static func looksLikeCall(_ text: String) -> Bool {
    text.hasPrefix("States.") && (try? IntrinsicCall.parse(text)) != nil
  }
}
