import AWSClient
import Foundation
import JobModel
import Testing

@testable import ECSDriver

@Suite("docs/errors.md")
struct ErrorDocumentationTests {
  /// The rows of the table of names: each name with its class.
  private static let rows: [(name: String, diagnosis: String)] = {
    let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let text = (try? String(contentsOf: root.appendingPathComponent("docs/errors.md"), encoding: .utf8)) ?? ""
    return text.split(separator: "\n").filter { $0.hasPrefix("| `") }.map { line in
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      return (name: cells[0].replacing("`", with: ""), diagnosis: cells.count > 1 ? cells[1] : "")
    }
  }()

  private static let numbered = ["ECS.ExitCode.<n>", "ECS.StoppedReason.<n>", "Local.ExitCode.<n>"]

  @Test("It lists every name once, and no other")
  func names() {
    let documented = Self.rows.map(\.name)
    let known = FailureName.allCases.map(\.rawValue) + Self.numbered
    #expect(Set(documented).count == documented.count, "a name is documented twice")
    #expect(Set(known).subtracting(documented) == [], "not documented")
    #expect(Set(documented).subtracting(known) == [], "documented, but not known")
    #expect(FailureName.exitCode(7) == "ECS.ExitCode.7")
    #expect(FailureName.stoppedReason(0) == "ECS.StoppedReason.1")
    #expect(FailureName.localExitCode(7) == "Local.ExitCode.7")
  }

  @Test("Each name that a rule gives has the class of the rule")
  func classes() {
    let documented = Dictionary(Self.rows.map { ($0.name, $0.diagnosis) }, uniquingKeysWith: { first, _ in first })
    let rules =
      ReasonRule.rules.map { ($0.alias, $0.diagnosis) } + FailureRule.rules.map { ($0.alias, $0.diagnosis) }
    #expect(!rules.isEmpty)
    for (alias, diagnosis) in rules { #expect(documented[alias.rawValue] == diagnosis.rawValue, "\(alias)") }
  }

  @Test("Every class that it names exists")
  func knownClasses() {
    let classes = Set(Diagnosis.Class.allCases.map(\.rawValue) + ["any", ""])
    #expect(!Self.rows.isEmpty)
    for row in Self.rows { #expect(classes.contains(row.diagnosis), "\(row)") }
  }
}

@Suite("Names of launches that did not come about")
struct LaunchFailureNameTests {
  @Test("Every refusal is a failed launch, beside the name that AWS gives it")
  func refused() {
    let exception = LaunchFailures.refused(.refused("ClusterNotFoundException", "none"))
    #expect(exception.error == "ECS.ClusterNotFoundException")
    #expect(exception.aliases == ["ECS.LaunchFailed"])
    let other = LaunchFailures.refused(.refused("InternalFailure", "none"))
    #expect(other.error == "ECS.AmazonECSException")
    #expect(other.aliases == ["ECS.LaunchFailed", "ECS.InternalFailure"])
    let client = LaunchFailures.refused(.notSent)
    #expect(client.error == "ECS.SdkClientException")
    #expect(client.aliases.contains("ECS.LaunchFailed"))
  }

  @Test("Failures alone are a failed launch; failures beside tasks that ran are none")
  func failures() throws {
    let capacity: JSONValue = ["reason": "RESOURCE:MEMORY"]
    let none = LaunchFailures.failures([capacity])
    #expect(none.error == "AmazonECS.Unknown")
    #expect(none.aliases == ["ECS.AmazonECSException", "ECS.LaunchFailed", "ECS.CapacityUnavailable"])
    var launch = try LaunchPreparation.launch(
      .sample(["TaskDefinition": "report", "Count": 2]), installation: "i", at: .reference)
    launch.submission = ["Tasks": [], "Failures": [["Reason": "RESOURCE:MEMORY"]]]
    let ran = Judged(arn: "a", task: [:], outcome: .judged(.succeeded))
    let some = FollowedTasks(ends: [ran], launch: launch).report.failure
    #expect(some?.aliases == ["ECS.AmazonECSException", "ECS.CapacityUnavailable"])
  }

  @Test("What may have been done is no failed launch")
  func unknown() throws {
    let launch = try LaunchPreparation.launch(.sample(Fixture.arguments), installation: "i", at: .reference)
    let failure = LaunchFailures.unknown(launch, why: "w")
    #expect(failure.error == "ECS.UnknownLaunch")
    #expect(failure.aliases.isEmpty)
  }
}
