import Foundation
import JobFile
import JobModel
import Scheduler
import Testing

@testable import JobDaemon

@Suite("The daemon's job file")
struct JobFileSourceTests {
  private let now = Instant("2026-11-21T00:00:00Z") ?? .distantPast

  private func withFile(_ body: (String, (String) throws -> Void) async throws -> Void) async throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("jobd-\(UUID().uuidString).yaml").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try await body(path) { text in try text.write(toFile: path, atomically: true, encoding: .utf8) }
  }

  private func restarts(_ source: JobFileSource) async -> [String] {
    let reading = await source.read()
    #expect(reading.jobs?.count == 1, "\(reading.diagnostics)")
    return reading.diagnostics.filter { $0.contains("restart") }
  }

  private func text(region: String) -> String {
    "region: \(region)\njobs: {a: {task: {taskDefinition: a, container: app}}}\n"
  }

  @Test("A reload that changes the Region says that this needs a restart, and again until there was one")
  func restart() async throws {
    try await withFile { path, write in
      let source = JobFileSource(path: path)
      try write(text(region: "eu-west-1"))
      #expect(await restarts(source) == [])
      await source.accepted(await source.read(), at: now)
      try write(text(region: "eu-west-3"))
      let line = "\(path): warning: `region` has changed; that takes effect when jobd is restarted"
      for _ in 0..<2 {
        #expect(await restarts(source) == [line])
        await source.accepted(await source.read(), at: now)
      }
      try write(text(region: "eu-west-1"))
      #expect(await restarts(source) == [])
    }
  }

  @Test("With tasks on this machine the Region means nothing")
  func local() async throws {
    try await withFile { path, write in
      let source = JobFileSource(path: path, isLocal: true)
      try write(text(region: "eu-west-1"))
      await source.accepted(await source.read(), at: now)
      try write(text(region: "eu-west-3"))
      #expect(await restarts(source) == [])
    }
  }

  @Test("What is in force is what was accepted, and who observes it hears of the next")
  func changes() async throws {
    try await withFile { path, write in
      let source = JobFileSource(path: path)
      try write(text(region: "eu-west-1"))
      _ = await source.read()
      #expect(await source.settings == nil)
      await source.accepted(await source.read(), at: now)
      var changes = await source.changes().makeAsyncIterator()
      #expect(await changes.next()?.region == "eu-west-1")
      try write("jobs: [")
      #expect(await source.read().jobs == nil)
      #expect(await source.settings?.region == "eu-west-1")
      try write(text(region: "eu-west-3"))
      _ = await source.read()
      #expect(await source.settings?.region == "eu-west-1")
      await source.accepted(await source.read(), at: now)
      #expect(await changes.next()?.region == "eu-west-3")
    }
  }

  @Test(
    "The place of a key is where it stands, not where a comment names it",
    arguments: [
      ("jobs: {}\nevents:\n  queueUrl: x\n", 3, 3), ("# queueUrl: y\nevents: {queueUrl: x}\n", 2, 10),
      ("jobs: {}\n", 1, 1),
    ])
  func place(text: String, line: Int, column: Int) {
    #expect(JobFile.place(of: "queueUrl", in: text) == (line, column))
  }

  @Test("TZDIR names the time zone database, unless it is empty")
  func zones() {
    #expect(TimeZoneRules.directory(environment: ["TZDIR": "/zones"]) == "/zones")
    #expect(TimeZoneRules.directory(environment: ["TZDIR": ""]) == "/usr/share/zoneinfo")
    #expect(TimeZoneRules.directory(environment: [:]) == "/usr/share/zoneinfo")
  }
}
