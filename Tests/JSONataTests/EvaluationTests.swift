import JSONata
import JobModel
import Testing

@Suite("JSONata's evaluation")
struct EvaluationTests {
  static let order: JSONValue = [
    "a": [["b": 1, "c": ["x"]], ["b": 2, "c": ["y", "z"]]], "one": [7], "name": "Zoë", "empty": [],
    "big": 9_007_199_254_740_993, "text": "e\u{301}",
  ]

  @Test(
    "A path's values are a sequence, which stands for its only value",
    arguments: [
      ("a.b", "[1,2]"), ("a[0].b", "1"), ("a[-1].b", "2"), ("a[b=2].c", #"["y","z"]"#), ("a[5]", "nothing"),
      ("a[0].b[]", "[1]"), ("one", "[7]"), ("one[0]", "7"), ("a.c[0]", #"["x","y"]"#), ("(a.c)[0]", #""x""#),
      ("a.[b]", "[[1],[2]]"), ("[a.b, 3]", "[1,2,3]"), ("[[a.b], 3]", "[[1,2],3]"), ("a.nothing", "nothing"),
      ("empty", "[]"), ("$.one[0]", "7"), ("a.(b * 2)", "[2,4]"), ("a^(>b).b", "[2,1]"),
      ("a{$string(b): c}", #"{"1":["x"],"2":["y","z"]}"#), ("**.b", "[1,2]"), ("a.*[0]", "[1,2]"),
      ("a#$i.{'i': $i, 'b': b}.i", "[0,1]"), ("a@$v.$v.b", "[1,2]"), ("a.c.%.b", "[1,2,2]"),
      ("big", "9007199254740992"), ("a.b ~> $sum", "3"), ("$count(a) ?: 5", "2"), ("zip ?? 'none'", #""none""#),
    ])
  func paths(text: String, expected: String) {
    #expect(outcome(of: text, Self.order) == expected)
  }

  @Test(
    "The functions do what the documentation says",
    arguments: [
      ("$string(1/3)", #""0.333333333333333""#), ("$string(1e21)", #""1e+21""#), ("$string(1e-7)", #""1e-7""#),
      ("$string(0.000001)", #""0.000001""#), ("$string([1, {'a': null}])", #""[1,{\"a\":null}]""#),
      ("$string({'a': 1}, true)", #""{\n  \"a\": 1\n}""#), ("$length('a😀b')", "3"),
      ("$substring('a😀bc', 1, 2)", #""😀b""#), ("$substring('hello', -3)", #""llo""#),
      ("$substring('hello', 3, -1)", #""""#), ("$pad('x', -3, 'ab')", #""abx""#), ("$trim('  a \n b ')", #""a b""#),
      ("$split('a-b-c', '-', 2)", #"["a","b"]"#), ("$join(['a','b'], '-')", #""a-b""#),
      ("$replace('aXbX', 'X', '-', 1)", #""a-bX""#), ("$contains('abc', 'bc')", "true"),
      ("$round(2.5)", "2"), ("$round(123.455, 2)", "123.46"), ("$round(12345, -2)", "12300"),
      ("$number('0x1F')", "31"), ("$number('1e3')", "1000"), ("$number('x')", "D3030"), ("$power(2, 10)", "1024"),
      ("$power(0, -1)", "D3061"), ("$sqrt(-1)", "D3060"), ("1/0", "D1001"), ("5 % 3", "2"), ("-5 % 3", "-2"),
      ("$distinct([1, '1', 1, [2], [2]])", #"[1,"1",[2]]"#), ("$sort([3,1,2])", "[1,2,3]"), ("$sort([1,'a'])", "D3070"),
      ("$sort([1,2,3], function($l, $r){ $l < $r })", "[3,2,1]"), ("$zip([1,2],[3,4,5])", "[[1,3],[2,4]]"),
      ("$merge([{'a':1},{'b':2,'a':3}])", #"{"a":3,"b":2}"#), ("$keys([{'a':1},{'b':1}])", #"["a","b"]"#),
      ("$spread({'a':1,'b':2})", #"[{"a":1},{"b":2}]"#), ("$each({'a':1}, function($v, $k){ $k & $v })", #""a1""#),
      ("$sift({'a':1,'b':2}, function($v){ $v > 1 })", #"{"b":2}"#),
      ("$reduce([1,2,3], function($a, $b){ $a + $b })", "6"),
      ("$map([1,2], function($v, $i, $all){ $i & $count($all) })", #"["02","12"]"#), ("$single([1,2])", "D3138"),
      ("$filter([1,2,3], function($v){ $v > 1 })", "[2,3]"), ("$map(['1','2'], $number)", "[1,2]"),
      ("$type(function(){1})", #""function""#), ("$boolean([0, 1])", "true"), ("$not('')", "true"),
      ("$base64encode('hé')", #""aMOp""#), ("$base64decode('aMOp')", #""hé""#),
      ("$encodeUrlComponent('a b/é')", #""a%20b%2F%C3%A9""#), ("$encodeUrl('a b/é')", #""a%20b/%C3%A9""#),
      ("$decodeUrl('a%20b%2F')", #""a b%2F""#), ("$decodeUrlComponent('%2F')", #""/""#), ("$millis()", "1700000000000"),
      ("$eval('a.b')", "nothing"), ("$eval('1 +')", "D3120"), ("$error('no')", "D3137"), ("$assert(false)", "D3141"),
      ("{'a': 1} ~> |$|{'b': a + 1}, 'a'|", #"{"b":2}"#), ("$random() < 1", "true"), ("$count($shuffle([1..9]))", "9"),
      ("($add := function($a, $b){ $a + $b }; $inc := $add(1, ?); $inc(2))", "3"),
      ("$substringBefore('a-b', '-')", #""a""#),
      ("'b' < 'a'", "false"), ("'e\u{301}' = 'é'", "false"), ("null = null", "true"), ("nothing = nothing", "false"),
      ("2 in [1, 2]", "true"), ("true and nothing", "false"), ("'a' & nothing & 1", #""a1""#), ("[3..1]", "[]"),
    ])
  func functions(text: String, expected: String) {
    #expect(outcome(of: text) == expected)
  }

  @Test("Functions of the host are called, and functions of the language taken away")
  func host() {
    let twice = HostFunction(arguments: 1...2) { (values, _) throws(JSONataError) in
      values[0]?.integerValue.map { .integer($0 * 2) }
    }
    let functions: HostFunctions = ["twice": twice, "eval": .none, "sum": twice]
    #expect(outcome(of: "$twice(4)", functions: functions) == "8")
    #expect(outcome(of: "$map([1,2], $twice)", functions: functions) == "[2,4]")
    #expect(outcome(of: "$sum(4)", functions: functions) == "8")
    #expect(outcome(of: "$twice()", functions: functions) == "T0410")
    #expect(outcome(of: "$twice(nothing)", functions: functions) == "nothing")
    #expect(outcome(of: "$eval('1')", functions: functions) == "T1006")
    #expect(outcome(of: "$eval('1')") == "1")
    #expect(outcome(of: "twice(4)", functions: functions) == "T1005")
    #expect(outcome(of: "$sum", variables: ["sum": 5]) == "5")
    #expect(outcome(of: "$sum([1])", variables: ["sum": 5]) == "T1006")
  }

  @Test("Equal seeds give equal randomness, and the generator moves on")
  func randomness() throws {
    struct Counter: RandomNumberGenerator {
      var state: UInt64 = 1
      mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state
      }
    }
    func values() throws -> [JSONValue?] {
      var environment = JSONataEnvironment(now: Instant(milliseconds: 0), generator: Counter())
      let expression = try JSONataExpression("$random()")
      return [try expression.evaluate(nil, in: &environment), try expression.evaluate(nil, in: &environment)]
    }
    #expect(try values() == values())
    #expect(try values()[0] != values()[1])
  }
}
