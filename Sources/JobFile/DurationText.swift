/// Lengths of time as the job file writes them: `90s`, `15m`, `1h`, `1d`, `1h30m`.
enum DurationText {
  private static let units: [(letter: Character, seconds: Int64)] = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)]

  /// The seconds; nil for anything but whole numbers with their units, the larger unit first.
  static func seconds(_ text: String) -> Int64? {
    var rest = text[...]
    var total: Int64 = 0
    var remaining = units[...]
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { ("0"..."9").contains($0) }
      rest = rest.dropFirst(digits.count)
      guard let number = Int64(digits), let letter = rest.popFirst(),
        let index = remaining.firstIndex(where: { $0.letter == letter })
      else { return nil }
      let (product, overflow) = number.multipliedReportingOverflow(by: remaining[index].seconds)
      let (sum, overflowed) = total.addingReportingOverflow(product)
      if overflow || overflowed { return nil }
      total = sum
      remaining = remaining[(index + 1)...]
    }
    return total
  }

  /// `5400` is `1h30m`.
  static func text(seconds: Int64) -> String {
    var rest = seconds
    var text = ""
    for (letter, length) in units where rest >= length {
      text += "\(rest / length)\(letter)"
      rest %= length
    }
    return text.isEmpty ? "0s" : text
  }
}
