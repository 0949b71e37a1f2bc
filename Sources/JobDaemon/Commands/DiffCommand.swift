internal import AWSClient
internal import ArgumentParser
internal import ECSDriver
internal import Foundation
internal import JobFile
internal import JobModel
internal import Logging

/// `jobd diff`: what the next runs would register of the job file's task definitions.
struct DiffCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Show how the task definitions of a job file differ from the latest ones in ECS.",
    discussion: """
      jobd registers a task definition of the file when a run needs it and the family's latest revision says
      something else. This command only reads (ecs:DescribeTaskDefinition). Values of environment variables and
      of options that may hold credentials are never shown: (set) and (changed) stand for them.

      EXAMPLES:
        jobd diff -c jobs.yaml
        jobd diff -c jobs.yaml --json | jq '.taskDefinitions[] | select(.status != "unchanged") | .family'

      EXIT STATUS:
        0 there is nothing to register, 1 there is, 2 the file has mistakes, or AWS could not be asked.
      """)

  @OptionGroup var file: JobFileOption

  @Flag(help: "Print one JSON object: {taskDefinitions: [{family, status, revision, differences}]}.")
  var json = false

  func run() async throws {
    let result = JobFile.read(path: file.path)
    for diagnostic in result.diagnostics { Terminal.complain(diagnostic.rendered) }
    guard let jobFile = result.file else { throw ExitCode(2) }
    var comparisons: [DefinitionComparison] = []
    var hasFailed = false
    if !jobFile.taskDefinitions.isEmpty {
      let registrar = try await registrar(jobFile)
      for definition in jobFile.taskDefinitions {
        do throws(TaskDefinitionError) {
          let latest = try await registrar.latest(definition.family)
          let comparison = DefinitionComparison(TaskDefinitionContent(definition.input), latest: latest)
          comparisons.append(comparison)
          if !json { Terminal.write(comparison.text) }
        } catch {
          hasFailed = true
          let said = "\(error.error.code): \(error.error.message)"
          Terminal.complain("jobd: \(error.family): \(error.operation) was not answered: \(said)")
        }
      }
    } else if !json {
      Terminal.write("\(file.path) has no task definitions of its own\n")
    }
    if json {
      Terminal.write(JSONValue.object(["taskDefinitions": .array(comparisons.map(\.json))]).prettyText + "\n")
    }
    if hasFailed { throw ExitCode(2) }
    if comparisons.contains(where: { $0.status != .unchanged }) { throw ExitCode(1) }
  }

  private func registrar(_ jobFile: JobFile) async throws -> TaskDefinitionRegistrar {
    var logger = Logger(label: "jobd") { DaemonLogHandler(label: $0) }
    logger.logLevel = .error
    do {
      let connection = try await AWSConnection.forCommand(region: jobFile.region)
      return TaskDefinitionRegistrar(caller: connection.client, logger: logger)
    } catch {
      Terminal.complain("jobd: \(error)")
      throw ExitCode(2)
    }
  }
}

/// A task definition of the job file beside the family's latest revision.
struct DefinitionComparison: Equatable {
  enum Status: String {
    /// The family has no active revision.
    case new
    case unchanged
    case changed
  }

  var family: String
  var status: Status
  /// The latest revision's ARN.
  var revision: String?
  var differences: [TaskDefinitionContent.Difference]

  init(_ content: TaskDefinitionContent, latest: (revision: String, content: TaskDefinitionContent)?) {
    family = content.family
    revision = latest?.revision
    if let latest {
      status = content.isServed(by: latest.content) ? .unchanged : .changed
    } else {
      status = .new
    }
    differences = status == .unchanged ? [] : content.differences(from: latest?.content)
  }

  /// A line on the whole, then one for each difference.
  var text: String {
    let name = revision.map { String($0.split(separator: "/").last ?? "") } ?? family
    let heading =
      switch status {
      case .new: "\(family): not registered yet"
      case .unchanged: "\(family): no change, \(name)"
      case .changed: "\(family): differs from \(name)"
      }
    return ([heading] + differences.map(DefinitionComparison.line)).joined(separator: "\n") + "\n"
  }

  private static func line(_ difference: TaskDefinitionContent.Difference) -> String {
    switch (difference.old, difference.new) {
    // Of what is hidden both say the same.
    case (let old?, let new?) where old == new: "  ~ \(difference.path): \(shown(new))"
    case (let old?, let new?): "  ~ \(difference.path): \(shown(old)) -> \(shown(new))"
    case (let old?, nil): "  - \(difference.path): \(shown(old))"
    case (nil, let new): "  + \(difference.path): \(shown(new ?? ""))"
    }
  }

  /// As it is, or as JSON where it would break the line or speak to the terminal.
  private static func shown(_ text: String) -> String {
    let isPlain = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value) }
    return isPlain ? text : JSONValue.string(text).text
  }

  var json: JSONValue {
    func value(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
    return [
      "family": .string(family), "status": .string(status.rawValue), "revision": value(revision),
      "differences": .array(
        differences.map { ["path": .string($0.path), "old": value($0.old), "new": value($0.new)] }),
    ]
  }
}
