import JobModel
import Testing

@testable import Scheduler

/// Builds a TZif file of one block, for what the system's files do not show.
private struct FileBuilder {
  var version: Character = "2"
  var times: [Int64] = []
  var types: [UInt8] = []
  var offsets: [Int32] = [0]
  var leapCount: UInt32 = 0
  var footer: String? = ""

  var bytes: [UInt8] {
    let isLong = version != "\0"
    return (isLong ? block(wordSize: 4, isEmpty: true) + block(wordSize: 8) : block(wordSize: 4))
      + (isLong ? footer.map { Array("\n\($0)\n".utf8) } ?? [] : [])
  }

  private func block(wordSize: Int, isEmpty: Bool = false) -> [UInt8] {
    var bytes = Array("TZif".utf8) + [version.asciiValue ?? 0] + Array(repeating: 0, count: 15)
    let counts: [UInt32] =
      isEmpty ? [0, 0, 0, 0, 0, 0] : [0, 0, leapCount, UInt32(times.count), UInt32(offsets.count), 4]
    for count in counts { append(Int64(count), 4, to: &bytes) }
    guard !isEmpty else { return bytes }
    for time in times { append(time, wordSize, to: &bytes) }
    bytes += types
    for offset in offsets {
      append(Int64(offset), 4, to: &bytes)
      bytes += [0, 0]
    }
    return bytes + Array("ABC\0".utf8) + Array(repeating: 0, count: Int(leapCount) * (wordSize + 4))
  }

  private func append(_ number: Int64, _ size: Int, to bytes: inout [UInt8]) {
    for index in (0..<size).reversed() { bytes.append(UInt8(truncatingIfNeeded: number >> Int64(index * 8))) }
  }
}

@Suite("A TZif file")
struct TZifFileTests {
  @Test("Transitions to the same offset are left out")
  func sameOffset() throws {
    let file = FileBuilder(times: [100, 200, 300], types: [1, 2, 0], offsets: [0, 3_600, 3_600])
    let table = try TZifFile.offsets(of: file.bytes)
    #expect(table.changes == [100, 300])
    #expect(table.offsets == [0, 3_600, 0])
    #expect(table.cycleStart == nil)
  }

  @Test("A file of version 1 is read from its only block")
  func versionOne() throws {
    let file = FileBuilder(version: "\0", times: [-5, 200], types: [1, 0], offsets: [0, -3_600])
    #expect(try TZifFile.offsets(of: file.bytes).changes == [-5, 200])
  }

  @Test("The footer goes on where the transitions end")
  func footer() throws {
    let file = FileBuilder(footer: "<-02>2<-01>,M3.5.0/-1,M10.5.0/0")
    let zone = TimeZoneRules(name: "Test", table: try TZifFile.offsets(of: file.bytes))
    // 2026-03-28T23:00 on standard clocks is 2026-03-29T01:00Z.
    #expect(zone.period(at: 1_774_746_000 - 1).offset == -7_200)
    #expect(zone.period(at: 1_774_746_000).offset == -3_600)
  }

  @Test("Daylight saving time all the year is one offset")
  func permanentDaylight() throws {
    // RFC 8536 §3.3.1 gives this example.
    let file = FileBuilder(times: [0], types: [1], offsets: [-10_800, -14_400], footer: "XXX3EDT4,0/0,J365/23")
    let zone = TimeZoneRules(name: "Test", table: try TZifFile.offsets(of: file.bytes))
    for year in [1975, 2024, 2026, 2450, 3000] {
      let newYear = Int64(year - 1970) * 31_556_952
      #expect(zone.period(at: newYear).offset == -14_400)
    }
  }

  @Test(
    "A footer of another form is refused",
    arguments: [
      "EST", "EST5EDT", "EST5EDT,M3.2.0", "E5", "EST25", "EST5EDT,M13.2.0,M11.1.0", "EST5EDT,M3.2.0,M11.1.0x",
    ])
  func badFooter(text: String) {
    #expect(FooterRules(text) == nil)
    #expect(throws: TZifFile.Flaw.self) { try TZifFile.offsets(of: FileBuilder(footer: text).bytes) }
  }

  @Test(
    "The days of a footer's rules are those of POSIX",
    arguments: [
      ("M3.2.0", 2026, "2026-03-08"), ("M10.5.0", 2026, "2026-10-25"), ("M2.5.4", 2024, "2024-02-29"),
      ("J60", 2024, "2024-03-01"), ("J59", 2024, "2024-02-28"), ("59", 2024, "2024-02-29"), ("59", 2023, "2023-03-01"),
    ])
  func ruleDay(rule: String, year: Int, day: String) throws {
    let daylight = try #require(FooterRules("AAA0BBB,\(rule)/0,J365")?.daylight)
    #expect(CivilTime(secondsSince1970: daylight.start.seconds(in: year)).date.description == day)
  }

  @Test("Every shorter piece of a file is refused, without a crash")
  func truncated() {
    let bytes = FileBuilder(times: [100, 200], types: [1, 0], offsets: [0, 3_600], footer: "UTC0").bytes
    for length in 0..<bytes.count {
      #expect(throws: TZifFile.Flaw.self, "\(length) bytes") { try TZifFile.offsets(of: Array(bytes.prefix(length))) }
    }
  }

  @Test("Whatever a byte is changed to, a file is read or refused")
  func changed() {
    let bytes = FileBuilder(times: [100, 200], types: [1, 0], offsets: [0, 3_600], footer: "AAA0BBB,J1,J365").bytes
    for index in bytes.indices {
      for value: UInt8 in [0, 1, 0x7F, 0x80, 0xFF] {
        var damaged = bytes
        damaged[index] = value
        if let table = try? TZifFile.offsets(of: damaged) {
          let zone = TimeZoneRules(name: "Test", table: table)
          _ = zone.resolve(civilSeconds: 150)
        }
      }
    }
  }

  @Test("A file that counts leap seconds, or has a transition to nowhere, is refused")
  func unusable() {
    #expect(throws: TZifFile.Flaw.self) { try TZifFile.offsets(of: FileBuilder(leapCount: 1).bytes) }
    #expect(throws: TZifFile.Flaw.self) { try TZifFile.offsets(of: FileBuilder(times: [1], types: [9]).bytes) }
    #expect(throws: TZifFile.Flaw.self) { try TZifFile.offsets(of: FileBuilder(times: [2, 1], types: [0, 0]).bytes) }
    #expect(throws: TZifFile.Flaw.self) { try TZifFile.offsets(of: FileBuilder(offsets: []).bytes) }
    #expect(throws: TZifFile.Flaw.self) { try TZifFile.offsets(of: Array("TZig".utf8)) }
  }
}
