/// Why a text is no pattern for a day.
public struct DateFormatError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The pattern as it was given.
  public let text: String
  /// Where the offending part begins, in characters, from 0.
  public let offset: Int
  /// What is wrong and what would be right, without the place.
  public let message: String

  /// The message with its column (from 1), in one line.
  public var description: String { "column \(offset + 1): \(message)" }
}

/// Takes a pattern apart.
struct DateFormatReader {
  /// Characters of a pattern. What it writes becomes an environment variable or a part of a key.
  static let length = 256

  enum Piece {
    case field(DateFormat.Field)
    case literal(Character)
  }

  private let text: String
  private let characters: [Character]
  private var index = 0
  private var openQuote: Int?
  private var fields: [(field: DateFormat.Field, offset: Int)] = []

  init(_ text: String) {
    self.text = text
    characters = Array(text)
  }

  mutating func next() throws(DateFormatError) -> Piece? {
    if characters.isEmpty { throw fault(0, "the format is empty: write one such as yyyy-MM-dd") }
    if characters.count > DateFormatReader.length {
      throw fault(
        DateFormatReader.length,
        "a format has at most \(DateFormatReader.length) characters, this one \(characters.count)")
    }
    while index < characters.count {
      let character = characters[index]
      if character == "'" {
        index += 1
        if index < characters.count, characters[index] == "'" {
          index += 1
          return .literal("'")
        }
        openQuote = openQuote == nil ? index - 1 : nil
        continue
      }
      if openQuote == nil, character.isPatternLetter { return .field(try field()) }
      index += 1
      return .literal(character)
    }
    if let openQuote {
      throw fault(openQuote, "the text that begins here has no end: write another ' after it, and '' for a ' in it")
    }
    return nil
  }

  /// Takes a run of one letter.
  private mutating func field() throws(DateFormatError) -> DateFormat.Field {
    let start = index
    let letter = characters[start]
    while index < characters.count, characters[index] == letter { index += 1 }
    let letters = String(characters[start..<index])
    guard let field = DateFormat.Field(rawValue: letters) else { throw fault(start, message(for: letters, letter)) }
    fields.append((field, start))
    return field
  }

  private func message(for letters: String, _ letter: Character) -> String {
    let shown = letters.count > 8 ? letters.prefix(8) + "…" : letters[...]
    let widths = DateFormat.Field.allCases.map(\.rawValue).filter { $0.first == letter }
    if !widths.isEmpty { return "\(shown) is no part of a day: \(letter) is written \(alternatives(widths))" }
    switch letter {
    case "m": return "\(shown) would be minutes, and a day has none: the month is MM"
    case "H", "h", "K", "k", "s", "S", "a", "n", "N", "A", "z", "Z", "X", "x", "O", "V", "v":
      return "\(shown) would be a part of the time or its zone, and a day has none"
    default:
      return "\(shown) is no part of a day: there are yyyy, MM, dd, DDD, EEE, YYYY, ww and e; "
        + "text stands in quotation marks, as in '\(shown)'"
    }
  }

  /// `YYYY-MM-dd` is right on most days, and a year off around New Year.
  func checkWeekYear() throws(DateFormatError) {
    guard let year = fields.first(where: { $0.field == .weekYear }),
      !fields.contains(where: { $0.field == .paddedWeek || $0.field == .week })
    else { return }
    throw fault(year.offset, "YYYY is the year of the ISO week, and goes with ww: the year of the day is yyyy")
  }

  private func fault(_ offset: Int, _ message: String) -> DateFormatError {
    DateFormatError(text: text, offset: offset, message: message)
  }

  private func alternatives(_ texts: [String]) -> String {
    guard let last = texts.last, texts.count > 1 else { return texts.joined() }
    return texts.dropLast().joined(separator: ", ") + " or " + last
  }
}

extension Character {
  fileprivate var isPatternLetter: Bool { isASCII && isLetter }
}
