/// Whole numbers in English words, and words as numbers.
enum NumberWords {
  private static let units = [
    "Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve",
    "Thirteen", "Fourteen", "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen",
  ]
  private static let ordinalUnits = [
    "Zeroth", "First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth",
    "Eleventh", "Twelfth", "Thirteenth", "Fourteenth", "Fifteenth", "Sixteenth", "Seventeenth", "Eighteenth",
    "Nineteenth",
  ]
  private static let tens = ["Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety"]
  private static let powers: [(value: Double, name: String)] = [
    (1e12, "Trillion"), (1e9, "Billion"), (1e6, "Million"), (1e3, "Thousand"),
  ]

  /// `Four Million, Three Hundred and Twenty-Seven Thousand`. The greatest word is a trillion: what is more is
  /// so many thousand trillion, and so on.
  ///
  /// - Parameter value: a whole number from zero on.
  static func text(_ value: Double, isOrdinal: Bool) -> String {
    var text = ""
    var rest = value
    var isFirst = true
    while let (power, name) = powers.first(where: { rest >= $0.value }) {
      let count = (rest / power).rounded(.down)
      text += (isFirst ? "" : ", ") + self.text(count, isOrdinal: false) + " " + name
      rest -= count * power
      isFirst = false
      if rest <= 0 { return text + (isOrdinal ? "th" : "") }
    }
    return text + belowThousand(Int(rest), isFirst: isFirst, isOrdinal: isOrdinal)
  }

  private static func belowThousand(_ value: Int, isFirst: Bool, isOrdinal: Bool) -> String {
    if value < 100 { return (isFirst ? "" : " and ") + belowHundred(value, isOrdinal: isOrdinal) }
    let hundreds = (isFirst ? "" : ", ") + units[value / 100] + " Hundred"
    if value % 100 == 0 { return hundreds + (isOrdinal ? "th" : "") }
    return hundreds + " and " + belowHundred(value % 100, isOrdinal: isOrdinal)
  }

  private static func belowHundred(_ value: Int, isOrdinal: Bool) -> String {
    if value < 20 { return (isOrdinal ? ordinalUnits : units)[value] }
    let ten = tens[value / 10 - 2]
    if value % 10 > 0 { return ten + "-" + (isOrdinal ? ordinalUnits : units)[value % 10] }
    return isOrdinal ? ten.dropLast() + "ieth" : ten
  }

  /// Every word in lowercase, with its value.
  static let values: [String: Double] = {
    var values: [String: Double] = ["hundred": 100, "hundredth": 100]
    for words in [units, ordinalUnits] {
      for (value, word) in words.enumerated() { values[word.lowercased()] = Double(value) }
    }
    for (index, word) in tens.enumerated() {
      let value = Double(10 * (index + 2))
      values[word.lowercased()] = value
      values[word.lowercased().dropLast() + "ieth"] = value
    }
    for (value, word) in powers {
      values[word.lowercased()] = value
      values[word.lowercased() + "th"] = value
    }
    return values
  }()

  /// Nil where a word is none of a number.
  ///
  /// A word below a hundred adds to what stands before it, unless that is a thousand or more; a greater one
  /// multiplies it. What is left is summed.
  static func value(_ text: String) -> Double? {
    var sums: [Double] = [0]
    for word in words(of: text.lowercased()) {
      guard let value = values[word], let top = sums.popLast() else { return nil }
      if value >= 100 {
        sums.append(top * value)
      } else if top >= 1_000 {
        sums += [top, value]
      } else {
        sums.append(top + value)
      }
    }
    return sums.reduce(0, +)
  }

  /// Between words stands a comma with a space, an `and`, a space, or a hyphen.
  private static func words(of text: String) -> [String] {
    var words: [String] = []
    var word = ""
    var rest = Substring(text).unicodeScalars
    while let scalar = rest.first {
      let isSeparator = scalar.properties.isWhitespace || scalar == "-" || scalar == "\\"
      if scalar == ",", let second = rest.dropFirst().first, second.properties.isWhitespace {
        rest = rest.dropFirst(2)
      } else if isSeparator, scalar.properties.isWhitespace, rest.dropFirst().starts(with: "and".unicodeScalars),
        let last = rest.dropFirst(4).first, last.properties.isWhitespace
      {
        rest = rest.dropFirst(5)
      } else if isSeparator {
        rest = rest.dropFirst()
      } else {
        word.unicodeScalars.append(scalar)
        rest = rest.dropFirst()
        continue
      }
      words.append(word)
      word = ""
    }
    return words + [word]
  }
}
