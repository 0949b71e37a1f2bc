internal import JobModel

extension Allowance {
  /// The most that a multiple may be.
  private static let mostTimes = 100.0

  /// Reads a length of time (`2h`), or a multiple of the median (`3x`, `1.5x`); nil for anything else.
  init?(written text: String) {
    if let seconds = DurationText.seconds(text) {
      guard (1...PolicyShape.longestSeconds).contains(seconds), let seconds = Int(exactly: seconds) else { return nil }
      self = .fixed(seconds: seconds)
      return
    }
    let number = text.dropLast()
    guard text.last == "x", number.first != ".", number.last != ".",
      number.allSatisfy({ ("0"..."9").contains($0) || $0 == "." }), let times = Double(number), times > 1,
      times <= Allowance.mostTimes
    else { return nil }
    self = .median(times: times)
  }
}
