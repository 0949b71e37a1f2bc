/// RFC 3339 text of instants, written and read by arithmetic: no locale, no formatter object.
extension Instant: CustomStringConvertible {
  /// `2026-11-21T03:00:00Z`, with `.123` before the `Z` where the instant is not a whole second.
  public var description: String { text(offset: 0) }

  /// The same instant written with an offset from UTC: `2026-11-21T12:00:00+09:00`, or `Z` for 0.
  ///
  /// - Parameter offset: seconds east of UTC.
  public func text(offset: Int) -> String {
    var text = PaddedText()
    text.append(CivilTime(secondsSince1970: seconds + Int64(offset)))
    if fraction != 0 {
      text.append(".")
      text.append(fraction, digits: 3)
    }
    text.append(offset: offset)
    return text.text
  }

  /// `2026-11-21T03:00:00.000Z`: always with milliseconds, as Step Functions prints its times.
  public var millisecondText: String {
    var text = PaddedText()
    text.append(CivilTime(secondsSince1970: seconds))
    text.append(".")
    text.append(fraction, digits: 3)
    text.append("Z")
    return text.text
  }

  /// `20261121T030000Z`, or `20261121T030000123Z` with milliseconds: for ids, where `:`, `-` and `.`
  /// would be in the way.
  public var compactText: String {
    var text = PaddedText()
    text.append(CivilTime(secondsSince1970: seconds), isCompact: true)
    if fraction != 0 { text.append(fraction, digits: 3) }
    text.append("Z")
    return text.text
  }

  /// Milliseconds of the second.
  private var fraction: Int { Int(milliseconds - seconds * 1_000) }

  /// Reads what ``compactText`` writes.
  public init?(compact text: String) {
    let utf8 = Array(text.utf8)
    guard utf8.count == 16 || utf8.count == 19, utf8[8] == UInt8(ascii: "T"), utf8.last == UInt8(ascii: "Z")
    else { return nil }
    func number(_ from: Int, _ to: Int) -> Int? { digits(String(decoding: utf8[from..<to], as: UTF8.self)) }
    guard let year = number(0, 4), let month = number(4, 6), let day = number(6, 8),
      let hour = number(9, 11), let minute = number(11, 13), let second = number(13, 15),
      let date = CivilDate(validYear: year, month: month, day: day), hour < 24, minute < 60, second < 60
    else { return nil }
    let fraction = utf8.count == 19 ? number(15, 18) : 0
    guard let fraction else { return nil }
    let civil = CivilTime(date: date, hour: hour, minute: minute, second: second)
    self.init(milliseconds: civil.secondsSince1970 * 1_000 + Int64(fraction))
  }

  /// Reads an RFC 3339 date and time: `2026-11-21T03:00:00Z`, with a fraction of 1 to 9 digits (cut
  /// to milliseconds) and `Z` or an offset. Nil for anything else, and for an instant whose year in UTC has no four
  /// digits: it could not be written again.
  public init?(_ text: String) {
    var rest = Substring(text).utf8
    func take(_ count: Int) -> Int? {
      guard rest.count >= count else { return nil }
      let head = rest.prefix(count)
      rest = rest.dropFirst(count)
      return digits(String(decoding: head, as: UTF8.self))
    }
    func skip(_ character: Character) -> Bool {
      guard let first = rest.first, first == character.asciiValue else { return false }
      rest = rest.dropFirst()
      return true
    }
    guard let year = take(4), skip("-"), let month = take(2), skip("-"), let day = take(2),
      skip("T") || skip("t"), let hour = take(2), skip(":"), let minute = take(2), skip(":"),
      let second = take(2), let date = CivilDate(validYear: year, month: month, day: day),
      hour < 24, minute < 60, second <= 60
    else { return nil }
    var fraction = 0
    if skip(".") {
      let digitsOfFraction = rest.prefix { (48...57).contains($0) }
      guard (1...9).contains(digitsOfFraction.count) else { return nil }
      rest = rest.dropFirst(digitsOfFraction.count)
      let milliseconds = String(decoding: digitsOfFraction.prefix(3), as: UTF8.self)
      fraction = (digits(milliseconds) ?? 0) * [100, 10, 1][milliseconds.utf8.count - 1]
    }
    var offset = 0
    if !(skip("Z") || skip("z")) {
      let sign: Int
      if skip("+") { sign = 1 } else if skip("-") { sign = -1 } else { return nil }
      guard let hours = take(2), skip(":"), let minutes = take(2), hours < 24, minutes < 60 else { return nil }
      offset = sign * (hours * 3_600 + minutes * 60)
    }
    guard rest.isEmpty else { return nil }
    let civil = CivilTime(date: date, hour: hour, minute: minute, second: second)
    self.init(milliseconds: (civil.secondsSince1970 - Int64(offset)) * 1_000 + Int64(fraction))
    guard Instant.distantPast...Instant.distantFuture ~= self else { return nil }
  }
}

extension PaddedText {
  fileprivate mutating func append(offset: Int) {
    if offset == 0 { return append("Z") }
    let minutes = abs(offset) / 60
    append(offset < 0 ? "-" : "+")
    append(minutes / 60, digits: 2)
    append(":")
    append(minutes % 60, digits: 2)
  }
}

extension CivilTime: CustomStringConvertible {
  /// `2026-11-21T03:00:00`.
  public var description: String {
    var text = PaddedText()
    text.append(self)
    return text.text
  }
}
