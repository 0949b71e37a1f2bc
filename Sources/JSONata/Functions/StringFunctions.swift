internal import Foundation

extension StandardFunctions {
  static let strings: [NativeFunction] = [
    NativeFunction("string", "<x-b?:s>", 1, string),
    NativeFunction("substring", "<s-nn?:s>", 3, substring),
    NativeFunction("substringBefore", "<s-s:s>", 2, substringBefore),
    NativeFunction("substringAfter", "<s-s:s>", 2, substringAfter),
    NativeFunction("lowercase", "<s-:s>", 1) { (call) throws(JSONataError) in
      try change(call) { $0.lowercased() }
    },
    NativeFunction("uppercase", "<s-:s>", 1) { (call) throws(JSONataError) in
      try change(call) { $0.uppercased() }
    },
    NativeFunction("length", "<s-:n>", 1, length),
    NativeFunction("trim", "<s-:s>", 1, trim),
    NativeFunction("pad", "<s-ns?:s>", 3, pad),
    NativeFunction("join", "<a<s>s?:s>", 2, join),
  ]

  private static func change(_ call: Call, _ change: (String) -> String) throws(JSONataError) -> Value? {
    guard let text = call.text(0) else { return nil }
    try call.run.budget.allocate(text.utf8.count)
    return .string(change(text))
  }

  private static func string(_ call: Call) throws(JSONataError) -> Value? {
    let isPretty = try call.run.truth(of: call[1])
    return try call.run.string(call[0], indentation: isPretty ? 2 : nil).map { .string($0) }
  }

  private static func length(_ call: Call) throws(JSONataError) -> Value? {
    guard let text = call.text(0) else { return nil }
    try call.run.budget.spend(text.utf8.count / 16)
    return .number(Double(text.unicodeScalars.count))
  }

  private static func substring(_ call: Call) throws(JSONataError) -> Value? {
    guard let text = call.text(0) else { return nil }
    let scalars = try call.scalars(text)
    let count = Double(scalars.count)
    var start = call.number(1) ?? 0
    if count + start < 0 { start = 0 }
    var end = count
    if let length = call.number(2) {
      if length <= 0 { return .string("") }
      end = (start >= 0 ? start : count + start) + length
    }
    let first = position(start, count)
    let last = position(end, count)
    return .string(first < last ? String(scalars: scalars[first..<last]) : "")
  }

  /// An index as JavaScript's `slice` takes it: cut to a whole number, from the end where negative.
  private static func position(_ number: Double, _ count: Double) -> Int {
    if number.isNaN { return 0 }
    let whole = number.rounded(.towardZero)
    return Int(Swift.min(Swift.max(whole < 0 ? count + whole : whole, 0), count))
  }

  private static func substringBefore(_ call: Call) throws(JSONataError) -> Value? {
    guard let text = call.text(0) else { return nil }
    guard let part = call.text(1) else { return .string(text) }
    try call.run.budget.allocate(text.utf8.count)
    let bytes = Array(text.utf8)
    guard let start = TextSearch.first(Array(part.utf8), in: bytes, from: 0) else { return .string(text) }
    return .string(String(decoding: bytes[..<start], as: UTF8.self))
  }

  private static func substringAfter(_ call: Call) throws(JSONataError) -> Value? {
    guard let text = call.text(0) else { return nil }
    guard let part = call.text(1) else { return .string(text) }
    try call.run.budget.allocate(text.utf8.count)
    let bytes = Array(text.utf8)
    guard let start = TextSearch.first(Array(part.utf8), in: bytes, from: 0) else { return .string(text) }
    return .string(String(decoding: bytes[(start + part.utf8.count)...], as: UTF8.self))
  }

  private static func trim(_ call: Call) throws(JSONataError) -> Value? {
    guard let text = call.text(0) else { return nil }
    try call.run.budget.allocate(text.utf8.count)
    let words = text.utf8.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
    return .string(words.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " "))
  }

  private static func pad(_ call: Call) throws(JSONataError) -> Value? {
    guard let text = call.text(0) else { return nil }
    let width = call.number(1) ?? 0
    let missing = abs(width) - Double(text.unicodeScalars.count)
    guard missing > 0 else { return .string(text) }
    guard let count = Int(exactly: missing.rounded(.down)) else { throw .bound("The text would be too long") }
    let part = call.text(2) ?? ""
    let filling = Array((part.isEmpty ? " " : part).unicodeScalars)
    try call.run.budget.allocate(count)
    let padding = String(scalars: (0..<count).lazy.map { filling[$0 % filling.count] })
    return .string(width > 0 ? text + padding : padding + text)
  }

  private static func join(_ call: Call) throws(JSONataError) -> Value? {
    guard let list = call.list(0) else { return nil }
    let separator = call.text(1) ?? ""
    var length = 0
    for case .string(let part) in list { length += part.utf8.count + separator.utf8.count }
    try call.run.budget.spend(list.count)
    try call.run.budget.allocate(length)
    return .string(list.compactMap(\.text).joined(separator: separator))
  }
}

/// Searches in bytes: Swift's own search would also match other spellings of a character.
enum TextSearch {
  static func first(_ part: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
    guard let head = part.first else { return start <= bytes.count ? start : nil }
    guard bytes.count >= part.count else { return nil }
    var index = start
    while index <= bytes.count - part.count {
      if bytes[index] == head, bytes[index..<index + part.count].elementsEqual(part) { return index }
      index += 1
    }
    return nil
  }
}
