/// A file's text by lines, as YAML breaks them, for showing the place of a mistake.
struct SourceText {
  let name: String
  /// Without a byte order mark, contiguous in memory.
  let text: String
  private let lineStarts: [String.Index]

  init(name: String, text: String) {
    var text = text
    if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
    text.makeContiguousUTF8()
    self.name = name
    self.text = text
    lineStarts = SourceText.lineStarts(of: text)
  }

  /// CR LF, LF and CR end a line, and so do NEL, LS and PS (YAML 1.1 §5.4, which libyaml follows).
  private static func lineStarts(of text: String) -> [String.Index] {
    let bytes = text.utf8
    var starts = [bytes.startIndex]
    var index = bytes.startIndex
    var recent: UInt32 = 0
    while index < bytes.endIndex {
      recent = recent << 8 | UInt32(bytes[index])
      index = bytes.index(after: index)
      let isBreak =
        switch recent & 0xFF {
        case 0x0A: true
        case 0x0D: index == bytes.endIndex || bytes[index] != 0x0A
        case 0x85: recent & 0xFFFF == 0xC285
        case 0xA8, 0xA9: recent & 0xFF_FF00 == 0xE2_8000
        default: false
        }
      if isBreak { starts.append(index) }
    }
    return starts
  }

  /// The text of a line, from 1, without what ends it; nil beyond the last.
  func line(_ number: Int) -> Substring? {
    guard lineStarts.indices.contains(number - 1) else { return nil }
    let end = number < lineStarts.count ? lineStarts[number] : text.endIndex
    var line = text[lineStarts[number - 1]..<end]
    while let last = line.unicodeScalars.last, "\n\r\u{85}\u{2028}\u{2029}".unicodeScalars.contains(last) {
      line.unicodeScalars.removeLast()
    }
    return line
  }

  /// Where a place stands in the text.
  func index(of place: Place) -> String.Index? {
    guard let line = line(place.line) else { return nil }
    return line.unicodeScalars.index(line.startIndex, offsetBy: place.column - 1, limitedBy: line.endIndex)
  }

  /// The line as a diagnostic may show it: nil where it may hold the values of an environment or of options,
  /// a URL whose path is a secret, or what somebody took for the place of a secret.
  func presentableLine(_ number: Int) -> String? {
    guard let line = line(number), !SourceText.mayHoldSecrets(line) else { return nil }
    var indentation = SourceText.indentation(of: line)
    var isItem = line.drop(while: \.isWhitespace).hasPrefix("-")
    // The keys under which the line stands are those above it that are indented less and less; the items
    // of a list may stand at the indentation of their key.
    for current in stride(from: number - 1, to: max(0, number - 1 - SourceText.linesSearched), by: -1) {
      guard indentation > 0 || isItem, let above = self.line(current) else { break }
      let content = above.drop(while: \.isWhitespace)
      guard let first = content.first, first != "#" else { continue }
      let depth = SourceText.indentation(of: above)
      guard depth < indentation || (isItem && depth == indentation && first != "-") else { continue }
      if SourceText.mayHoldSecrets(above) { return nil }
      indentation = depth
      isItem = first == "-"
    }
    return String(line)
  }

  /// How far above a line its keys are looked for: longer environments are not to be expected.
  private static let linesSearched = 500

  private static func indentation(of line: Substring) -> Int {
    line.unicodeScalars.prefix { $0 == " " || $0 == "\t" }.count
  }

  private static func mayHoldSecrets(_ line: Substring) -> Bool {
    let line = line.lowercased()
    return [
      "environment", "secrets", "valuefrom", "options", "driveropts", "webhook", "deadmanping", "url:", "url\":", "://",
    ].contains { line.contains($0) }
  }
}
