/// What a matcher may have to return to, the latest last.
struct RegexStack {
  private var entries: [RegexEntry] = []

  var count: Int { entries.count }

  /// - Throws: `U1001` where it is full.
  mutating func push(_ entry: RegexEntry) throws(JSONataError) {
    if entries.count >= RegexLimits.stack {
      throw JSONataError(code: "U1001", message: "The regular expression has too many ways to match")
    }
    entries.append(entry)
  }

  mutating func pop() -> RegexEntry? { entries.popLast() }

  /// Gives up the ways above a height, and keeps the values to put back.
  mutating func forgetWays(above height: Int) {
    var kept = height
    for index in height..<entries.count where entries[index].kind.isValue {
      entries[kept] = entries[index]
      kept += 1
    }
    entries.removeLast(entries.count - kept)
  }
}

struct RegexEntry {
  enum Kind: UInt8 {
    /// Go on at the instruction `index` from the position `value`.
    case way
    /// A run that may give characters back: it ends at `value`, and at least at `limit`.
    case shorter
    /// A run that may take up to `limit` more.
    case longer
    /// A lazy loop that may repeat once more.
    case repetition
    /// The value of the register `index`.
    case register
    /// The bound `index` of a group.
    case bound

    var isValue: Bool { self == .register || self == .bound }
  }

  // 16 bytes: there may be many.
  let kind: Kind
  private let packedIndex: Int32
  private let packedValue: Int32
  private let packedLimit: Int32

  init(_ kind: Kind, _ index: Int, _ value: Int, _ limit: Int = 0) {
    self.kind = kind
    packedIndex = Int32(truncatingIfNeeded: index)
    packedValue = Int32(truncatingIfNeeded: value)
    packedLimit = Int32(truncatingIfNeeded: limit)
  }

  var index: Int { Int(packedIndex) }
  var value: Int { Int(packedValue) }
  var limit: Int { Int(packedLimit) }
}
