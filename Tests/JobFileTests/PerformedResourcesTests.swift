import JobFile
import Testing

@Suite("Resources that this jobd performs")
struct PerformedResourcesTests {
  /// The warnings of a job file with one machine of one Task.
  static func warnings(_ resource: String) -> [JobFileDiagnostic] {
    let text = """
      jobs:
        copy:
          stateMachine:
            StartAt: Copy
            States:
              Copy: {Type: Task, Resource: "\(resource)", TimeoutSeconds: 60, End: true}
      """
    return JobFile.parse(text, name: "jobs.yaml") { _ in "" }.diagnostics.filter { $0.message.contains("performs") }
  }

  @Test("A Task whose resource nothing performs is a warning at its line, since its run would fail")
  func unknown() throws {
    let warning = try #require(Self.warnings("arn:aws:states:::dynamodb:getItem").first)
    #expect(warning.severity == .warning)
    #expect(warning.line == 6)
    #expect(warning.message.contains("dynamodb:getItem"))
  }

  @Test(
    "ECS tasks are performed, in every partition",
    arguments: ["arn:aws:states:::ecs:runTask", "arn:aws-cn:states:::ecs:runTask.sync"])
  func known(resource: String) {
    #expect(Self.warnings(resource).isEmpty)
  }
}
