/// `$fromMillis`: ISO 8601 with milliseconds where there is no picture.
///
/// - Parameters:
///   - milliseconds: since 1970.
///   - zone: `+0530`; nil is UTC.
/// - Throws: `D3130` to `D3135` for the picture, `T0410` for the zone, `D1001` for a time that no calendar has.
func formatDateTime(milliseconds: Double, picture: String?, zone: String?) throws(JSONataError) -> String {
  let offset = try zone.map { zone throws(JSONataError) in try ZoneOffset(zone) } ?? ZoneOffset(minutes: 0)
  let local = milliseconds.rounded(.towardZero) + Double(offset.minutes) * 60_000
  let time = try PictureTime(milliseconds: local)
  var text = ""
  for part in try DateTimePicture(picture ?? DateTimePicture.iso8601).parts {
    switch part {
    case .literal(let literal): text += literal
    case .marker(let marker): text += try marker.text(time, offset)
    }
  }
  return text
}

/// The distance from UTC.
struct ZoneOffset {
  /// East of UTC.
  let minutes: Int

  init(minutes: Int) { self.minutes = minutes }

  /// Hours and minutes without anything between them; the sign may be missing.
  ///
  /// - Throws: `T0410` for anything else.
  init(_ text: String) throws(JSONataError) {
    let sign = text.hasPrefix("-") ? -1 : 1
    let digits = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text[...]
    guard (1...4).contains(digits.count), digits.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int(digits)
    else { throw PictureProblem.wrongZone(text).error }
    minutes = sign * (number / 100 * 60 + number % 100)
  }

  /// `-0530` is -530.
  var number: Int { minutes / 60 * 100 + minutes % 60 }
}

extension DateTimeMarker {
  fileprivate func text(_ time: PictureTime, _ offset: ZoneOffset) throws(JSONataError) -> String {
    switch component {
    case .zone, .zoneName: return try zoneText(offset)
    case .calendar, .era: return "ISO"
    case .halfDay:
      let text = time.value(.halfDay) == 1 ? "pm" : "am"
      return names == .upper ? text.uppercased() : text
    default: break
    }
    guard var value = time.value(component) else { return "" }
    if let yearDigits, yearDigits < 10 { value %= (0..<yearDigits).reduce(1) { power, _ in power * 10 } }
    if names != nil { return try name(value) }
    return try integer?.text(Double(value)) ?? ""
  }

  private func name(_ value: Int) throws(JSONataError) -> String {
    let name = try CalendarNames.names(component)[value - 1]
    let shortened = String(name.prefix(maximumWidth ?? name.count))
    switch names {
    case .upper: return shortened.uppercased()
    case .lower: return shortened.lowercased()
    case .title, nil: return shortened
    }
  }

  /// With a separator hours and minutes are one number, as with three digits and more; with one or two the
  /// minutes are written only where there are some.
  private func zoneText(_ offset: ZoneOffset) throws(JSONataError) -> String {
    guard let integer, let pattern = integer.pattern else { throw PictureProblem.tooManyZoneDigits.error }
    let magnitude = ZoneOffset(minutes: abs(offset.minutes))
    var text: String
    if case .irregular = pattern.grouping, (1...2).contains(pattern.mandatoryDigits) {
      text = try integer.text(Double(magnitude.minutes / 60))
      if magnitude.minutes % 60 != 0 {
        text += ":" + (try IntegerPicture("00").text(Double(magnitude.minutes % 60)))
      }
    } else {
      if case .irregular = pattern.grouping, pattern.mandatoryDigits > 4 {
        throw PictureProblem.tooManyZoneDigits.error
      }
      text = try integer.text(Double(magnitude.number))
    }
    if offset.minutes == 0, isTraditional { return "Z" }
    return (component == .zoneName ? "GMT" : "") + (offset.minutes < 0 ? "-" : "+") + text
  }
}
