/// A picture of dates and times (XPath and XQuery Functions and Operators 3.1, §9.8.4), with the reference
/// implementation's additions: `X` for the year of an ISO week and `x` for the month of a week of the month.
struct DateTimePicture {
  enum Part {
    case literal(String)
    case marker(DateTimeMarker)
  }

  private(set) var parts: [Part] = []

  /// What `$fromMillis` writes without a picture.
  static let iso8601 = "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]"

  /// - Throws: `D3135` where a bracket is not closed, and what ``DateTimeMarker`` throws.
  init(_ picture: String) throws(JSONataError) {
    try PictureProblem.checkLength(picture)
    let scalars = Scalars(picture.unicodeScalars)
    var literal = Scalars()
    var index = 0
    while index < scalars.count {
      let next = index + 1 < scalars.count ? scalars[index + 1] : nil
      switch scalars[index] {
      case "[" where next == "[":
        literal.append("[")
        index += 2
      case "[":
        guard let end = scalars[index...].firstIndex(of: "]") else { throw PictureProblem.unclosedMarker.error }
        addLiteral(&literal)
        try addMarker(Scalars(scalars[(index + 1)..<end]))
        index = end + 1
      case "]" where next == "]":
        literal.append("]")
        index += 2
      case let scalar:
        literal.append(scalar)
        index += 1
      }
    }
    addLiteral(&literal)
  }

  private mutating func addLiteral(_ literal: inout Scalars) {
    if !literal.isEmpty { parts.append(.literal(literal.text)) }
    literal = []
  }

  /// Two numbers with nothing between them can only be told apart by the digits that the first one must have.
  private mutating func addMarker(_ text: Scalars) throws(JSONataError) {
    let marker = try DateTimeMarker(Scalars(text.filter { !$0.properties.isWhitespace }))
    if marker.isNumber, case .marker(var previous)? = parts.last {
      if let pattern = previous.integer?.pattern { previous.integer?.pattern?.parsedDigits = pattern.mandatoryDigits }
      parts[parts.count - 1] = .marker(previous)
    }
    parts.append(.marker(marker))
  }
}

/// What stands between two brackets: `MNn,3-3`.
struct DateTimeMarker {
  enum Component: Unicode.Scalar {
    case year = "Y"
    case month = "M"
    case day = "D"
    case dayOfYear = "d"
    case weekday = "F"
    case week = "W"
    case weekOfMonth = "w"
    case weekYear = "X"
    case weekMonth = "x"
    case hour = "H"
    case halfDayHour = "h"
    case halfDay = "P"
    case minute = "m"
    case second = "s"
    case fraction = "f"
    case zone = "Z"
    case zoneName = "z"
    case calendar = "C"
    case era = "E"
  }

  enum Names {
    case upper
    case lower
    case title
  }

  let component: Component
  /// Nil where it is a number.
  var names: Names?
  /// Nil where it is a name, or none of the numbers.
  var integer: IntegerPicture?
  /// The last so many digits of a year; nil for all.
  var yearDigits: Int?
  /// Of a name.
  var maximumWidth: Int?
  /// `t`: UTC is `Z`.
  var isTraditional = false

  /// - Throws: `D3132` for an unknown component, `D3131` for mixed digits.
  fileprivate init(_ text: Scalars) throws(JSONataError) {
    guard let letter = text.first, let component = Component(rawValue: letter) else {
      throw PictureProblem.unknownComponent(Scalars(text.prefix(1)).text).error
    }
    self.component = component
    var modifier = text.dropFirst()
    var minimumWidth: Int?
    if let comma = modifier.lastIndex(of: ",") {
      let widths = Scalars(modifier[(comma + 1)...]).text.split(
        separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
      minimumWidth = widths.first.flatMap(DateTimeMarker.width)
      maximumWidth = widths.count > 1 ? DateTimeMarker.width(widths[1]) : nil
      modifier = modifier[..<comma]
    }
    var isOrdinal = false
    if modifier.count > 1, let last = modifier.last, ["a", "t", "c", "o"].contains(last) {
      isOrdinal = last == "o"
      isTraditional = last == "t"
      modifier = modifier.dropLast()
    }
    let presentation = modifier.isEmpty ? component.standardPresentation : Scalars(modifier).text
    try read(presentation, isOrdinal: isOrdinal, minimumWidth: minimumWidth)
  }

  private mutating func read(
    _ presentation: String, isOrdinal: Bool, minimumWidth: Int?
  ) throws(JSONataError) {
    if presentation.hasPrefix("n") {
      names = .lower
    } else if presentation.hasPrefix("N") {
      names = presentation.hasPrefix("Nn") ? .title : .upper
    }
    if component.isZone {
      integer = try IntegerPicture(presentation)
    } else if names == nil, component.isNumber {
      var integer = try IntegerPicture(isOrdinal ? presentation + ";o" : presentation)
      if let minimumWidth, let pattern = integer.pattern {
        integer.pattern?.mandatoryDigits = max(pattern.mandatoryDigits, minimumWidth)
      }
      if component == .year { setYearDigits(&integer) }
      self.integer = integer
    }
  }

  private mutating func setYearDigits(_ integer: inout IntegerPicture) {
    if let maximumWidth {
      yearDigits = maximumWidth
      integer.pattern?.mandatoryDigits = maximumWidth
    } else if let pattern = integer.pattern, pattern.mandatoryDigits + pattern.optionalDigits >= 2 {
      yearDigits = pattern.mandatoryDigits + pattern.optionalDigits
    }
  }

  /// Nil for `*`. No component is wider than the longest picture.
  private static func width(_ text: Substring) -> Int? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    return Int(digits).map { min($0, PictureProblem.longestPicture) }
  }

  /// A number, so that the one before it must say how many digits it has.
  fileprivate var isNumber: Bool { integer != nil && !component.isZone }
}

extension DateTimeMarker.Component {
  var text: String { String(rawValue) }

  var isZone: Bool { self == .zone || self == .zoneName }

  /// Whether it may be written as a number.
  var isNumber: Bool {
    switch self {
    case .halfDay, .zone, .zoneName, .calendar, .era: false
    default: true
    }
  }

  /// Whether it is a name whatever the picture says.
  var isNamed: Bool { self == .halfDay }

  fileprivate var standardPresentation: String {
    switch self {
    case .weekday, .halfDay, .calendar, .era: "n"
    case .minute, .second: "01"
    case .zone, .zoneName: "01:01"
    default: "1"
    }
  }
}
