internal import JobModel

/// What can be wrong with a picture, or with what it is applied to.
///
/// Codes and wording are the reference implementation's, since users search for them. The last ones have no
/// counterpart there: it goes on with `NaN`.
enum PictureProblem: Equatable {
  case tooManySubPictures
  case decimalSeparatorTwice
  case percentTwice
  case perMilleTwice
  case percentAndPerMille
  case noDigit
  case passiveCharacterWithin
  case groupingBesideDecimalSeparator
  case groupingAtEnd
  case groupingTwice
  case optionalDigitAfterDigit
  case digitAfterOptionalDigit
  case exponentAndPercent
  case wrongExponent
  case wrongRadix(Double)
  case notISO8601(String)
  case unsupportedSequence(String)
  case mixedDigits
  case unknownComponent(String)
  case nameOfNumber(String)
  case tooManyZoneDigits
  case unclosedMarker
  case missingComponents
  case wrongOption(String)
  case wrongZone(String)
  case outOfRange(Double)
  case tooLong

  var error: JSONataError { JSONataError(code: code, message: message, token: token) }

  private var code: String {
    switch self {
    case .tooManySubPictures: "D3080"
    case .decimalSeparatorTwice: "D3081"
    case .percentTwice: "D3082"
    case .perMilleTwice: "D3083"
    case .percentAndPerMille: "D3084"
    case .noDigit: "D3085"
    case .passiveCharacterWithin: "D3086"
    case .groupingBesideDecimalSeparator: "D3087"
    case .groupingAtEnd: "D3088"
    case .groupingTwice: "D3089"
    case .optionalDigitAfterDigit: "D3090"
    case .digitAfterOptionalDigit: "D3091"
    case .exponentAndPercent: "D3092"
    case .wrongExponent: "D3093"
    case .wrongRadix: "D3100"
    case .notISO8601: "D3110"
    case .unsupportedSequence: "D3130"
    case .mixedDigits: "D3131"
    case .unknownComponent: "D3132"
    case .nameOfNumber: "D3133"
    case .tooManyZoneDigits: "D3134"
    case .unclosedMarker: "D3135"
    case .missingComponents: "D3136"
    case .wrongOption, .wrongZone: "T0410"
    case .outOfRange: "D1001"
    case .tooLong: "U1001"
    }
  }

  private var token: String? {
    switch self {
    case .wrongOption: "formatNumber"
    case .wrongZone: "fromMillis"
    default: nil
    }
  }

  private var message: String {
    switch self {
    case .tooManySubPictures: "The picture string must only contain a maximum of two sub-pictures"
    case .decimalSeparatorTwice:
      "The sub-picture must not contain more than one instance of the 'decimal-separator' character"
    case .percentTwice: "The sub-picture must not contain more than one instance of the 'percent' character"
    case .perMilleTwice: "The sub-picture must not contain more than one instance of the 'per-mille' character"
    case .percentAndPerMille:
      "The sub-picture must not contain both a 'percent' and a 'per-mille' character"
    case .noDigit:
      "The mantissa part of a sub-picture must contain at least one character that is either "
        + "an 'optional digit character' or a member of the 'decimal digit family'"
    case .passiveCharacterWithin:
      "The sub-picture must not contain a passive character that is preceded by an active character "
        + "and that is followed by another active character"
    case .groupingBesideDecimalSeparator:
      "The sub-picture must not contain a 'grouping-separator' character that appears adjacent "
        + "to a 'decimal-separator' character"
    case .groupingAtEnd:
      "The sub-picture must not contain a 'grouping-separator' at the end of the integer part"
    case .groupingTwice:
      "The sub-picture must not contain two adjacent instances of the 'grouping-separator' character"
    case .optionalDigitAfterDigit:
      "The integer part of the sub-picture must not contain a member of the 'decimal digit family' "
        + "that is followed by an instance of the 'optional digit character'"
    case .digitAfterOptionalDigit:
      "The fractional part of the sub-picture must not contain an instance of the 'optional digit character' "
        + "that is followed by a member of the 'decimal digit family'"
    case .exponentAndPercent:
      "A sub-picture that contains a 'percent' or 'per-mille' character must not contain "
        + "a character treated as an 'exponent-separator'"
    case .wrongExponent:
      "The exponent part of the sub-picture must comprise only of one or more characters "
        + "that are members of the 'decimal digit family'"
    case .wrongRadix(let radix):
      "The radix of the formatBase function must be between 2 and 36.  It was given \(DecimalText.plain(radix))"
    case .notISO8601(let text):
      "The argument of the toMillis function must be an ISO 8601 formatted timestamp. Given \(quoted(text))"
    case .unsupportedSequence(let picture):
      "Formatting or parsing an integer as a sequence starting with \(quoted(picture)) "
        + "is not supported by this implementation"
    case .mixedDigits: "In a decimal digit pattern, all digits must be from the same decimal group"
    case .unknownComponent(let component):
      "Unknown component specifier \(quoted(component)) in date/time picture string"
    case .nameOfNumber(let component):
      "The 'name' modifier can only be applied to months and days in the date/time picture string, "
        + "not \(quoted(component))"
    case .tooManyZoneDigits: "The timezone integer format specifier cannot have more than four digits"
    case .unclosedMarker: "No matching closing bracket ']' in date/time picture string"
    case .missingComponents:
      "The date/time picture string is missing specifiers required to parse the timestamp"
    case .wrongOption(let option): "The option \(quoted(option)) of the formatNumber function must be a text"
    case .wrongZone(let zone):
      "Argument 3 of the fromMillis function must be a timezone such as \"+0100\". Given \(quoted(zone))"
    case .outOfRange(let number): "Number out of range: \(DecimalText.plain(number))"
    case .tooLong: "A picture string must not have more than \(PictureProblem.longestPicture) characters"
    }
  }

  private func quoted(_ text: String) -> String { JSONValue.string(text).text }

  /// Characters: what a picture makes of a number is about as long as itself.
  static let longestPicture = 1_000

  /// - Throws: `U1001` for a picture that is too long.
  static func checkLength(_ picture: String) throws(JSONataError) {
    if picture.unicodeScalars.count > longestPicture { throw PictureProblem.tooLong.error }
  }
}
