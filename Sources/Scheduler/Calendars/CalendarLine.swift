/// A line of an iCalendar file: `NAME;PARAMETER=value:value` (RFC 5545, section 3.1).
struct CalendarLine {
  /// From 1; of a folded line the first.
  var number: Int
  /// In capitals.
  var name: String
  /// By name in capitals, without quotation marks. Of a parameter that is given twice, the last.
  var parameters: [String: String]
  var value: String

  func fault(_ message: String) -> CalendarFault { CalendarFault(line: number, message: message) }

  /// The lines of a file, unfolded, without the empty ones. Ends with CRLF, as it should, or with LF.
  static func lines(of text: String) throws(CalendarFault) -> [CalendarLine] {
    var unfolded: [(number: Int, bytes: [UInt8])] = []
    var bytes = Array(text.utf8)[...]
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
    var number = 0
    for piece in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      number += 1
      let line = piece.last == UInt8(ascii: "\r") ? piece.dropLast() : piece
      guard let first = line.first else { continue }
      if first != UInt8(ascii: " "), first != UInt8(ascii: "\t") {
        unfolded.append((number, Array(line)))
      } else if unfolded.isEmpty {
        throw CalendarFault(
          line: number, message: "a line that begins with a blank continues one, and none is before it")
      } else {
        unfolded[unfolded.count - 1].bytes += line.dropFirst()
      }
    }
    var lines: [CalendarLine] = []
    lines.reserveCapacity(unfolded.count)
    for line in unfolded { lines.append(try CalendarLine(line.bytes, number: line.number)) }
    return lines
  }

  private init(_ bytes: [UInt8], number: Int) throws(CalendarFault) {
    self.number = number
    let end = bytes.firstIndex { !CalendarLine.isNamePart($0) } ?? bytes.count
    guard end > 0, end < bytes.count, bytes[end] == UInt8(ascii: ":") || bytes[end] == UInt8(ascii: ";") else {
      let shown = printable(String(decoding: bytes.prefix(100), as: UTF8.self))
      throw CalendarFault(
        line: number, message: "\"\(shown)\" is no line of an iCalendar file: NAME:value is, as in BEGIN:VCALENDAR")
    }
    name = String(decoding: bytes[..<end], as: UTF8.self).uppercased()
    parameters = [:]
    var index = end
    while bytes[index] == UInt8(ascii: ";") {
      let start = index + 1
      index = start
      var isQuoted = false
      while index < bytes.count {
        if bytes[index] == UInt8(ascii: "\"") {
          isQuoted.toggle()
        } else if !isQuoted, bytes[index] == UInt8(ascii: ":") || bytes[index] == UInt8(ascii: ";") {
          break
        }
        index += 1
      }
      guard index < bytes.count else {
        throw CalendarFault(
          line: number,
          message: isQuoted ? "\(name) has a quotation mark too few" : "\(name) has no value: it stands after a colon")
      }
      let parts = String(decoding: bytes[start..<index], as: UTF8.self)
        .split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else {
        throw CalendarFault(
          line: number, message: "\"\(printable(parts.joined()))\" is no parameter: NAME=value is, as in VALUE=DATE")
      }
      parameters[parts[0].uppercased()] = String(parts[1].filter { $0 != "\"" })
    }
    value = String(decoding: bytes[(index + 1)...], as: UTF8.self)
  }

  private static func isNamePart(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
