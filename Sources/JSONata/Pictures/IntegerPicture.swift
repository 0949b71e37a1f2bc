/// A picture of whole numbers (XPath and XQuery Functions and Operators 3.1, §4.6.1): of `$formatInteger`,
/// `$parseInteger`, and of the components of dates and times.
struct IntegerPicture {
  enum Primary {
    /// `A` and `a`: A, B … Z, AA.
    case letters(isUpper: Bool)
    /// `I` and `i`.
    case roman(isUpper: Bool)
    /// `W`, `w`, `Ww`.
    case words(WordCase)
    case decimal(DecimalPattern)
    /// Any other text, which stands for a numbering that is not to be had.
    case sequence(String)
  }

  enum WordCase {
    case upper
    case lower
    case title
  }

  var primary: Primary
  var isOrdinal = false

  /// - Throws: `D3131` where digits of different scripts are mixed.
  init(_ picture: String) throws(JSONataError) {
    try PictureProblem.checkLength(picture)
    var primary = picture
    if let semicolon = picture.lastIndex(of: ";") {
      primary = String(picture[..<semicolon])
      isOrdinal = picture[picture.index(after: semicolon)...].first == "o"
    }
    switch primary {
    case "A": self.primary = .letters(isUpper: true)
    case "a": self.primary = .letters(isUpper: false)
    case "I": self.primary = .roman(isUpper: true)
    case "i": self.primary = .roman(isUpper: false)
    case "W": self.primary = .words(.upper)
    case "w": self.primary = .words(.lower)
    case "Ww": self.primary = .words(.title)
    default:
      let pattern = try DecimalPattern(primary)
      self.primary = pattern.map(Primary.decimal) ?? .sequence(primary)
    }
  }

  /// Where the picture is one of digits.
  var pattern: DecimalPattern? {
    get { if case .decimal(let pattern) = primary { pattern } else { nil } }
    set { if let newValue, pattern != nil { primary = .decimal(newValue) } }
  }
}

/// `#,##0`: a pattern of decimal digits.
struct DecimalPattern {
  /// The zero of the script whose digits it has.
  let zero: UInt32
  var mandatoryDigits = 0
  let optionalDigits: Int
  let grouping: Grouping
  /// How many digits are read, where another number follows without anything between.
  var parsedDigits: Int?

  enum Grouping {
    /// After every so many digits.
    case regular(Int, Unicode.Scalar)
    /// To the left of so many digits.
    case irregular([Int: Unicode.Scalar])
  }

  /// Nil where there is no mandatory digit.
  fileprivate init?(_ picture: String) throws(JSONataError) {
    var zeros: Set<UInt32> = []
    var mandatory = 0
    var optional = 0
    var separators: [(place: Int, separator: Unicode.Scalar)] = []
    for scalar in picture.unicodeScalars.reversed() {
      if let value = DecimalPattern.digit(scalar) {
        zeros.insert(scalar.value - value)
        mandatory += 1
      } else if scalar == "#" {
        optional += 1
      } else {
        separators.append((mandatory + optional, scalar))
      }
    }
    if zeros.count > 1 { throw PictureProblem.mixedDigits.error }
    guard let zero = zeros.first else { return nil }
    self.zero = zero
    mandatoryDigits = mandatory
    optionalDigits = optional
    let distance = NumberPicture.regularDistance(separators.map(\.place))
    if let first = separators.first?.separator, distance > 0,
      separators.allSatisfy({ $0.separator == first })
    {
      grouping = .regular(distance, first)
    } else {
      grouping = .irregular(Dictionary(separators.map { ($0.place, $0.separator) }, uniquingKeysWith: { $1 }))
    }
  }

  /// The value of a decimal digit of any script.
  static func digit(_ scalar: Unicode.Scalar) -> UInt32? {
    guard scalar.properties.numericType == .decimal, let value = scalar.properties.numericValue else { return nil }
    return UInt32(value)
  }

  func digit(_ value: UInt32) -> Unicode.Scalar { Unicode.Scalar(zero + value) ?? "0" }

  func separator(before right: Int) -> Unicode.Scalar? {
    switch grouping {
    case .regular(let distance, let separator): right > 0 && right % distance == 0 ? separator : nil
    case .irregular(let separators): separators[right]
    }
  }

  var separators: Set<Unicode.Scalar> {
    switch grouping {
    case .regular(_, let separator): [separator]
    case .irregular(let separators): Set(separators.values)
    }
  }
}
