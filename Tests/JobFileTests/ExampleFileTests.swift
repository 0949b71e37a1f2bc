import Foundation
import JobModel
import Scheduler
import Testing

@testable import JobFile

@Suite("The job files that come with jobd")
struct ExampleFileTests {
  private static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  @Test(
    "Each loads from disk without a mistake or a warning, and can be compiled",
    arguments: [
      "docs/examples/jobs.yaml", "docs/examples/seed-job-file.yaml", "docs/examples/production.yaml",
      "docs/examples/seed/seed-workflow.yaml",
      "deploy/systemd/jobs.example.yaml",
    ])
  func loads(path: String) throws {
    let result = JobFile.load(path: Self.root.appendingPathComponent(path).path)
    #expect(result.diagnostics.map(\.description) == [])
    let jobs = try #require(result.file?.jobs)
    #expect(!jobs.isEmpty)
    for job in jobs { #expect(throws: Never.self) { try CompiledJob(job) } }
  }

  @Test("The one for production shows every key of the file's top and every policy")
  func production() throws {
    let text = try String(
      contentsOf: Self.root.appendingPathComponent("docs/examples/production.yaml"), encoding: .utf8)
    let shapes = FileShape(zone: .nothing, schedule: .nothing, date: .nothing)
    let keys = Set(shapes.file.fields.map(\.name)).union(PolicyShape.policies.map(\.name)).union(["after", "schedules"])
    for key in keys.subtracting(["successExitCodes"]) {
      #expect(text.contains("\(key):"), "\(key)")
    }
  }

  @Test("Its days come from the calendar's file")
  func holidays() throws {
    let path = Self.root.appendingPathComponent("docs/examples/production.yaml").path
    let jobs = try #require(JobFile.load(path: path).file?.jobs)
    let job = try #require(jobs.first { $0.name.description == "close-accounts" })
    let rule = try #require(job.calendar)
    #expect(rule.treatment == .previous)
    #expect(rule.calendar(of: CivilDate(year: 2026, month: 11, day: 23))?.name == "bank-holidays")
    #expect(rule.calendar(of: CivilDate(year: 2035, month: 1, day: 1))?.name == "bank-holidays")
    #expect(rule.calendar(of: CivilDate(year: 2026, month: 12, day: 26))?.name == "weekends")
    #expect(rule.calendar(of: CivilDate(year: 2026, month: 12, day: 25)) == nil)
  }
}
