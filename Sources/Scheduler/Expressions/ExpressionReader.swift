internal import JobModel

/// Reads an expression of either dialect.
///
/// Works on the bytes of the text, with ranges of offsets for its parts: every fault has a place. The
/// methods for lists and values are here, those of the dialects in extensions.
struct ExpressionReader {
  let bytes: [UInt8]

  init(_ text: String) {
    bytes = Array(text.utf8)
  }

  /// Finds the dialect and reads the whole expression.
  func timing() throws(ExpressionFault) -> ScheduleExpression.Timing {
    if bytes.count > Limits.expressionLength {
      throw fault(
        "an expression has at most \(Limits.expressionLength) characters, this one \(bytes.count)",
        Limits.expressionLength..<bytes.count)
    }
    if let timing = try eventBridgeTiming() { return timing }
    return .calendar(try unixSchedule())
  }

  func fault(_ message: String, _ range: Range<Int>) -> ExpressionFault {
    ExpressionFault(message: message, range: range)
  }

  func string(_ range: Range<Int>) -> String {
    String(decoding: bytes[range], as: UTF8.self)
  }

  /// A part as a message may show it.
  func shown(_ range: Range<Int>) -> String {
    range.isEmpty ? "nothing" : "\"" + printable(string(range)) + "\""
  }

  func isPart(_ range: Range<Int>, _ text: StaticString) -> Bool {
    text.withUTF8Buffer { buffer in
      buffer.count == range.count && zip(buffer, bytes[range]).allSatisfy { $0 == $1 }
    }
  }

  /// The parts between blanks.
  func words(in range: Range<Int>) -> [Range<Int>] {
    var words: [Range<Int>] = []
    words.reserveCapacity(8)
    var start: Int?
    for index in range {
      if bytes[index].isBlank {
        if let begin = start { words.append(begin..<index) }
        start = nil
      } else if start == nil {
        start = index
      }
    }
    if let begin = start { words.append(begin..<range.upperBound) }
    return words
  }

  func firstIndex(of character: Unicode.Scalar, in range: Range<Int>) -> Int? {
    let byte = UInt8(ascii: character)
    return range.first { bytes[$0] == byte }
  }
}

/// Lists, ranges, steps and values: the same in both dialects.
extension ExpressionReader {
  /// What a dialect does with a range whose end is before its start.
  enum BackwardRange {
    /// cron refuses it.
    case refused
    /// It runs over the end of the field to its beginning.
    case wraps
  }

  /// The items of a list.
  func items(of word: Range<Int>) throws(ExpressionFault) -> ListItems {
    var items = ListItems(reader: self, rest: word)
    // Refuses empty items before any other fault is looked for.
    while try items.next() != nil {}
    return ListItems(reader: self, rest: word)
  }

  /// Adds what a whole field selects.
  func read<Numbers: NumberSet>(
    _ word: Range<Int>, as field: ScheduleField, backward: BackwardRange, into set: inout Numbers
  ) throws(ExpressionFault) {
    var items = try items(of: word)
    while let item = try items.next() { try readItem(item, as: field, backward: backward, into: &set) }
  }

  /// Adds what an item selects: `*`, `5`, `1-5`, each with a step or not.
  func readItem<Numbers: NumberSet>(
    _ item: Range<Int>, as field: ScheduleField, backward: BackwardRange, into set: inout Numbers
  ) throws(ExpressionFault) {
    let slash = firstIndex(of: "/", in: item)
    let base = item.lowerBound..<(slash ?? item.upperBound)
    var (low, high) = (field.low, field.openHigh)
    if isPart(base, "*") {
    } else if let dash = firstIndex(of: "-", in: base) {
      (low, high) = try bounds(base, dash: dash, as: field)
      if high < low {
        guard backward == .wraps else { throw backwardFault(base, low: low, high: high, field) }
        // The day after the field's last is its first.
        high += field.high - field.low + 1
      }
    } else {
      low = try value(base, as: field)
      if slash == nil { high = low }
    }
    let step = try slash.map { index throws(ExpressionFault) in try self.step(index + 1..<item.upperBound) } ?? 1
    let span = field.high - field.low + 1
    var number = low
    while number <= high {
      set.insert(number > field.high ? number - span : number)
      number += step
    }
  }

  private func bounds(
    _ range: Range<Int>, dash: Int, as field: ScheduleField
  ) throws(ExpressionFault) -> (Int, Int) {
    let left = range.lowerBound..<dash
    let right = (dash + 1)..<range.upperBound
    if left.isEmpty { throw noValue(range, field) }
    if right.isEmpty {
      throw fault("the range \(shown(range)) has no end: \(field.values)", range.upperBound..<range.upperBound)
    }
    if let second = firstIndex(of: "-", in: right) {
      throw fault("a range has two ends, as in 1-5: here is a third", second..<range.upperBound)
    }
    return (try value(left, as: field), try value(right, as: field))
  }

  private func backwardFault(_ range: Range<Int>, low: Int, high: Int, _ field: ScheduleField) -> ExpressionFault {
    let wrapped = field.high == 7 && high == 0 ? "\(low)-7" : "\(low)-\(field.openHigh),\(field.low)-\(high)"
    return fault("the range \(shown(range)) runs backwards: write \(wrapped)", range)
  }

  private func step(_ range: Range<Int>) throws(ExpressionFault) -> Int {
    guard !range.isEmpty else { throw fault("the step is missing: write a number after /", range) }
    guard let step = number(range) else { throw fault("\(shown(range)) is no step: a step is a whole number", range) }
    guard step > 0 else { throw fault("a step of 0 never moves on: the smallest is 1", range) }
    return step
  }

  /// One value of a field: a number or one of its names.
  func value(_ range: Range<Int>, as field: ScheduleField) throws(ExpressionFault) -> Int {
    if let number = number(range) {
      if number < field.low || number > field.high { throw noValue(range, field) }
      return number
    }
    if range.count == 3, let index = field.names.firstIndex(where: { isName($0, at: range.lowerBound) }) {
      return field.firstName + index
    }
    throw noValue(range, field)
  }

  private func isName(_ name: [UInt8], at start: Int) -> Bool {
    // Clearing this bit makes a small letter a capital.
    (0..<3).allSatisfy { bytes[start + $0] & 0xDF == name[$0] }
  }

  /// A number of ASCII digits; large ones are all the same, as no field has them.
  func number(_ range: Range<Int>) -> Int? {
    guard !range.isEmpty else { return nil }
    var value = 0
    for index in range {
      guard let digit = bytes[index].digitValue else { return nil }
      value = min(value * 10 + digit, 1_000_000_000)
    }
    return value
  }

  private func noValue(_ range: Range<Int>, _ field: ScheduleField) -> ExpressionFault {
    if range.count > 3, range.allSatisfy({ bytes[$0].isLetter }),
      let name = field.names.first(where: { isName($0, at: range.lowerBound) })
    {
      return fault("\(printable(string(range))) is written \(String(decoding: name, as: UTF8.self))", range)
    }
    if isPart(range, "?") {
      return fault("? stands only for the day of the month or of the week: write * for every \(field.name)", range)
    }
    return fault("\(shown(range)) is no \(field.name): \(field.values)", range)
  }
}

/// The items of a list, one after the other.
struct ListItems {
  let reader: ExpressionReader
  /// Nil after the last item.
  var rest: Range<Int>?

  mutating func next() throws(ExpressionFault) -> Range<Int>? {
    guard let rest else { return nil }
    let comma = reader.firstIndex(of: ",", in: rest)
    let item = rest.lowerBound..<(comma ?? rest.upperBound)
    if item.isEmpty {
      throw reader.fault("the list has an empty item: write a value, or leave out the comma", item)
    }
    self.rest = comma.map { $0 + 1..<rest.upperBound }
    return item
  }
}

extension UInt8 {
  /// Space, tab, and the ends of lines: a job file may fold an expression.
  var isBlank: Bool { self == 32 || (9...13).contains(self) }
}
