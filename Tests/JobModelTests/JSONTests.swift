import Foundation
import JobModel
import Testing

@Suite("JSON")
struct JSONTests {
  @Test(
    "What is read is written the same way",
    arguments: [
      "null", "true", "false", "0", "-1", "9223372036854775807", "1.5", "1.0", "\"\"", "\"a\\\"b\\\\c\\n\\t\\u0001\"",
      "[]", "{}",
      "[1,[2,{\"a\":null}]]", "{\"z\":1,\"a\":{\"y\":2,\"b\":[]}}", "\"日本 🚢\"",
    ])
  func roundTrip(text: String) throws {
    #expect(try JSONValue.parse(text).text == text)
  }

  @Test(
    "Space, escapes, surrogate pairs and a byte order mark are read",
    arguments: [
      (" [ 1 ,\n2 ] ", JSONValue.array([1, 2])), (#""\u00e9\/\b\f\r""#, "é/\u{08}\u{0C}\r"), (#""\ud83d\udea2""#, "🚢"),
      (#""\ud83dx""#, "\u{FFFD}x"), ("\u{FEFF}1", 1), ("1e3", 1000), ("-0.5E-1", -0.05),
      ("9223372036854775808", .double(9_223_372_036_854_775_808)),
    ])
  func reading(text: String, expected: JSONValue) throws {
    #expect(try JSONValue.parse(text) == expected)
  }

  @Test(
    "What is no JSON is refused with its place",
    arguments: [
      ("", 1, 1), ("{\n  \"a\": 1,\n}", 3, 1), ("[1 2]", 1, 4), ("01", 1, 2), ("1.", 1, 3), ("\"a", 1, 3),
      ("\"\\x\"", 1, 4),
      ("{\"a\":1,\"a\":2}", 1, 8), ("nul", 1, 1), ("\"\u{01}\"", 1, 2), ("1e999", 1, 6), ("'a'", 1, 1), ("[1,]", 1, 4),
      ("\"\\u12\"", 1, 4), ("{1:2}", 1, 2), ("\"\\\n\"", 1, 4), ("\"\\\u{1B}\"", 1, 4),
    ])
  func refused(text: String, line: Int, column: Int) {
    let error = #expect(throws: JSONParseError.self) { try JSONValue.parse(text) }
    #expect(error?.line == line)
    #expect(error?.column == column)
    #expect(error.map { $0.message == $0.message.onOneLine } == true)
  }

  @Test("Bytes that are not UTF-8 are refused")
  func badEncoding() {
    #expect(throws: JSONParseError.self) { try JSONValue.parse([0x22, 0xFF, 0x22]) }
  }

  @Test("Nesting is read to its bound and refused beyond it")
  func depth() throws {
    func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
    _ = try JSONValue.parse(nested(Limits.jsonDepth))
    #expect(throws: JSONParseError.self) { try JSONValue.parse(nested(Limits.jsonDepth + 1)) }
    #expect(throws: JSONParseError.self) { try JSONValue.parse(String(repeating: "[", count: 1_000_000)) }
  }

  @Test("A text as deep as may be is read on a small stack")
  func stack() {
    let text =
      String(repeating: #"{"a":["#, count: Limits.jsonDepth / 2) + "1"
      + String(repeating: "]}", count: Limits.jsonDepth / 2)
    nonisolated(unsafe) var isRead = false
    let done = DispatchSemaphore(value: 0)
    let thread = Thread {
      isRead = (try? JSONValue.parse(text)) != nil
      done.signal()
    }
    // The threads of Swift's concurrency have twice as much.
    thread.stackSize = 256 << 10
    thread.start()
    done.wait()
    #expect(isRead)
  }

  @Test("The source map knows each value's line, and a missing value's parent's")
  func sourceMap() throws {
    let (_, map) = try JSONValue.parseWithSourceMap("{\n \"a/b\": [\n  1,\n  2\n ]\n}")
    #expect(map.line(of: "") == 1)
    #expect(map.line(of: "/a~1b/1") == 4)
    #expect(map.line(of: "/a~1b/7") == 2)
    #expect(map.line(of: "/nowhere") == 1)
  }

  @Test("Numbers are equal by value, objects in any order")
  func equality() {
    #expect(JSONValue.integer(1) == .double(1))
    #expect(JSONValue.integer(1) != .double(1.5))
    #expect(["a": 1, "b": 2] as JSONValue == ["b": 2, "a": 1])
    #expect(["a": 1] as JSONValue != ["a": 1, "b": 2])
    #expect(JSONValue.bool(true) != 1)
  }

  @Test("Values are asked for by shape")
  func shapes() {
    let value: JSONValue = ["n": 3.0, "list": [1, "x"], "s": "t"]
    #expect(value["n"]?.integerValue == 3)
    #expect(value["list"]?[1]?.stringValue == "x")
    #expect(value["list"]?[2] == nil)
    #expect(value["s"]?.numberValue == nil)
    #expect(value["s"]?.kind == "string")
  }

  @Test("Pretty text has two spaces a level")
  func pretty() {
    #expect((["a": [1], "b": [:]] as JSONValue).prettyText == "{\n  \"a\": [\n    1\n  ],\n  \"b\": {}\n}")
  }

  @Test("An object keeps the order of its keys, with new ones at the end")
  func order() {
    var object: JSONObject = ["z": 1, "a": 2]
    object["m"] = 3
    object["z"] = 4
    #expect(object.keys == ["z", "a", "m"])
    object["a"] = nil
    #expect(object.map(\.key) == ["z", "m"])
    #expect(object.removeValue(forKey: "nothing") == nil)
  }
}
