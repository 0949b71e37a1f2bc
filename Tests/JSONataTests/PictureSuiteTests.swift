import JSONata
import JobModel
import TestSupport
import Testing

@Suite("Pictures in the official suite", .enabled(if: Corpora.isThere)) struct PictureSuiteTests {
  private static let groups = [
    "function-formatNumber": 20, "function-formatBase": 3, "function-formatInteger": 29,
    "function-parseInteger": 30, "function-fromMillis": 33, "function-tomillis": 30,
  ]

  @Test("give what it expects", arguments: groups.keys.sorted()) func group(_ name: String) throws {
    let cases = try Corpora.lines("jsonata/cases.jsonl").filter { $0["group"]?.stringValue == name }
    var performed = 0
    for item in cases {
      let expression = item["expr"]?.stringValue ?? ""
      let place = Comment(rawValue: "\(item["id"]?.stringValue ?? "?"): \(expression)")
      do {
        let result = try PictureCall.result(of: expression, now: Instant(milliseconds: 1_521_801_216_617))
        performed += 1
        let expected = item["expect"]?.stringValue == "result" ? item["result"] : nil
        #expect(item["expect"]?.stringValue != "code", place)
        #expect(result == expected, place)
      } catch let error as JSONataError {
        performed += 1
        #expect(item["code"]?.stringValue == error.code, place)
      } catch is PictureCall.NotRead {
        continue
      }
    }
    #expect(performed >= Self.groups[name] ?? 0)
  }
}
