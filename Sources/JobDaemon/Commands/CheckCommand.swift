internal import AWSClient
internal import ArgumentParser
internal import ControlAPI
internal import ECSDriver
internal import Foundation
internal import JobFile
internal import JobModel

/// `jobd check`: every mistake in a job file. Needs no daemon and no AWS, and so can stand in a commit hook,
/// a CI job and the unit's `ExecStartPre=`. With `--aws`, also whether AWS has what the jobs need.
struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Show every mistake in a job file, with its place; with --aws ask AWS whether its jobs can run.",
    discussion: """
      Mistakes and warnings go to standard error, a summary to standard output.

      With --aws a line for each question about AWS follows: credentials, clusters, task definitions, roles,
      networks, images, logs, secrets, topics. Nothing is changed, and no secret is read. The lines begin with
        ok  it is well
        !   it works, and may surprise
        !!  a run would fail
        ??  not known: whoever asks may not, or AWS did not answer

      EXAMPLES:
        jobd check -c jobs.yaml
        jobd check -c jobs.yaml --json | jq '.diagnostics[].message'
        jobd check -c jobs.yaml --aws
        jobd check --aws --json | jq '.aws.findings[] | select(.level == "failed")'
        JOBD_CONFIG=jobs.yaml jobd check

      EXIT STATUS:
        0 no mistakes (there may be warnings), 1 a run would fail for what AWS says, or AWS cannot be asked,
        2 mistakes, or the file cannot be read.
      """)

  @OptionGroup var file: JobFileOption

  @Flag(help: "Ask AWS as well.")
  var aws = false

  @Flag(help: "Print one JSON object: {file, jobs, errors, warnings, diagnostics}, with --aws also {aws}.")
  var json = false

  func run() async throws {
    let path = file.path
    let result = JobFile.read(path: path)
    for diagnostic in result.diagnostics {
      Terminal.complain(diagnostic.rendered)
    }
    if !json { Terminal.write(result.summary + "\n") }
    var report = result.report(path: path)
    defer { if json { Terminal.write(JSONValue.object(report).prettyText + "\n") } }
    guard let jobFile = result.file else { throw ExitCode(2) }
    guard aws else { return }
    let (findings, summary) = try await ask(jobFile)
    if !json { Terminal.write(summary.sentence + "\n") }
    report["aws"] = summary.json(findings)
    if !summary.isPassed { throw ExitCode(1) }
  }

  /// Tells each finding as it comes, unless it is all to be one JSON object.
  private func ask(_ jobFile: JobFile) async throws -> ([Finding], CheckSummary) {
    let connection = try await AWSConnection.forCommand(region: jobFile.region)
    let input = AWSCheck.Input(
      collected: jobFile.collectedTasks, topics: jobFile.topics, queueURL: jobFile.eventsQueueURL,
      region: connection.client.region)
    var summary = CheckSummary()
    var findings: [Finding] = []
    let rendering = FindingRendering(isColored: Terminal.style.isColored)
    for await finding in AWSCheck(input, caller: connection.client, transport: connection.transport).findings() {
      summary.add(finding)
      findings.append(finding)
      if !json { Terminal.write(rendering.line(finding) + "\n") }
    }
    return (findings, summary)
  }
}

extension JobFileResult {
  /// `3 jobs, no mistakes`.
  var summary: String {
    func count(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }
    let mistakes = errors.isEmpty ? "no mistakes" : count(errors.count, "mistake")
    let remarks = warnings.isEmpty ? "" : ", " + count(warnings.count, "warning")
    return (file.map { count($0.jobs.count, "job") + ", " } ?? "") + mistakes + remarks
  }

  /// What `--json` prints. `jobs` is null where there are mistakes.
  func report(path: String) -> JSONObject {
    [
      "file": .string(path),
      "jobs": file.map { .integer(Int64($0.jobs.count)) } ?? .null,
      "errors": .integer(Int64(errors.count)),
      "warnings": .integer(Int64(warnings.count)),
      "diagnostics": .array(
        diagnostics.map { diagnostic in
          [
            "severity": .string(diagnostic.severity.rawValue), "file": .string(diagnostic.file),
            "line": .integer(Int64(diagnostic.line)), "column": .integer(Int64(diagnostic.column)),
            "path": .string(diagnostic.path), "message": .string(diagnostic.message),
          ]
        }),
    ]
  }
}
