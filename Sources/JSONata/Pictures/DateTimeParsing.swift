internal import JobModel

/// `$toMillis`: milliseconds since 1970; ISO 8601 where there is no picture.
///
/// - Parameter now: gives what the picture leaves out before its first component.
/// - Returns: nil where the text does not fit the picture.
/// - Throws: `D3110` for a text that is not ISO 8601, `D3130` to `D3136` for the picture.
func parseDateTime(
  _ text: String, picture: String?, now: Instant, budget: inout EvaluationBudget
) throws(JSONataError) -> Double? {
  guard let picture else { return try ISO8601Time(text).milliseconds }
  try budget.spend(picture.utf8.count)
  let reader = try DateTimeReader(DateTimePicture(picture))
  guard let components = try reader.components(of: text, &budget) else { return nil }
  return try components.milliseconds(now: PictureTime(now))
}

/// A picture as a regular expression with a group for every marker.
private struct DateTimeReader {
  private let markers: [DateTimeMarker]
  private let expression: RegularExpression

  /// - Throws: `D3130` and `D3133` for a marker that cannot be read from a text.
  init(_ picture: DateTimePicture) throws(JSONataError) {
    var markers: [DateTimeMarker] = []
    var nodes: [RegexNode] = [.assertion(.start)]
    for part in picture.parts {
      switch part {
      case .literal(let literal): nodes.append(.text(literal))
      case .marker(let marker):
        markers.append(marker)
        nodes.append(.group(markers.count, try marker.syntax()))
      }
    }
    nodes.append(.assertion(.end))
    self.markers = markers
    expression = RegularExpression(.sequence(nodes), groups: markers.count, ignoresCase: true)
  }

  /// What could be read of each; nil where the text does not fit.
  func components(
    of text: String, _ budget: inout EvaluationBudget
  ) throws(JSONataError) -> DateTimeComponents? {
    let text = Scalars(text.unicodeScalars)
    guard let match = try expression.firstMatch(in: text, from: 0, budget: &budget) else { return nil }
    var components = DateTimeComponents()
    for (marker, range) in zip(markers, match.groups) {
      guard let range else { continue }
      let value = try marker.value(Scalars(text[range]).text)
      // An unknown name counts as left out, as in the reference implementation; a number that is none does not fit.
      if value == nil, marker.names == nil, !marker.component.isNamed { return nil }
      components[marker.component] = value
    }
    return markers.isEmpty ? nil : components
  }
}

extension DateTimeMarker {
  /// What a text of the component looks like.
  fileprivate func syntax() throws(JSONataError) -> RegexNode {
    if component.isZone { return zoneSyntax }
    guard let integer else {
      if component != .halfDay { _ = try CalendarNames.names(component) }
      return .many(.set(ScalarSet([65...90, 97...122])))
    }
    switch integer.primary {
    case .letters: return .many(.set(ScalarSet([97...122])))
    case .roman: return .many(.set(ScalarSet("mdclxvi".unicodeScalars.map { $0.value...$0.value })))
    case .words:
      // Longer words first, so that seldom anything has to be taken back.
      let words = NumberWords.values.keys.sorted { ($0.count, $1) > ($1.count, $0) } + ["and", "-", ",", " "]
      return .repeated(.alternatives(words.map(RegexNode.text)), RegexRepetition(minimum: 1, maximum: .max))
    case .decimal(let pattern):
      let digit = RegexSingle.set(ScalarSet([pattern.zero...pattern.zero + 9]))
      let count = pattern.parsedDigits ?? 0
      let number =
        count > 0
        ? RegexNode.repeated(.single(digit), RegexRepetition(minimum: count, maximum: count)) : .many(digit)
      return integer.isOrdinal
        ? .sequence([number, .alternatives(["th", "st", "nd", "rd"].map(RegexNode.text))]) : number
    case .sequence(let picture): throw PictureProblem.unsupportedSequence(picture).error
    }
  }

  private var zoneSyntax: RegexNode {
    let digits = RegexNode.many(.set(ScalarSet([48...57])))
    var nodes: [RegexNode] = [
      .text(component == .zoneName ? "GMT" : ""), .single(.set(ScalarSet([43...43, 45...45]))),
    ]
    nodes.append(digits)
    if let zoneSeparator { nodes += [.single(.scalar(zoneSeparator.value)), digits] }
    return .sequence(nodes)
  }

  private var zoneSeparator: Unicode.Scalar? {
    if case .regular(_, let separator)? = integer?.pattern?.grouping { separator } else { nil }
  }

  /// Nil where the name is unknown.
  fileprivate func value(_ text: String) throws(JSONataError) -> Double? {
    if component.isZone { return zoneValue(component == .zoneName ? text.dropFirst(3) : text[...]) }
    if let integer {
      if component == .fraction, let pattern = integer.pattern { return fraction(text, pattern) }
      return try integer.value(text)
    }
    let text = text.lowercased()
    if component == .halfDay { return ["am", "pm"].firstIndex(of: text).map(Double.init) }
    let names = try CalendarNames.names(component)
    let index = names.firstIndex { $0.prefix(maximumWidth ?? $0.count).lowercased() == text }
    return index.map { Double($0 + 1) }
  }

  /// The first three digits are milliseconds.
  private func fraction(_ text: String, _ pattern: DecimalPattern) -> Double? {
    let digits = text.unicodeScalars.prefix(3).map { String($0.value - pattern.zero) }.joined()
    return Double(digits + String(repeating: "0", count: 3 - digits.count))
  }

  /// Minutes. Without a separator up to two digits are hours, and of more the first two.
  private func zoneValue(_ text: Substring) -> Double? {
    let digits = text.dropFirst()
    let hours: Substring
    var minutes: Substring = "0"
    if let zoneSeparator, let place = digits.unicodeScalars.firstIndex(of: zoneSeparator) {
      hours = digits[..<place]
      minutes = digits[digits.unicodeScalars.index(after: place)...]
    } else {
      hours = digits.prefix(2)
      if digits.count > 2 { minutes = digits.dropFirst(2) }
    }
    guard let hours = Double(hours), let minutes = Double(minutes) else { return nil }
    return (hours * 60 + minutes) * (text.first == "-" ? -1 : 1)
  }
}

extension RegexNode {
  fileprivate static func text(_ text: String) -> RegexNode {
    .sequence(text.unicodeScalars.map { .single(.scalar($0.value)) })
  }

  fileprivate static func many(_ single: RegexSingle) -> RegexNode {
    .repeated(.single(single), RegexRepetition(minimum: 1, maximum: .max))
  }
}
