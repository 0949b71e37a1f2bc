internal import ArgumentParser
internal import Foundation
internal import JobFile
internal import JobModel
internal import Scheduler

/// `jobd check`: every mistake in a job file. Needs no daemon and no AWS, and so can stand in a commit hook,
/// a CI job and the unit's `ExecStartPre=`.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Show every mistake in a job file, with its place.",
    discussion: """
      Mistakes and warnings go to standard error, a summary to standard output.

      EXAMPLES:
        jobd check -c jobs.yaml
        jobd check -c jobs.yaml --json | jq '.diagnostics[].message'
        JOBD_CONFIG=jobs.yaml jobd check

      EXIT STATUS:
        0 no mistakes (there may be warnings), 2 mistakes, or the file cannot be read.
      """)

  @OptionGroup var file: JobFileOption

  @Flag(help: "Print one JSON object: {file, jobs, errors, warnings, diagnostics}.")
  var json = false

  func run() throws {
    let environment = ProcessInfo.processInfo.environment
    let path = file.path
    let result = JobFile.load(path: path, zones: environment["TZDIR"] ?? TimeZoneRules.systemDirectory)
    for diagnostic in result.diagnostics {
      Terminal.complain(diagnostic.rendered)
    }
    Terminal.write((json ? result.report(path: path).prettyText : result.summary) + "\n")
    if result.file == nil { throw ExitCode(2) }
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
  func report(path: String) -> JSONValue {
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
