/// Lines of a name and a value, the values aligned.
struct Fields {
  private var items: [(name: String, value: String)] = []

  /// - Parameter value: without control characters but for the renderer's own colours; nil leaves the field out.
  mutating func add(_ name: String, _ value: String?) {
    if let value, !value.isEmpty { items.append((name, value)) }
  }

  /// Values in several lines begin below each other.
  func lines(indentation: Int = 2) -> [String] {
    let width = items.map { DisplayWidth.of($0.name) }.max() ?? 0
    let margin = String(repeating: " ", count: indentation)
    return items.flatMap { item in
      item.value.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map { index, line in
        let name = index == 0 ? item.name : ""
        return margin + name + String(repeating: " ", count: width - DisplayWidth.of(name) + 2) + line
      }
    }
  }
}
