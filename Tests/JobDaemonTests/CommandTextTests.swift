import ECSDriver
import ECSSimulator
import Foundation
import JobFile
import JobModel
import TestSupport
import Testing

@testable import JobDaemon

@Suite("What check --aws, diff and iam-policy print")
struct CommandTextTests {
  @Test(
    "A finding is one line: mark, subject, sentence, remedy, jobs",
    arguments: [
      (Finding(level: .ok, subject: "credentials", sentence: "they work", jobs: ["a"]), "ok  credentials: they work"),
      (
        Finding(level: .failed, subject: "cluster b", sentence: "is not\nthere", remedy: "make it", jobs: ["a", "b"]),
        "!!  cluster b: is not there. Remedy: make it (a, b)"
      ),
      (
        Finding(level: .unknown, subject: "x", sentence: "y", jobs: ["a", "b", "c", "d", "e", "f", "g"]),
        "??  x: y (a, b, c, d, e and 2 more)"
      ),
      (Finding(level: .warning, subject: "x", sentence: "y"), "!   x: y"),
    ])
  func line(finding: Finding, text: String) {
    #expect(FindingRendering().line(finding) == text)
  }

  @Test("Colours mark the level alone")
  func colours() {
    let line = FindingRendering(isColored: true).line(Finding(level: .failed, subject: "x", sentence: "y"))
    #expect(line == "\u{1B}[31m!!\u{1B}[0m  x: y")
  }

  @Test("The summary as JSON counts every level")
  func summary() {
    let finding = Finding(level: .failed, subject: "x", sentence: "y", remedy: "z", jobs: ["a"])
    var summary = CheckSummary()
    summary.add(finding)
    #expect(
      summary.json([finding]).text
        == #"{"ok":0,"warning":0,"failed":1,"unknown":0,"findings":[{"level":"failed","subject":"x","#
        + #""sentence":"y","remedy":"z","jobs":["a"]}]}"#)
  }

  private func content(_ image: String, _ value: String = "1") -> TaskDefinitionContent {
    TaskDefinitionContent([
      "family": "report",
      "containerDefinitions": [
        ["name": "app", "image": .string(image), "environment": [["name": "TOKEN", "value": .string(value)]]]
      ],
    ])
  }

  @Test("A definition that ECS has as it is needs nothing")
  func unchanged() {
    let comparison = DefinitionComparison(
      content("app:1"), latest: ("arn:aws:ecs:eu-west-1:1:task-definition/report:7", content("app:1")))
    #expect(comparison.status == .unchanged)
    #expect(comparison.text == "report: no change, report:7\n")
  }

  @Test("What differs is shown with both values, and no value of the environment")
  func changed() {
    let comparison = DefinitionComparison(
      content("app:2\u{1B}[2J", "s3cret"),
      latest: ("arn:aws:ecs:eu-west-1:1:task-definition/report:7", content("app:1", "older")))
    #expect(comparison.status == .changed)
    #expect(comparison.text.hasPrefix("report: differs from report:7\n  ~ "))
    #expect(comparison.text.contains(#"image: app:1 -> "app:2\u001b[2J""#))
    #expect(comparison.text.contains("environment[TOKEN]: (changed)\n"))
    for text in [comparison.text, comparison.json.text] {
      #expect(text.contains("(changed)") && !text.contains("s3cret") && !text.contains("older"))
    }
  }

  @Test("A family that ECS does not know is new, with all that would be registered")
  func new() {
    let comparison = DefinitionComparison(content("app:1", "s3cret"), latest: nil)
    #expect(comparison.text.hasPrefix("report: not registered yet\n  + "))
    #expect(!comparison.text.contains("s3cret"))
    #expect(comparison.json["revision"] == .null && comparison.json["status"] == "new")
  }

  @Test("A topic is asked about once, with the jobs that tell it anything")
  func topics() throws {
    let machine = try JSONValue.parse(#"{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}"#)
    func job(_ name: JobName, _ topics: [String], _ events: Set<NotificationEvent> = [.failed]) -> Job {
      Job(
        name: name, schedules: [], timezone: "UTC", machine: machine,
        subscriptions: topics.map { Subscription(receiver: .topic(arn: $0), events: events) })
    }
    let file = JobFile(jobs: [job("a", ["t2", "t1"]), job("b", ["t1", "t1"]), job("c", ["t3"], [])])
    #expect(file.topics.map(\.arn) == ["t1", "t2"])
    #expect(file.topics.map(\.jobs) == [["a", "b"], ["a"]])
  }

  @Test("Every fault rule that the simulator's help and its document show can be read")
  func faultRules() throws {
    let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let document = try String(contentsOf: root.appendingPathComponent("docs/simulator.md"), encoding: .utf8)
    let rows = document.split(separator: "\n").filter { $0.contains("| `{\"") }.compactMap { row in
      row.firstRange(of: "`{").map { "{\"rules\": [" + row[$0.upperBound...].prefix { $0 != "`" }.braced + "]}" }
    }
    #expect(rows.count == 8)
    for text in SimulateCommand.faultExamples + rows { _ = try FaultRule.parse(try JSONValue.parse(text)) }
  }
}

extension Substring {
  /// With the brace that a search has consumed.
  fileprivate var braced: String { "{" + self }
}
