/// Finds what someone probably meant.
public enum Suggestion {
  /// The known word nearest to one that is not known; nil where none is near.
  public static func nearest(to word: String, among known: [String]) -> String? {
    // Anything much longer than a key is no misspelling, and the distance costs its square.
    guard word.utf8.count <= 64 else { return nil }
    let lowered = Array(word.lowercased().unicodeScalars)
    let limit = max(1, min(4, lowered.count / 3))
    var best: (word: String, distance: Int)?
    for candidate in known {
      let other = Array(candidate.lowercased().unicodeScalars)
      guard abs(other.count - lowered.count) <= limit else { continue }
      let distance = distance(lowered, other)
      if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.word
  }

  /// Changes, insertions, removals and swaps of neighbours that turn one into the other (the optimal
  /// string alignment distance).
  private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    var beforePrevious: [Int] = []
    var previous = Array(0...right.count)
    for row in left.indices {
      var current = [row + 1]
      for column in right.indices {
        let cost = left[row] == right[column] ? 0 : 1
        var least = min(previous[column + 1] + 1, current[column] + 1, previous[column] + cost)
        if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
          least = min(least, beforePrevious[column - 1] + 1)
        }
        current.append(least)
      }
      beforePrevious = previous
      previous = current
    }
    return previous[right.count]
  }
}
