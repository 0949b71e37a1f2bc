import Foundation
import JobModel
import Testing

@testable import JobFile

@Suite("docs/job-file.md")
struct DocumentationTests {
  private static let text: String = {
    let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
      .deletingLastPathComponent()
      .deletingLastPathComponent()
    let path = root.appendingPathComponent("docs/job-file.md").path
    return (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
  }()

  private static let shapes = FileShape(zone: .nothing, schedule: .nothing)

  /// The keys of the table rows under a heading.
  private func documented(_ heading: String) -> [String] {
    let lines = Self.text.split(separator: "\n", omittingEmptySubsequences: false)
    let section = lines.drop { $0 != "## \(heading)" }.dropFirst().prefix {
      !$0.hasPrefix("## ") && !$0.hasPrefix("### ")
    }
    return section.compactMap { line in
      guard line.hasPrefix("| `") else { return nil }
      return String(line.dropFirst(3).prefix { $0 != "`" })
    }
  }

  private func expectSame(_ heading: String, _ known: [String]) {
    let documented = documented(heading)
    #expect(Set(documented).count == documented.count, "a key is documented twice")
    #expect(Set(known).subtracting(documented) == [], "not documented")
    #expect(Set(documented).subtracting(known) == [], "documented, but not known")
  }

  @Test("Every key of the file's top is documented, and no other")
  func top() {
    expectSame("The top of the file", Shape.fields(Self.shapes.file).keys)
  }

  @Test("Every key of a job is documented, and no other")
  func job() {
    expectSame("A job", Shape.fields(Self.shapes.job).keys.filter { !$0.hasPrefix("task.") })
  }

  @Test("Every key of a task is documented, and no other")
  func task() {
    expectSame("A task", Shape.fields(TaskShape.task).keys)
  }

  @Test("Every key of a task definition and of its containers is documented, and no other")
  func taskDefinition() {
    let container = Shape.fields(Fields(ContainerShape.short, example: "")).keys
    let sidecar = Shape.fields(ContainerShape.sidecar).keys
    let whole = Shape.fields(ContainerShape.definition).keys
    let definition = Shape.fields(TaskDefinitionShape.definition).keys
    expectSame("A task definition", definition.filter { !container.contains($0) })
    expectSame("A container", container)
    expectSame("A sidecar", sidecar.filter { !container.contains($0) })
    expectSame("Containers in ECS's own spelling", whole.filter { !sidecar.contains($0) })
  }

  @Test("The defaults take the keys of a task, and the policies that the document names")
  func defaults() {
    let task = Set(Shape.fields(TaskShape.task).keys)
    let policies = Set(Self.shapes.defaults.fields.map(\.name)).subtracting(task)
    #expect(
      policies == [
        "timezone", "timeout", "runTimeout", "startTimeout", "successExitCodes", "skipExitCodes", "retry", "overlap",
        "catchUp", "oncePer",
      ])
    #expect(policies == FileShape.policyKeys)
  }

  @Test("Every word of retry.on is documented with the names that it stands for, and no other")
  func retryWords() {
    let rows = Self.text.split(separator: "\n").drop { $0 != "| word | means |" }.dropFirst(2).prefix {
      $0.hasPrefix("|")
    }
    let words = rows.map { String($0.dropFirst(2).prefix { $0 != " " }) }
    #expect(words == RetryWord.allCases.map(\.rawValue))
    for (row, word) in zip(rows, RetryWord.allCases) {
      for name in word.names { #expect(row.contains("`\(name.rawValue)`"), "\(word)") }
    }
  }

  @Test("The example is the one that is tested")
  func example() {
    #expect(Self.text.contains(DesignExampleTests.text))
  }
}
