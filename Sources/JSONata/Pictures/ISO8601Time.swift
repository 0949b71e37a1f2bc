internal import JobModel

/// A text of ISO 8601 as `$toMillis` takes it without a picture: a year, a month or a day, for each of which a
/// time of day may follow, and for that a fraction; then `Z` or, after a time, an offset.
///
/// Where there is no offset the time is in UTC. The days up to 31 are taken in every month and go on into the
/// next, as in the JavaScript engine that the reference implementation leaves this to.
struct ISO8601Time {
  let milliseconds: Double

  /// - Throws: `D3110` for anything else.
  init(_ text: String) throws(JSONataError) {
    guard let milliseconds = ISO8601Time.milliseconds(text) else { throw PictureProblem.notISO8601(text).error }
    self.milliseconds = milliseconds
  }

  private static func milliseconds(_ text: String) -> Double? {
    var reader = Reader(rest: text.utf8[...])
    guard let year = reader.number(4) else { return nil }
    var month = 1
    var day = 1
    if reader.skip("-") {
      guard let read = reader.number(2), (1...12).contains(read) else { return nil }
      month = read
      if reader.skip("-") {
        guard let read = reader.number(2), (1...31).contains(read) else { return nil }
        day = read
      }
    }
    var timeOfDay = 0
    var offset = 0
    if reader.skip("T") {
      guard let time = reader.timeOfDay(), let zone = reader.offset() else { return nil }
      timeOfDay = time
      offset = zone
    } else {
      _ = reader.skip("Z")
    }
    guard reader.rest.isEmpty else { return nil }
    let days = CivilDate(year: year, month: month, day: 1).daysSince1970 + day - 1
    return Double(days * PictureTime.millisecondsOfDay + timeOfDay - offset)
  }

  private struct Reader {
    var rest: Substring.UTF8View

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
      guard let first = rest.first, UInt32(first) == character.value else { return false }
      rest = rest.dropFirst()
      return true
    }

    mutating func number(_ count: Int) -> Int? {
      let digits = rest.prefix(count)
      guard digits.count == count, digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
      rest = rest.dropFirst(count)
      return digits.reduce(0) { $0 * 10 + Int($1) - 48 }
    }

    /// Milliseconds; a day has an hour 24 only as its end.
    mutating func timeOfDay() -> Int? {
      guard let hour = number(2), skip(":"), let minute = number(2), skip(":"), let second = number(2),
        minute < 60, second < 60
      else { return nil }
      var fraction = 0
      if skip(".") {
        let digits = rest.prefix { (48...57).contains($0) }
        guard !digits.isEmpty else { return nil }
        rest = rest.dropFirst(digits.count)
        fraction = (digits.prefix(3) + [48, 48]).prefix(3).reduce(0) { $0 * 10 + Int($1) - 48 }
      }
      let milliseconds = ((hour * 60 + minute) * 60 + second) * 1_000 + fraction
      return milliseconds <= PictureTime.millisecondsOfDay ? milliseconds : nil
    }

    /// Milliseconds east of UTC.
    mutating func offset() -> Int? {
      if rest.isEmpty || skip("Z") { return 0 }
      let sign: Int
      if skip("+") { sign = 1 } else if skip("-") { sign = -1 } else { return nil }
      guard let hours = number(2) else { return nil }
      _ = skip(":")
      guard let minutes = number(2), hours < 24, minutes < 60 else { return nil }
      return sign * (hours * 60 + minutes) * 60_000
    }
  }
}
