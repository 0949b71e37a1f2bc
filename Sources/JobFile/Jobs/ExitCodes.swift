internal import JobModel

/// Exit codes as the job file lists them: `75`, or a range, `100-110`.
///
/// ECS's exit code is an integer of 32 bits, but a process of Linux ends with 0 to 255 (wait(2)); Windows' larger
/// ones can be named as `ECS.ExitCode.<n>`.
enum ExitCodes {
  static let bounds = 0...255

  static func range(_ text: String) -> ClosedRange<Int>? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { part in
      part.allSatisfy { ("0"..."9").contains($0) } ? Int(part).flatMap { bounds.contains($0) ? $0 : nil } : nil
    }
    guard (1...2).contains(parts.count), numbers.count == parts.count, let first = numbers.first,
      let last = numbers.last, first <= last
    else { return nil }
    return first...last
  }

  /// The codes of a list that was read; in order.
  static func codes(_ list: JSONValue?) -> [Int] {
    let ranges = (list?.arrayValue ?? []).compactMap { $0.stringValue.flatMap(range) }
    return Set(ranges.flatMap { Array($0) }).sorted()
  }
}
