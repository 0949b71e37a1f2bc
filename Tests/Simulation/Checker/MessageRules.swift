internal import JobModel

/// Who is told of what, and that nothing is owed in the end.
extension Checker {
  static func messages(_ facts: Facts) -> [Violation] {
    var taken: [RunID: [String: String]] = [:]
    var found: [Violation] = []
    for observation in facts.evidence.observations {
      guard case .published(let id, _, let body) = observation.event else { continue }
      // <run>/<status>/<receiver>
      let parts = id.split(separator: "/").map(String.init)
      guard parts.count == 3, let run = RunID(parts[0]), let record = facts.runs[run],
        record.status.rawValue == parts[1], record.status == .failed || record.status == .timedOut
      else {
        found.append(
          Violation(
            .needlessMessages, run: parts.first.flatMap { RunID($0) },
            "message \(id) was taken at \(observation.at), and tells of no failure"))
        continue
      }
      taken[run, default: [:]][id] = body
    }
    for run in facts.evidence.runs where run.status == .failed || run.status == .timedOut {
      let messages = taken[run.id] ?? [:]
      guard messages.count == 1, let body = messages.values.first.flatMap({ try? JSONValue.parse($0) }) else {
        found.append(
          Violation(
            .messages, run: run.id,
            "of run \(run.id), which is \(run.status.rawValue), \(messages.count) messages were taken"))
        continue
      }
      if body["JOBID"]?.stringValue != run.id.job.description || body["run"]?.stringValue != run.id.description {
        found.append(
          Violation(.messages, run: run.id, "the message of run \(run.id) names \(body["run"]?.stringValue ?? "none")"))
      }
    }
    return found
  }

  static func rest(_ facts: Facts) -> [Violation] {
    facts.evidence.unrest.map { Violation(.rest, $0) }
      + facts.evidence.unsent.map {
        Violation(.rest, run: $0.run, "message \($0.id) was never taken: \($0.lastError ?? "")")
      }
  }
}
