/// `$formatInteger` (XPath and XQuery Functions and Operators 3.1, §4.6.1); a fraction is cut off downwards.
///
/// - Throws: `D3130` and `D3131` for the picture, `U1001` for a roman number that has no end.
func formatInteger(_ value: Double, picture: String) throws(JSONataError) -> String {
  try IntegerPicture(picture).text(value.rounded(.down))
}

extension IntegerPicture {
  /// - Parameter value: a whole number.
  func text(_ value: Double) throws(JSONataError) -> String {
    guard value.isFinite else { throw PictureProblem.outOfRange(value).error }
    let magnitude = value.magnitude
    let text: String
    switch primary {
    case .letters(let isUpper): text = letters(magnitude, isUpper: isUpper)
    case .roman(let isUpper): text = try RomanNumerals.text(magnitude, isUpper: isUpper)
    case .words(let words):
      let title = NumberWords.text(magnitude, isOrdinal: isOrdinal)
      switch words {
      case .upper: text = title.uppercased()
      case .lower: text = title.lowercased()
      case .title: text = title
      }
    case .decimal(let pattern): text = decimal(magnitude, pattern)
    case .sequence(let picture): throw PictureProblem.unsupportedSequence(picture).error
    }
    return (value < 0 ? "-" : "") + text
  }

  /// Nothing for zero.
  private func letters(_ value: Double, isUpper: Bool) -> String {
    var rest = value
    var letters = Scalars()
    while rest > 0 {
      let letter = UInt8((rest - 1).truncatingRemainder(dividingBy: 26)) + (isUpper ? 65 : 97)
      letters.append(Unicode.Scalar(letter))
      rest = ((rest - 1) / 26).rounded(.down)
    }
    return Scalars(letters.reversed()).text
  }

  private func decimal(_ value: Double, _ pattern: DecimalPattern) -> String {
    let plain = DecimalText.plain(value)
    let padded = String(repeating: "0", count: max(0, pattern.mandatoryDigits - plain.count)) + plain
    let digits = padded.unicodeScalars.map { digit in
      ("0"..."9").contains(digit) ? pattern.digit(digit.value - 48) : digit
    }
    var text = Scalars()
    for (index, digit) in digits.enumerated() {
      if index > 0, let separator = pattern.separator(before: digits.count - index) { text.append(separator) }
      text.append(digit)
    }
    if let separator = pattern.separator(before: 0) { text.append(separator) }
    return text.text + (isOrdinal ? ordinalEnding(text) : "")
  }

  private func ordinalEnding(_ digits: Scalars) -> String {
    if digits.dropLast().last == "1" { return "th" }
    switch digits.last {
    case "1": return "st"
    case "2": return "nd"
    case "3": return "rd"
    default: return "th"
    }
  }
}

enum RomanNumerals {
  private static let numerals: [(value: Double, text: String)] = [
    (1_000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
    (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
  ]
  /// Beyond it there are ten thousand letters, where the reference implementation overflows its stack.
  private static let greatest = 9_999_999.0

  /// Nothing for zero.
  static func text(_ value: Double, isUpper: Bool) throws(JSONataError) -> String {
    guard value <= greatest else {
      throw JSONataError(code: "U1001", message: "\(DecimalText.plain(value)) is too much for roman numerals")
    }
    var rest = value
    var text = ""
    for (numeral, letters) in numerals {
      while rest >= numeral {
        text += letters
        rest -= numeral
      }
    }
    return isUpper ? text.uppercased() : text
  }

  /// Nil where another letter is among them. Any order is taken: a smaller one before a greater one is
  /// subtracted.
  static func value(_ text: String) -> Double? {
    var sum = 0.0
    var greatest = 1.0
    for letter in text.lowercased().reversed() {
      guard let value = numerals.first(where: { $0.text == String(letter) })?.value else { return nil }
      sum += value < greatest ? -value : value
      greatest = max(greatest, value)
    }
    return sum
  }
}
