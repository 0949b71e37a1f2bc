import JobModel
import Testing

@testable import JSONata

/// The code of what a body throws; nil where it throws nothing.
func pictureErrorCode(_ body: () throws(JSONataError) -> some Any) -> String? {
  do {
    _ = try body()
    return nil
  } catch { return error.code }
}

@Suite("Number pictures") struct PictureNumberTests {
  @Test(
    "lay digits out",
    arguments: [
      (1.0, "0", "1"), (0, "#", "0"), (0.5, "#.#", ".5"), (0.5, "#0.#", "0.5"), (1.5, "0.", "2"), (2.5, "0", "2"),
      (12.345, "#,##0.00", "12.34"), (0.25, "0.0", "0.2"), (2.675, "0.00", "2.68"), (-0.4, "0", "-0"),
      (1_234_567.8, "#,##0.0#", "1,234,567.8"), (12, "#,##,##0", "12"), (1_234_567, "#,##,##0", "12,34,567"),
      (123_456_789, "9,9,99", "123456,7,89"), (0.123456, "0.00,00,00", "0.12,34,56"), (0.1, "0.0,0", "0.1,0"),
      (1234.5678, "00.000e0", "12.346e2"), (1234.5678, "00.000e000", "12.346e002"), (0.234, "0.0e0", "2.3e-1"),
      (-42, "0e0", "-4e1"), (0, "0.00e0", "0.00e0"), (42, "x0e0y", "x4e1y"), (0.14, "0%", "14%"),
      (0.014, "0\u{2030}", "14\u{2030}"), (-6, "#;(#)", "(6)"), (6, "#;(#)", "6"),
      (1e21, "0", "1000000000000000000000"),
      (0.1, "0.00000000000000000000", "0.10000000000000000555"), (1e300, "0.0e0", "1.0e300"),
      (.leastNonzeroMagnitude, "0.0e0", "4.9e-324"), (100, "##0", "100"), (7, "No 000!", "No 007!"),
    ]) func formatted(value: Double, picture: String, text: String) throws
  {
    #expect(try formatNumber(value, picture: picture, options: nil) == text)
  }

  @Test("take the options' characters") func options() throws {
    let german: JSONObject = ["decimal-separator": ",", "grouping-separator": "."]
    #expect(try formatNumber(1234.5, picture: "#.##0,00", options: german) == "1.234,50")
    let circled: JSONObject = ["zero-digit": "\u{245F}"]
    #expect(
      try formatNumber(1234.5678, picture: "\u{2460}\u{2460}.\u{2460}\u{2460}\u{2460}e\u{2460}", options: circled)
        == "\u{2460}\u{2461}.\u{2462}\u{2463}\u{2465}e\u{2461}")
    #expect(try formatNumber(-3, picture: "0", options: ["minus-sign": "minus "]) == "minus 3")
    #expect(try formatNumber(0.5, picture: "0pc", options: ["percent": "pc"]) == "50pc")
    #expect(try formatNumber(.infinity, picture: "(0)", options: ["infinity": "much"]) == "(much)")
    #expect(try formatNumber(.nan, picture: "0", options: ["NaN": "none"]) == "none")
    #expect(try formatNumber(1, picture: "0|0", options: ["pattern-separator": "|", "unknown": 3]) == "1")
  }

  @Test(
    "are refused by the last rule that they break",
    arguments: [
      ("#;#;#", "D3080"), ("0.0.0", "D3081"), ("0%%", "D3082"), ("0\u{2030}\u{2030}", "D3083"),
      ("0%\u{2030}", "D3084"), ("..", "D3085"), ("", "D3085"), ("k", "D3086"), ("%%", "D3086"), ("0x0", "D3086"),
      ("0,.0", "D3087"), ("0.,0", "D3087"), ("0,", "D3088"), ("0,,0", "D3089"), ("0#", "D3090"), ("0.#0", "D3091"),
      ("0e0%", "D3092"), ("0e#", "D3093"), ("0euro", "D3093"), ("e", "D3093"),
    ]) func mistakes(picture: String, expected: String)
  {
    #expect(
      pictureErrorCode { () throws(JSONataError) in try formatNumber(1, picture: picture, options: nil) } == expected)
  }

  @Test("are refused with options that are no text, and where they are too long") func badOptions() {
    let wrong: [JSONObject] = [["digit": 3], ["zero-digit": ""], ["zero-digit": "\u{10FFFF}"]]
    for options in wrong {
      #expect(
        pictureErrorCode { () throws(JSONataError) in try formatNumber(1, picture: "0", options: options) } == "T0410")
    }
    let long = String(repeating: "0", count: 1_001)
    #expect(pictureErrorCode { () throws(JSONataError) in try formatNumber(1, picture: long, options: nil) } == "U1001")
  }

  @Test("may ask for more digits than a double has") func manyDigits() throws {
    let zeros = String(repeating: "0", count: 400)
    #expect(try formatNumber(5, picture: zeros, options: nil) == String(repeating: "0", count: 399) + "5")
    let scaled = try formatNumber(1, picture: zeros + "e0", options: nil)
    #expect(scaled.hasSuffix("e-308") && scaled.count == 405)
    #expect(try formatNumber(1e300, picture: "0%", options: nil).count == 304)
    #expect(try formatNumber(1e308, picture: "0%", options: nil) == "Infinity%")
  }

  @Test("of bases are from 2 to 36") func bases() throws {
    #expect(try formatBase(100, radix: 2) == "1100100")
    #expect(try formatBase(-255, radix: 16) == "-ff")
    #expect(try formatBase(2.5, radix: 10) == "2")
    #expect(try formatBase(99.5, radix: 2.5) == "1100100")
    #expect(try formatBase(0, radix: 7) == "0")
    #expect(try formatBase(18_014_398_509_481_984, radix: 16) == "40000000000000")
    #expect(try formatBase(1e21, radix: 10) == "1e+21")
    for radix in [1, 37, -2, .nan] {
      #expect(pictureErrorCode { () throws(JSONataError) in try formatBase(1, radix: radix) } == "D3100")
    }
    let error = #expect(throws: JSONataError.self) { try formatBase(1, radix: 37) }
    #expect(error?.message == "The radix of the formatBase function must be between 2 and 36.  It was given 37")
  }

  @Test(
    "write numbers as JavaScript does",
    arguments: [
      (0.0, "0"), (-0.0, "0"), (1, "1"), (-1.5, "-1.5"), (1e20, "100000000000000000000"), (1e21, "1e+21"),
      (1.25e-7, "1.25e-7"), (0.000001, "0.000001"), (123456.789, "123456.789"), (.leastNonzeroMagnitude, "5e-324"),
      (.nan, "NaN"),
    ]) func plain(value: Double, text: String)
  {
    #expect(DecimalText.plain(value) == text)
  }
}
