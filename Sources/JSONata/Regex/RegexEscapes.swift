/// Backslashes and character classes.
extension RegexParser {
  /// After the backslash, outside a class.
  mutating func atomEscape() throws(JSONataError) -> RegexNode {
    guard let scalar = next else { throw failure("nothing follows this backslash", at: position - 1) }
    switch scalar {
    case "b":
      position += 1
      return .assertion(.wordBoundary)
    case "B":
      position += 1
      return .assertion(.noWordBoundary)
    case "1"..."9":
      if let reference = backReference() { return reference }
    case "k" where names.contains(where: { $0 != nil }):
      return try namedReference()
    default: break
    }
    if let ranges = classEscape() { return .single(.set(ScalarSet(ranges))) }
    return .single(.scalar(characterEscape(isInClass: false)))
  }

  /// `\12` names a group only where there are so many: otherwise it is an octal number, or a digit.
  private mutating func backReference() -> RegexNode? {
    var number = 0
    var end = position
    while end < pattern.count, ("0"..."9").contains(pattern[end]), number <= names.count {
      number = number * 10 + Int(pattern[end].value - 48)
      end += 1
    }
    guard number <= names.count else { return nil }
    position = end
    return .backReference(number)
  }

  private mutating func namedReference() throws(JSONataError) -> RegexNode {
    let start = position - 1
    position += 1
    guard skip("<"), let name = RegexParser.groupName(pattern, at: position) else {
      throw failure("the name of a group belongs here, as in \\k<name>", at: start)
    }
    position += name.unicodeScalars.count + 1
    guard let index = names.firstIndex(of: name) else {
      throw failure("there is no group with the name \(name)", at: start)
    }
    return .backReference(index + 1)
  }

  /// `\d` and its kin: nil, and nothing read, for another letter.
  private mutating func classEscape() -> [ClosedRange<UInt32>]? {
    let ranges: [ClosedRange<UInt32>]
    switch next {
    case "d": ranges = ScalarSet.digitRanges
    case "D": ranges = ScalarSet.complement(ScalarSet.digitRanges)
    case "w": ranges = ScalarSet.wordRanges
    case "W": ranges = ScalarSet.complement(ScalarSet.wordRanges)
    case "s": ranges = ScalarSet.spaceRanges
    case "S": ranges = ScalarSet.complement(ScalarSet.spaceRanges)
    default: return nil
    }
    position += 1
    return ranges
  }

  /// A backslash and what follows as one character; the caller knows that something follows.
  private mutating func characterEscape(isInClass: Bool) -> UInt32 {
    guard let scalar = next else { return 92 }
    position += 1
    switch scalar {
    case "t": return 9
    case "n": return 10
    case "v": return 11
    case "f": return 12
    case "r": return 13
    case "0"..."7": return octal(first: scalar)
    case "x": return hexadecimal(2) ?? scalar.value
    case "u": return codeUnits() ?? scalar.value
    case "c":
      if let letter = next, isControl(letter, isInClass: isInClass) {
        position += 1
        return letter.value % 32
      }
      // Not an escape: the backslash itself, and then a c.
      position -= 1
      return 92
    default: return scalar.value
    }
  }

  private func isControl(_ letter: Unicode.Scalar, isInClass: Bool) -> Bool {
    switch letter {
    case "a"..."z", "A"..."Z": true
    case "0"..."9", "_": isInClass
    default: false
    }
  }

  /// Annex B: up to three digits, up to 0o377.
  private mutating func octal(first: Unicode.Scalar) -> UInt32 {
    var value = first.value - 48
    var digits = 1
    while digits < 3, let digit = next, ("0"..."7").contains(digit), value * 8 + digit.value - 48 <= 0o377 {
      value = value * 8 + digit.value - 48
      position += 1
      digits += 1
    }
    return value
  }

  private mutating func hexadecimal(_ count: Int) -> UInt32? {
    guard position + count <= pattern.count else { return nil }
    var value: UInt32 = 0
    for scalar in pattern[position..<position + count] {
      guard scalar.isASCII, let digit = Character(scalar).hexDigitValue else { return nil }
      value = value * 16 + UInt32(digit)
    }
    position += count
    return value
  }

  /// The four digits after `\u`, and a second escape where the two are the halves of a pair.
  private mutating func codeUnits() -> UInt32? {
    guard let first = hexadecimal(4) else { return nil }
    guard (0xD800...0xDBFF).contains(first) else { return first }
    let start = position
    guard skip("\\u"), let second = hexadecimal(4), (0xDC00...0xDFFF).contains(second) else {
      position = start
      return first
    }
    return 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
  }

  /// After the opening bracket.
  mutating func characterClass() throws(JSONataError) -> ScalarSet {
    let start = position - 1
    let isNegated = skip("^")
    var ranges: [ClosedRange<UInt32>] = []
    while true {
      guard next != nil else { throw failure("this class is not closed", at: start) }
      if skip("]") { return ScalarSet(ranges, isNegated: isNegated) }
      let place = position
      let low = try classMember(start)
      guard next == "-", position + 1 < pattern.count, pattern[position + 1] != "]" else {
        ranges += low.ranges
        continue
      }
      position += 1
      let high = try classMember(start)
      if let from = low.single, let to = high.single {
        if from > to { throw failure("this range is out of order", at: place) }
        ranges.append(from...to)
      } else {
        // With `\d` at either end there is no range, and the hyphen stands for itself.
        ranges += low.ranges + [45...45] + high.ranges
      }
    }
  }

  private struct ClassMember {
    var ranges: [ClosedRange<UInt32>]
    /// Nil for `\d` and its kin.
    var single: UInt32?
  }

  private mutating func classMember(_ start: Int) throws(JSONataError) -> ClassMember {
    guard let scalar = next else { throw failure("this class is not closed", at: start) }
    position += 1
    var code = scalar.value
    if scalar == "\\" {
      if next == nil { throw failure("this class is not closed", at: start) }
      if let ranges = classEscape() { return ClassMember(ranges: ranges, single: nil) }
      code = skip("b") ? 8 : characterEscape(isInClass: true)
    }
    return ClassMember(ranges: [code...code], single: code)
  }
}
