import JobModel
import TestSupport
import Testing

@testable import Scheduler

@Suite("A flexible window")
struct FlexibleWindowTests {
  @Test(
    "The digest is FNV-1a (test vectors of the draft)",
    arguments: [
      ("", 0xCBF2_9CE4_8422_2325), ("a", 0xAF63_DC4C_8601_EC8C), ("foobar", 0x8594_4171_F739_67E8),
    ] as [(String, UInt64)])
  func vectors(text: String, digest: UInt64) {
    #expect(FlexibleWindow.digest(text.utf8) == digest)
  }

  @Test(
    "A job keeps its offset from release to release",
    arguments: [
      ("nightly-report", 900, 598),
      ("nightly-report", 86400, 57501),
      ("nightly-reporu", 900, 477),
      ("a", 60, 30),
      ("import_2", 3600, 1029),
    ] as [(JobName, Int64, Int64)])
  func stable(name: JobName, window: Int64, offset: Int64) {
    #expect(FlexibleWindow.offset(of: name, within: .seconds(window)) == .seconds(offset))
  }

  @Test("No window, no offset")
  func noWindow() {
    for window in [Duration.zero, .milliseconds(999), .seconds(1), .milliseconds(1_999), .seconds(-60)] {
      #expect(FlexibleWindow.offset(of: "nightly-report", within: window) == .zero)
    }
  }

  @Test("Names of any pattern are spread evenly", arguments: [60, 900, 86_400])
  func spread(window: Int64) throws {
    let patterns: [(Int) -> String] = [
      { "job\($0)" }, { "report-\(String($0, radix: 2))" }, { "\($0)-import" }, { "team_\($0 % 10)-task-\($0 / 10)" },
    ]
    for pattern in patterns {
      let count = 12_000
      var buckets = [Int](repeating: 0, count: 60)
      for number in 0..<count {
        let name = try #require(JobName(pattern(number)))
        let offset = FlexibleWindow.offset(of: name, within: .seconds(window))
        #expect(offset.components.attoseconds == 0)
        let seconds = offset.components.seconds
        try #require((0..<window).contains(seconds))
        buckets[Int(seconds * 60 / window)] += 1
      }
      // Chi square of 59 degrees of freedom: beyond 110 once in ten thousand.
      let expected = Double(count) / 60
      let deviation = buckets.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
      #expect(deviation < 110, "\(buckets)")
    }
  }
}
