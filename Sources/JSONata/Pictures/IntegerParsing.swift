/// `$parseInteger`: nil where the text is no such number.
///
/// As in the reference implementation the picture says which kind of number it is, and nothing of how many
/// digits it has or where its separators stand.
///
/// - Throws: `D3130` and `D3131` for the picture.
func parseInteger(_ text: String, picture: String) throws(JSONataError) -> Double? {
  try IntegerPicture(picture).value(text)
}

extension IntegerPicture {
  func value(_ text: String) throws(JSONataError) -> Double? {
    switch primary {
    case .letters: letters(text)
    case .roman: RomanNumerals.value(text)
    case .words: NumberWords.value(text)
    case .decimal(let pattern): decimal(isOrdinal ? String(text.dropLast(2)) : text, pattern)
    case .sequence(let picture): throw PictureProblem.unsupportedSequence(picture).error
    }
  }

  private func letters(_ text: String) -> Double? {
    var value = 0.0
    for letter in text.lowercased().unicodeScalars {
      guard ("a"..."z").contains(letter) else { return nil }
      value = value * 26 + Double(letter.value - 96)
    }
    return value
  }

  /// Digits from the beginning on; what follows them is left aside, as by JavaScript's `parseInt`.
  private func decimal(_ text: String, _ pattern: DecimalPattern) -> Double? {
    let separators = pattern.separators
    var rest = text.unicodeScalars.filter { !separators.contains($0) }[...].drop { $0.properties.isWhitespace }
    let isNegative = rest.first == "-"
    if isNegative || rest.first == "+" { rest = rest.dropFirst() }
    let digits = rest.prefix { (pattern.zero...pattern.zero + 9).contains($0.value) }
    let ascii = digits.map { String($0.value - pattern.zero) }.joined()
    return Double(ascii).map { isNegative ? -$0 : $0 }
  }
}
