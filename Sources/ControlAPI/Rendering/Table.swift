/// Aligned columns that fit into a width.
struct Table {
  struct Column {
    var title: String
    var isRight = false
    /// How narrow it may become; nil for one that is shown whole or not at all.
    var least: Int?
    /// Where the width does not suffice, the column with the lowest number is left out first; one
    /// without a number always stays, and is shortened last.
    var leaves: Int?
  }

  struct Cell {
    var text: String
    var color: TerminalStyle.Color?

    init(_ text: String, _ color: TerminalStyle.Color? = nil) {
      self.text = CleanText.line(text)
      self.color = color
    }
  }

  var columns: [Column]
  var rows: [[Cell]]

  /// A line for the titles, then one for each row, without spaces at their ends.
  func lines(_ style: TerminalStyle) -> [String] {
    let widths = fit(style.width)
    let titles = columns.map { Cell($0.title, .bold) }
    return ([titles] + rows).map { line($0, widths, style) }
  }

  /// The columns' widths; 0 for one that is left out.
  func fit(_ limit: Int?) -> [Int] {
    var widths = columns.indices.map { index in
      max(DisplayWidth.of(columns[index].title), rows.map { DisplayWidth.of($0[index].text) }.max() ?? 0)
    }
    guard let limit else { return widths }
    func shorten(_ index: Int) {
      guard let least = columns[index].least else { return }
      widths[index] = min(widths[index], max(least, widths[index] - (Table.total(widths) - limit)))
    }
    let leaving = columns.indices.filter { columns[$0].leaves != nil }.sorted {
      (columns[$0].leaves ?? 0) < (columns[$1].leaves ?? 0)
    }
    let whole = widths
    for count in 0...leaving.count {
      widths = whole
      for index in leaving.prefix(count) { widths[index] = 0 }
      for index in leaving.dropFirst(count) where Table.total(widths) > limit { shorten(index) }
      if Table.total(widths) <= limit { return widths }
    }
    for index in columns.indices where widths[index] > 0 && Table.total(widths) > limit { shorten(index) }
    return widths
  }

  private static let gap = 2

  private static func total(_ widths: [Int]) -> Int {
    let shown = widths.filter { $0 > 0 }
    return shown.reduce(0, +) + max(0, shown.count - 1) * gap
  }

  private func line(_ cells: [Cell], _ widths: [Int], _ style: TerminalStyle) -> String {
    var result = ""
    var blanks = 0
    for (index, cell) in cells.enumerated() where widths[index] > 0 {
      let text = DisplayWidth.shorten(cell.text, to: widths[index])
      let padding = max(0, widths[index] - DisplayWidth.of(text))
      if columns[index].isRight { blanks += padding }
      if !text.isEmpty {
        result += String(repeating: " ", count: blanks) + style.paint(text, cell.color)
        blanks = 0
      }
      blanks += (columns[index].isRight ? 0 : padding) + Table.gap
    }
    return result
  }
}
