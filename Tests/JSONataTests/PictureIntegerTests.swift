import Testing

@testable import JSONata

@Suite("Integer pictures") struct PictureIntegerTests {
  @Test(
    "write digits",
    arguments: [
      (123.0, "0", "123"), (5, "000", "005"), (-3.5, "00", "-04"), (1234, "#,##0", "1,234"), (12, "0,000", "0,012"),
      (1_234_567, "#,##,000", "12,34,567"), (12, "#,##,000", "012"), (1_234_567, "#:###,00", "12:345,67"),
      (12, "٠٠٠", "٠١٢"), (7, "𝟎𝟎", "𝟎𝟕"), (5, "0,", "5,"),
      (1e21, "0", "1e+21"), (9_007_199_254_740_992, "#,##0", "9,007,199,254,740,992"),
    ]) func digits(value: Double, picture: String, text: String) throws
  {
    #expect(try formatInteger(value, picture: picture) == text)
  }

  @Test(
    "write ordinals",
    arguments: [
      (1.0, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (13, "13th"), (21, "21st"),
      (101, "101st"), (111, "111th"), (0, "0th"),
    ]) func ordinals(value: Double, text: String) throws
  {
    #expect(try formatInteger(value, picture: "0;o") == text)
    #expect(try parseInteger(text, picture: "0;o") == value)
  }

  @Test(
    "write and read words",
    arguments: [
      (0.0, "w", "zero"), (12, "w", "twelve"), (34, "Ww", "Thirty-Four"), (100, "w", "one hundred"),
      (730, "w", "seven hundred and thirty"), (1_001, "w", "one thousand and one"),
      (1_100, "w", "one thousand, one hundred"),
      (1_000_020, "W", "ONE MILLION AND TWENTY"), (2e12, "w", "two trillion"), (1e15, "w", "one thousand trillion"),
      (1e24, "w", "one trillion trillion"), (20, "w;o", "twentieth"), (100, "w;o", "one hundredth"),
      (1_000, "w;o", "one thousandth"), (1e6, "w;o", "one millionth"), (42, "Ww;o", "Forty-Second"),
      (1_003, "w;o", "one thousand and third"), (0, "w;o", "zeroth"),
    ]) func words(value: Double, picture: String, text: String) throws
  {
    #expect(try formatInteger(value, picture: picture) == text)
    #expect(try parseInteger(text, picture: picture) == value)
  }

  @Test(
    "write and read letters and roman numerals",
    arguments: [
      (1.0, "A", "A"), (26, "a", "z"), (27, "A", "AA"), (702, "A", "ZZ"), (703, "a", "aaa"), (4, "I", "IV"),
      (1984, "i", "mcmlxxxiv"), (3_999, "I", "MMMCMXCIX"), (0, "I", ""), (0, "a", ""),
    ]) func letters(value: Double, picture: String, text: String) throws
  {
    #expect(try formatInteger(value, picture: picture) == text)
    #expect(try parseInteger(text, picture: picture) == value)
  }

  @Test(
    "read digits up to what is none, and nothing where there are none",
    arguments: [
      ("1,234", "#,##0", 1234.0), ("-12", "0", -12), (" 7 apples", "0", 7), ("١٢", "٠", 12), ("1.234", "#.##0", 1234),
      ("12:34,56", "#:00,00", 123456), ("", "0", nil), ("abc", "0", nil), ("٣", "0", nil), ("a1", "a", nil),
      ("MIB", "I", nil), ("twelf", "w", nil), ("", "w", nil), ("twenty  one", "w", nil),
    ]) func readings(text: String, picture: String, value: Double?) throws
  {
    #expect(try parseInteger(text, picture: picture) == value)
  }

  @Test("are refused where they are no picture, or the number has no end") func mistakes() {
    for picture in ["", "#", "α", "w;o;x", "x"] {
      #expect(pictureErrorCode { () throws(JSONataError) in try formatInteger(1, picture: picture) } == "D3130")
      #expect(pictureErrorCode { () throws(JSONataError) in try parseInteger("1", picture: picture) } == "D3130")
    }
    #expect(pictureErrorCode { () throws(JSONataError) in try formatInteger(1, picture: "0٠") } == "D3131")
    #expect(pictureErrorCode { () throws(JSONataError) in try formatInteger(1e7, picture: "I") } == "U1001")
    #expect(pictureErrorCode { () throws(JSONataError) in try formatInteger(.infinity, picture: "w") } == "D1001")
    let error = #expect(throws: JSONataError.self) { try formatInteger(1, picture: "α\"") }
    #expect(
      error?.message
        == "Formatting or parsing an integer as a sequence starting with \"α\\\"\" is not supported by this implementation"
    )
  }
}
