import JobModel
import Testing

@testable import JobFile

struct FileMissing: Error, CustomStringConvertible {
  var description: String { "no such file" }
}

/// Parses a text as `jobs.yaml`, with state machine files from a dictionary.
func parse(_ text: String, files: [String: String] = [:]) -> JobFileResult {
  JobFile.parse(text, name: "jobs.yaml") { path in
    guard let text = files[path] else { throw FileMissing() }
    return text
  }
}

/// Each diagnostic as `line:column severity message`.
func mistakes(_ text: String, files: [String: String] = [:]) -> [String] {
  parse(text, files: files).diagnostics.map { "\($0.line):\($0.column) \($0.severity.rawValue) \($0.message)" }
}

/// Only the errors, without their severity.
func errors(_ text: String, files: [String: String] = [:]) -> [String] {
  parse(text, files: files).errors.map { "\($0.line):\($0.column) \($0.message)" }
}

/// The one job of a file that must be sound.
func onlyJob(_ text: String, files: [String: String] = [:]) throws -> Job {
  let result = parse(text, files: files)
  let file = try #require(result.file, "\(result.diagnostics)")
  try #require(file.jobs.count == 1)
  return file.jobs[0]
}

extension Job {
  /// The topic of the job's first subscription.
  var topicARN: String? {
    if case .topic(let arn) = subscriptions.first?.receiver { arn } else { nil }
  }
}

/// The Task state of a job whose task was lowered.
func taskState(_ job: Job) throws -> JSONValue {
  try #require(job.machine["States"]?[job.name.description])
}

let sampleMachine = """
  {
    "Comment": "month end",
    "TimeoutSeconds": 60,
    "StartAt": "Close",
    "States": {
      "Close": {"Type": "Succeed"}
    }
  }
  """
