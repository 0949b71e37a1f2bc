import Testing

@testable import JSONata

/// The first match and its groups, as text; nil where there is none.
func firstFound(
  _ pattern: String, _ text: String, ignoresCase: Bool = false, isMultiline: Bool = false, from start: Int = 0
) throws -> [String?]? {
  let expression = try RegularExpression(pattern, ignoresCase: ignoresCase, isMultiline: isMultiline)
  let scalars = Array(text.unicodeScalars)
  var budget = EvaluationBudget(JSONataLimits())
  guard let match = try expression.firstMatch(in: scalars, from: start, budget: &budget) else { return nil }
  func part(_ range: Range<Int>) -> String { String(String.UnicodeScalarView(scalars[range])) }
  return [part(match.range)] + match.groups.map { $0.map(part) }
}

@Suite("Regular expressions") struct RegularExpressionTests {
  struct Row: CustomTestStringConvertible, Sendable {
    var pattern: String
    var text: String
    var found: [String?]?

    init(_ pattern: String, _ text: String, _ found: [String?]?) {
      self.pattern = pattern
      self.text = text
      self.found = found
    }

    var testDescription: String { "/\(pattern)/ in \(text.debugDescription)" }
  }

  @Test(
    "take the first of the alternatives, and as much as they may",
    arguments: [
      Row("a|ab", "ab", ["a"]), Row("(a|ab)(c|bcd)(d*)", "abcd", ["abcd", "a", "bcd", ""]),
      Row("b+", "abbb", ["bbb"]), Row("b+?", "abbb", ["b"]), Row("b*", "abbb", [""]), Row("ab??b", "abb", ["ab"]),
      Row("b{2}", "abbb", ["bb"]), Row("b{2,}", "abbb", ["bbb"]), Row("b{1,2}?$", "abbb", ["bb"]),
      Row("b{4}", "abbb", nil), Row("(?:ab){2}", "xababab", ["abab"]), Row(".*x", "axbxc", ["axbx"]),
      Row(".*?x", "axbxc", ["ax"]), Row("(a*)*", "b", ["", nil]), Row("(a*)+", "b", ["", ""]),
      Row("(?:)", "", [""]), Row("a||b", "b", [""]), Row("x*$", "aaxx", ["xx"]), Row("x{0}y", "xy", ["y"]),
    ]) func alternatives(row: Row) throws
  {
    #expect(try firstFound(row.pattern, row.text) == row.found)
  }

  @Test(
    "capture, and forget what an earlier repetition captured",
    arguments: [
      Row("(z)((a+)?(b+)?(c))*", "zaacbbbcac", ["zaacbbbcac", "z", "ac", "a", nil, "c"]),
      Row("(?:(a)|b)*", "ab", ["ab", nil]),
      Row("(?<year>\\d{4})-(?<month>\\d\\d)", "2026-11", ["2026-11", "2026", "11"]),
      Row("(a)\\1", "xaa", ["aa", "a"]), Row("(?<q>['\"]).*?\\k<q>", "a 'b\"c' d", ["'b\"c'", "'"]),
      Row("\\k<later>(?<later>a)", "a", ["a", "a"]), Row("\\1(a)", "aa", ["a", "a"]), Row("(a)|\\1b", "b", ["b", nil]),
      Row("(?:(?=(\\d+))\\w+?){2}", "12ab", ["12", "2"]),
    ]) func groups(row: Row) throws
  {
    #expect(try firstFound(row.pattern, row.text) == row.found)
  }

  @Test(
    "look ahead and behind",
    arguments: [
      Row("a(?=b)", "acab", ["a"]), Row("a(?!c)", "acab", ["a"]), Row("(?=(a+))a*b\\1", "baaabac", ["aba", "a"]),
      Row("(?<=\\$)\\d+", "a1 $23", ["23"]), Row("(?<!\\$)\\b\\d+", "$23 45", ["45"]),
      Row("(?<=(\\d+)(\\d+))$", "1053", ["", "1", "053"]), Row("(?<=\\1(a))b", "aab", ["b", "a"]),
      Row("(?<=^|,)x", "a,x", ["x"]), Row("(.*?)a(?!(a+)b\\2c)\\2(.*)", "baaabaac", ["baaabaac", "ba", nil, "abaac"]),
      Row("(?=a)*b", "ab", ["b"]), Row("(?!a|b).", "abc", ["c"]),
    ]) func looks(row: Row) throws
  {
    #expect(try firstFound(row.pattern, row.text) == row.found)
  }

  @Test(
    "know classes and escapes",
    arguments: [
      Row("[b-d]+", "abcde", ["bcd"]), Row("[^b-d]+", "bcxyd", ["xy"]), Row("[]", "a", nil), Row("[^]", "\n", ["\n"]),
      Row("[\\d-x]+", "a1-xb", ["1-x"]), Row("[a\\]]+", "x]a", ["]a"]), Row("[-a]+", "b-a", ["-a"]),
      Row("\\w+", "é_a1-", ["_a1"]), Row("\\W", "aé", ["é"]),
      Row("\\s+", "a\u{A0}\u{FEFF}\t\nb", ["\u{A0}\u{FEFF}\t\n"]),
      Row("\\S+", " ab ", ["ab"]), Row("\\D+", "12ab", ["ab"]), Row("\\bb\\w*", "abb bc", ["bc"]),
      Row("\\Bb", "bab", ["b"]),
      Row("\\x41\\u0042\\t\\n", "AB\t\n", ["AB\t\n"]), Row("\\u{2}", "auu", ["uu"]), Row("\\ud83d\\ude00", "😀", ["😀"]),
      Row("[\\b]", "\u{8}", ["\u{8}"]), Row("\\cJ", "\n", ["\n"]), Row("\\0", "\0", ["\0"]), Row("\\101", "A", ["A"]),
      Row("\\8", "8", ["8"]), Row("\\/\\.\\q", "/.q", ["/.q"]), Row("a{,2}]", "a{,2}]", ["a{,2}]"]),
    ]) func classes(row: Row) throws
  {
    #expect(try firstFound(row.pattern, row.text) == row.found)
  }

  @Test("see the ends of the text, and of lines with the flag m") func lines() throws {
    #expect(try firstFound("^b", "a\nb") == nil)
    #expect(try firstFound("^b$", "a\nb\nc", isMultiline: true) == ["b"])
    #expect(try firstFound("a$", "a\n") == nil)
    #expect(try firstFound(".+", "ab\ncd") == ["ab"])
  }

  @Test(
    "compare without case with the flag i",
    arguments: [
      Row("HAT", "that", ["hat"]), Row("[a-c]+", "xABCd", ["ABC"]), Row("[^a]", "Ab", ["b"]), Row("é", "É", ["É"]),
      Row("(a)\\1", "aA", ["aA", "a"]), Row("[µ]", "Μ", ["Μ"]), Row("\\w", "ſ", nil), Row("k", "\u{212A}", nil),
      Row("ß", "SS", nil), Row("[\\u0400-\\uffff]", "жЖ", ["ж"]),
    ]) func cases(row: Row) throws
  {
    #expect(try firstFound(row.pattern, row.text, ignoresCase: true) == row.found)
  }

  @Test("count in Unicode scalars, from where they are told") func scalars() throws {
    #expect(try firstFound("^.$", "😀") == ["😀"])
    #expect(try firstFound("e\u{301}", "cafe\u{301}") == ["e\u{301}"])
    #expect(try firstFound("e", "cafe\u{301}") == ["e"])
    #expect(try firstFound("a", "aba", from: 1) == ["a"])
    #expect(try firstFound("^a", "aba", from: 2) == nil)
    let expression = try RegularExpression("b*", ignoresCase: false, isMultiline: false)
    var budget = EvaluationBudget(JSONataLimits())
    let match = try expression.firstMatch(in: ["a", "b"], from: 2, budget: &budget)
    #expect(match == RegularExpression.Match(range: 2..<2, groups: []))
    #expect(try expression.firstMatch(in: ["a"], from: 2, budget: &budget) == nil)
  }
}
