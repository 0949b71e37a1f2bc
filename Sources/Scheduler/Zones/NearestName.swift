extension TimeZoneDatabase {
  /// The name that was probably meant: the same but for case or blanks, the same city, or nearly the same letters.
  static func nearest(to name: String, among names: [String]) -> String? {
    let wanted = folded(name.prefix(64))
    guard !wanted.isEmpty else { return nil }
    if let same = names.first(where: { folded($0) == wanted }) { return same }
    let place = lastPart(wanted)
    if let samePlace = names.first(where: { $0.contains("/") && lastPart(folded($0)) == place }) { return samePlace }
    var best: (name: String, distance: Int)?
    for candidate in names {
      let letters = folded(candidate)
      let whole = distance(wanted, letters, atMost: 3)
      let city = place.count > 4 ? distance(place, lastPart(letters), atMost: 1) : nil
      guard let found = [whole, city].compactMap({ $0 }).min(), found < best?.distance ?? .max else { continue }
      best = (candidate, found)
    }
    guard let best, best.distance * 3 <= wanted.count else { return nil }
    return best.name
  }

  /// Lower case, with blanks, hyphens and dots as the underscores of IANA names.
  private static func folded(_ name: some StringProtocol) -> [UInt8] {
    name.lowercased().utf8.map { " -.".utf8.contains($0) ? UInt8(ascii: "_") : $0 }
  }

  private static func lastPart(_ name: [UInt8]) -> [UInt8] {
    name.split(separator: UInt8(ascii: "/")).last.map { Array($0) } ?? name
  }
}

/// How many letters have to be put in, left out, changed or swapped with the next to make one text
/// of the other (optimal string alignment); nil where more than `limit`.
func distance(_ left: [UInt8], _ right: [UInt8], atMost limit: Int) -> Int? {
  guard abs(left.count - right.count) <= limit else { return nil }
  var beforeLast: [Int] = []
  var last = Array(0...right.count)
  for (row, letter) in left.enumerated() {
    var current = [row + 1]
    for (column, other) in right.enumerated() {
      var cost = min(last[column] + (letter == other ? 0 : 1), last[column + 1] + 1, current[column] + 1)
      if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
        cost = min(cost, beforeLast[column - 1] + 1)
      }
      current.append(cost)
    }
    beforeLast = last
    last = current
  }
  return last[right.count] <= limit ? last[right.count] : nil
}
