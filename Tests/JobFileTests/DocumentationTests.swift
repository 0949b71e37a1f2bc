import Foundation
import JobModel
import Scheduler
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

  private static let shapes = FileShape(zone: .nothing, schedule: .nothing, date: .nothing)

  private static let lines = text.split(separator: "\n", omittingEmptySubsequences: false)

  /// The keys of the table rows under a heading.
  private func documented(_ heading: String) -> [String] {
    let section = Self.lines.drop { $0 != "## \(heading)" }.dropFirst().prefix {
      !$0.hasPrefix("## ") && !$0.hasPrefix("### ")
    }
    return section.compactMap { line in
      guard line.hasPrefix("| `") else { return nil }
      return String(line.dropFirst(3).prefix { $0 != "`" })
    }
  }

  /// The blocks of YAML, each with the line on which it begins.
  private static let blocks: [(line: Int, text: String)] = {
    var blocks: [(line: Int, text: String)] = []
    var open: [Substring]?
    for (index, line) in lines.enumerated() {
      if line == "```yaml" {
        open = []
      } else if line == "```", let block = open {
        blocks.append((index - block.count + 1, block.joined(separator: "\n") + "\n"))
        open = nil
      } else {
        open?.append(line)
      }
    }
    return blocks
  }()

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

  @Test("Every key of a calendar and of a pool is documented, and no other")
  func named() {
    expectSame("Calendars", Shape.fields(FileShape.calendar).keys)
    expectSame("Pools", Shape.fields(FileShape.pool).keys)
  }

  @Test("Every key's row says its type and its default")
  func cells() {
    let rows = Self.lines.filter { $0.hasPrefix("| `") }
    #expect(rows.count > 300)
    for row in rows {
      let cells = row.split(separator: "|", omittingEmptySubsequences: false).dropFirst().map {
        $0.filter { $0 != " " }
      }
      #expect(cells.count == 5, "\(row)")
      #expect(cells.prefix(3).allSatisfy { !$0.isEmpty }, "\(row)")
    }
  }

  @Test("Every event is documented, and no other")
  func events() {
    let rows = Self.lines.drop { $0 != "| event | when |" }.dropFirst(2).prefix { $0.hasPrefix("|") }
    #expect(rows.map { String($0.dropFirst(2).prefix { $0 != " " }) } == NotificationEvent.allCases.map(\.rawValue))
  }

  @Test("The table of the day's letters says what comes of them")
  func dateLetters() throws {
    let day = CivilDate(year: 2027, month: 1, day: 3)
    let rows = Self.lines.drop { !$0.hasPrefix("| letters |") }.dropFirst(2).prefix { $0.hasPrefix("|") }
    #expect(rows.count == 9)
    for row in rows {
      let cells = row.split(separator: "|").map { $0.split(separator: " ").joined(separator: " ") }
      for (pattern, expected) in zip(cells[0].split(separator: ", "), cells[2].split(separator: ", ")) {
        // The year of a week stands beside its week alone.
        let isWeekYear = pattern == "YYYY"
        let text = try DateFormat(isWeekYear ? "YYYY ww" : String(pattern)).text(of: day)
        #expect(isWeekYear ? text == "\(expected) 53" : text == expected, "\(pattern)")
      }
    }
  }

  @Test("Every example of the document is a job file without a mistake or a warning")
  func examples() throws {
    #expect(Self.blocks.count >= 8)
    let files = [
      "month-end.asl.json": sampleMachine,
      "holidays.ics":
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20260101\nEND:VEVENT\nEND:VCALENDAR\n",
    ]
    for (line, text) in Self.blocks {
      let result = parse(text, files: files)
      #expect(result.diagnostics == [], "the block of line \(line)")
      #expect(result.file?.jobs.isEmpty == false, "the block of line \(line)")
    }
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
        "timezone", "calendar", "flexibleWindow", "date", "overlap", "pool", "catchUp", "oncePer", "lateAfter",
        "tooLongAfter", "limits", "timeout", "runTimeout", "startTimeout", "successExitCodes", "skipExitCodes", "retry",
      ])
    for key in policies { #expect(Self.text.contains("`\(key)`")) }
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
