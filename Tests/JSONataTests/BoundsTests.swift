import JSONata
import JobModel
import Testing

@Suite("JSONata's bounds")
struct BoundsTests {
  struct Hostile: CustomTestStringConvertible {
    var title: String
    var text: String
    var expected: String
    var testDescription: String { title }

    init(_ title: String, _ text: String, _ expected: String) {
      self.title = title
      self.text = text
      self.expected = expected
    }
  }

  static let hostile: [Hostile] = [
    Hostile("brackets without end", String(repeating: "(", count: 90_000), "U1001"),
    Hostile("arrays without end", String(repeating: "[", count: 90_000), "U1001"),
    Hostile("signs without end", String(repeating: "-", count: 90_000) + "1", "U1001"),
    Hostile("a chain without end", "1" + String(repeating: "+1", count: 40_000), "U1001"),
    Hostile("a path without end", "a" + String(repeating: ".a", count: 40_000), "U1001"),
    Hostile("predicates without end", "a" + String(repeating: "[0]", count: 30_000), "U1001"),
    Hostile("conditions without end", String(repeating: "1?", count: 40_000) + "1", "U1001"),
    Hostile("functions without end", String(repeating: "function(){", count: 8_000), "U1001"),
    Hostile("an expression that is too long", String(repeating: " ", count: 100_001), "U1001"),
    Hostile(
      "brackets as deep as may be", String(repeating: "(", count: 249) + "1" + String(repeating: ")", count: 249), "1"),
    Hostile("a chain as long as may be", "1" + String(repeating: "+1", count: 480), "481"),
    Hostile("recursion that is not in the last place", "($f := function($n){ 1 + $f($n + 1) }; $f(0))", "U1001"),
    Hostile("recursion without end in the last place", "($f := function(){ $f() }; $f())", "U1001"),
    Hostile("recursion through $map", "($f := function($x){ $map([1], function($y){ 1 + $f($y) }) }; $f(1))", "U1001"),
    Hostile("recursion through $eval", "($e := '$eval($e)'; $eval($e))", "U1001"),
    Hostile("recursion as deep as may be", "($f := function($n){ $n = 0 ? 0 : 1 + $f($n - 1) }; $f(480))", "480"),
    Hostile("tail calls, many of them", "($f := function($n){ $n = 0 ? 'done' : $f($n - 1) }; $f(20000))", #""done""#),
    Hostile("a range that is too long", "[1..10000001]", "D2014"),
    Hostile("a range of no sense", "[1..1e308]", "D2014"),
    Hostile("a long range that is only counted", "$count([1..10000000])", "10000000"),
    Hostile("a join that explodes", "[1..100000].([1..100000])", "U1001"),
    Hostile("joins by binding", "[1..3000]@$a.[1..3000]@$b.[1..3000]@$c", "U1001"),
    Hostile("a text that doubles", "$reduce([1..60], function($a, $v){ $a & $a }, 'x')", "U1001"),
    Hostile("a list that doubles", "$reduce([1..60], function($a, $v){ $append($a, $a) }, [1])", "U1001"),
    Hostile("an object that doubles", "$reduce([1..100], function($a, $v){ {'l': $a, 'r': $a} }, 1)", "U1001"),
    Hostile(
      "an object that doubles, compared",
      "($x := $reduce([1..60], function($a, $v){ {'l': $a, 'r': $a} }, 1); $y := $reduce([1..60], function($a, $v){ {'l': $a, 'r': $a} }, 1); $x = $y)",
      "U1001"),
    Hostile(
      "an object that doubles, as text", "$string($reduce([1..60], function($a, $v){ {'l': $a, 'r': $a} }, 1))", "U1001"
    ),
    Hostile("data that nests without end", "$reduce([1..100000], function($a, $v){ [[$a]] }, 1)", "U1001"),
    Hostile(
      "functions around functions",
      "($f := function($g, $n){ $n = 0 ? $g : $f(function($x){ $g($x) }, $n - 1) }; $type($f($string, 5000)))",
      #""function""#),
    Hostile(
      "chains of functions",
      "($f := function($g, $n){ $n = 0 ? $g : $f($g ~> $string, $n - 1) }; $type($f($string, 5000)))",
      #""function""#),
    Hostile(
      "a list of nothing that doubles", "$boolean($reduce([1..60], function($a, $v){ [[$a], [$a]] }, 0))", "U1001"),
    Hostile("padding without end", "$pad('', 1e12)", "U1001"),
    Hostile("an object that becomes its own member", "$ ~> |a|{'self': $}|", #"{"a":{"b":1,"self":{"b":1}}}"#),
  ]

  @Test("Hostile expressions end with an error on a small stack", arguments: hostile)
  func hostileExpressions(_ row: Hostile) {
    // Fewer steps than usual: without optimization they take long.
    var smaller = JSONataLimits()
    smaller.steps = 500_000
    smaller.allocation = 5_000_000
    let limits = smaller
    let result = onSmallStack { outcome(of: row.text, ["a": ["b": 1]], limits: limits) }
    #expect(result == row.expected)
  }

  @Test("The limits given to an evaluation hold")
  func limits() {
    var limits = JSONataLimits()
    limits.callDepth = 10
    let recursion = "($f := function($n){ $n = 0 ? 0 : 1 + $f($n - 1) }; $f(%))"
    #expect(outcome(of: recursion.replacing("%", with: "9"), limits: limits) == "9")
    #expect(outcome(of: recursion.replacing("%", with: "10"), limits: limits) == "U1001")
    limits = JSONataLimits()
    limits.steps = 100
    #expect(outcome(of: "$sum([1..1000].($ + 1))", limits: limits) == "U1001")
    limits = JSONataLimits()
    limits.syntaxDepth = 5
    #expect(outcome(of: "((((1))))", limits: limits) == "1")
    #expect(outcome(of: "(((((1)))))", limits: limits) == "U1001")
    limits = JSONataLimits()
    limits.expressionLength = 4
    #expect(outcome(of: "1234", limits: limits) == "1234")
    #expect(outcome(of: "12345", limits: limits) == "U1001")
  }
}
