/// Text of numbers with leading zeros, put together byte by byte: every id of a run and every event of its history has
/// such a text, and joining strings was a part of the time that launches take.
struct PaddedText {
  private var bytes: [UInt8] = []

  init() { bytes.reserveCapacity(32) }

  /// A number of so many digits at least.
  mutating func append(_ number: Int, digits width: Int) {
    if number < 0 { append("-") }
    var rest = number.magnitude
    var digits = 0
    let start = bytes.count
    while rest > 0 || digits < width {
      bytes.append(UInt8(48 + rest % 10))
      rest /= 10
      digits += 1
    }
    bytes[start...].reverse()
  }

  mutating func append(_ separator: Unicode.Scalar) { bytes.append(UInt8(ascii: separator)) }

  mutating func append(_ date: CivilDate, separator: Unicode.Scalar?) {
    append(date.year, digits: 4)
    if let separator { append(separator) }
    append(date.month, digits: 2)
    if let separator { append(separator) }
    append(date.day, digits: 2)
  }

  /// - Parameter isCompact: without the separators of a date and of a time of day.
  mutating func append(_ time: CivilTime, isCompact: Bool = false) {
    append(time.date, separator: isCompact ? nil : "-")
    append("T")
    append(time.hour, digits: 2)
    if !isCompact { append(":") }
    append(time.minute, digits: 2)
    if !isCompact { append(":") }
    append(time.second, digits: 2)
  }

  var text: String { String(decoding: bytes, as: UTF8.self) }
}
