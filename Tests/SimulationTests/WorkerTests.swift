import Foundation
import Testing

@testable import Simulation

/// What becomes of a process that goes through seeds is known, however it ends.
@Suite struct WorkerTests {
  @Test(
    "A worker's end is told apart",
    arguments: [
      ("exit 0", .exited(status: 0), nil), ("exit 3", .exited(status: 3), nil),
      ("kill -SEGV $$", .killed(signal: SIGSEGV), "traps (signal 11)"),
      ("kill -TRAP $$", .killed(signal: SIGTRAP), "traps (signal 5)"),
      ("kill -KILL $$", .killed(signal: SIGKILL), "was killed (signal 9)"),
      ("kill -ALRM $$", .late, "does not end"),
    ] as [(String, Worker.Ending, String?)])
  func ending(_ script: String, _ ending: Worker.Ending, _ text: String?) throws {
    #expect(try Worker("/bin/sh", ["-c", script]).ended() == ending)
    #expect(ending.text == text)
  }

  @Test("A worker has the environment that it is given, beside the watcher's")
  func environment() throws {
    let worker = try Worker("/bin/sh", ["-c", "exit $STATUS"], environment: ["STATUS": "7"])
    #expect(worker.ended() == .exited(status: 7))
  }

  @Test("A program that is not there is an error")
  func absent() {
    #expect(throws: SimulationError.self) { try Worker("/nowhere", []) }
  }

  @Test("The seed under way is on record before it begins, and what was simulated after its end")
  func headway() throws {
    let file = NSTemporaryDirectory() + "headway-\(UUID())"
    defer { try? FileManager.default.removeItem(atPath: file) }
    let evidence = FabricatedEvidence().evidence
    var headway = Headway()
    try headway.begin(4_711, within: 3_600, file: file)
    #expect(try Headway(from: file).seed == 4_711)
    try headway.end(Report(evidence), file: file)
    let known = try Headway(from: file)
    #expect(known == headway)
    #expect(known.seed == nil)
    #expect("\(known)" == "1 seeds, 6 job-days, \(evidence.runs.count) runs, \(evidence.tasks.count) tasks")
  }

  @Test("A simulation that came to no end is reported, with what was seen until then")
  func standsStill() {
    var evidence = FabricatedEvidence().evidence
    (evidence.runs, evidence.brokenOff) = ([], "stands still")
    let report = Report(evidence)
    #expect(report.problems == ["stands still"])
    #expect(report.line.hasSuffix("tasks, stands still"))
    #expect(report.text.contains("jobs:") && report.text.contains("[1] starts"))
  }
}
