import Testing

@testable import JSONata

@Suite("Regular expressions that cannot be read, or would not end") struct RegularExpressionBoundTests {
  private func problem(_ pattern: String) -> JSONataError? {
    do {
      _ = try RegularExpression(pattern, ignoresCase: false, isMultiline: false)
      return nil
    } catch { return error }
  }

  @Test(
    "are refused with the place of the mistake",
    arguments: [
      ("a(b", 1, "this group is not closed"), ("a)b", 1, "this ) closes no group"),
      ("a[b", 1, "this class is not closed"), ("*a", 0, "there is nothing to repeat"),
      ("a**", 2, "there is nothing to repeat"), ("a|{2}", 2, "there is nothing to repeat"),
      ("^*", 1, "there is nothing to repeat"), ("(?<=a)*", 6, "there is nothing to repeat"),
      ("a{3,2}", 1, "the numbers of a repetition are out of order"), ("[b-a]", 1, "this range is out of order"),
      ("(?<1a>b)", 3, "a group's name is letters and digits up to a >"), ("(?#a)", 0, "this is no kind of group"),
      ("(?<a>b)\\k<c>", 7, "there is no group with the name c"), ("ab\\", 2, "nothing follows this backslash"),
      ("(?<a>b)(?<a>c)", 0, "there are two groups with the name a"),
      ("a{1000001}", 2, "a repetition is of at most 1000000"),
      ("a{99999999999999999999}", 2, "a repetition is of at most 1000000"),
    ]) func mistakes(pattern: String, place: Int, message: String)
  {
    let error = problem(pattern)
    #expect(error?.code == "S0302")
    #expect(error?.position == place)
    #expect(error?.message == "Invalid regular expression: at character \(place + 1), \(message)")
  }

  @Test("are refused where they are empty, too long or too deep") func bounds() {
    #expect(problem("")?.code == "S0301")
    #expect(problem(String(repeating: "a", count: RegexLimits.length)) == nil)
    #expect(problem(String(repeating: "a", count: RegexLimits.length + 1))?.code == "S0302")
    func nested(_ depth: Int) -> String {
      String(repeating: "(", count: depth) + "a" + String(repeating: ")*", count: depth)
    }
    #expect(problem(nested(RegexLimits.depth)) == nil)
    #expect(problem(nested(RegexLimits.depth + 1))?.code == "S0302")
    #expect(problem(String(repeating: "(", count: RegexLimits.length))?.code == "S0302")
  }

  @Test("match at the greatest depth") func deep() throws {
    let pattern = String(repeating: "(", count: 200) + "a" + String(repeating: ")", count: 200)
    #expect(try firstFound(pattern, "ba") == Array(repeating: "a", count: 201))
  }

  private func error(
    of pattern: String, in text: String, limits: JSONataLimits = JSONataLimits()
  ) throws -> JSONataError? {
    let expression = try RegularExpression(pattern, ignoresCase: false, isMultiline: false)
    var budget = EvaluationBudget(limits)
    do {
      _ = try expression.firstMatch(in: Array(text.unicodeScalars), from: 0, budget: &budget)
      return nil
    } catch { return error }
  }

  @Test(
    "end with an error when the steps are used up",
    arguments: [
      "(a+)+b", "(a*)*b", "(a|aa)+b", "(a|a?)+b", "^(([a-z])+.)+[A-Z]([a-z])+$", "(.*a){20}b", "(?:a?){60}a{60}b",
      "(?=(a+)+b)", "(?<!c(a+)+)b", "(?:(?:){1000000}){1000000}", "(a+)+\\1b",
    ]) func catastrophes(pattern: String) throws
  {
    #expect(try error(of: pattern, in: String(repeating: "a", count: 60) + "!")?.code == "U1001")
  }

  @Test("do not overflow with a long text, and stop where the stack is full") func longTexts() throws {
    let text = String(repeating: "ab", count: 50_000)
    #expect(try firstFound("^(a|b)*$", text)?.count == 2)
    #expect(try firstFound("^.*b$", text)?.first == text)
    #expect(try firstFound("^(?:ab)+?$", text)?.first == text)
    var limits = JSONataLimits()
    limits.steps = .max
    let error = try error(of: "^(a|b)*$", in: String(repeating: text, count: 5), limits: limits)
    #expect(error?.code == "U1001")
    #expect(error?.message == "The regular expression has too many ways to match")
  }

  @Test("pay for the characters that a run looks at") func payment() throws {
    var limits = JSONataLimits()
    limits.steps = 1_000
    #expect(try error(of: "a*", in: String(repeating: "a", count: 900), limits: limits) == nil)
    #expect(try error(of: "a*", in: String(repeating: "a", count: 1_100), limits: limits)?.code == "U1001")
  }
}
