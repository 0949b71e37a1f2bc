internal import JobModel

/// One task of a launch, at its end.
struct Judged: Equatable, Sendable {
  enum Outcome: Equatable, Sendable {
    case judged(TaskVerdict)
    case unknown(String)
  }

  var arn: String
  /// In ECS's spelling; where the outcome is unknown as it was last seen, if it was.
  var task: JSONValue?
  var outcome: Outcome
}

/// Puts the ends of a launch's tasks together: all must have succeeded.
struct FollowedTasks {
  var ends: [Judged]
  var launch: Launch

  /// A single task is the output itself, as in Step Functions; several are `{Tasks, Failures}`.
  var report: LaunchReport {
    if let end = failedEnd { return .failed(failure(of: end)) }
    let wanted = launch.taskCount
    if ends.count < wanted { return .failed(incomplete(wanted)) }
    return .succeeded(output: output, result: result, diagnosis: skipped)
  }

  /// Of tasks that were given a token: nil where one of them certainly failed, and so will not bring it back. One
  /// that ended well, or of which ECS no longer knows how it ended, may have passed the token on.
  var reportOfWaiting: LaunchReport? {
    let failed = ends.contains { end in
      if case .judged(.failed) = end.outcome { true } else { false }
    }
    return failed ? nil : .succeeded(output: output, result: result)
  }

  /// Several tasks had nothing to do where not one of them had.
  private var skipped: Diagnosis? {
    let diagnoses = ends.compactMap(\.skipDiagnosis)
    return diagnoses.count == ends.count ? diagnoses.first : nil
  }

  /// The task that decides.
  var failedEnd: Judged? { ends.first(where: \.hasFailed) }

  private var tasks: [JSONValue] { ends.compactMap(\.task) }

  private var output: JSONValue {
    tasks.count == 1 ? AnswerSpelling.stateSpelling(tasks[0]) : AnswerSpelling.envelope(tasks: tasks, failures: [])
  }

  /// What is kept: the stopped task as ECS gave it, or all of them.
  private var result: JSONValue { tasks.count == 1 ? tasks[0] : ["tasks": .array(tasks)] }

  private func failure(of end: Judged) -> TaskFailure {
    switch end.outcome {
    case .unknown(let why):
      let sentence = "task \(end.arn): \(why); its outcome is not known"
      return TaskFailure(
        error: FailureName.unknownOutcome.rawValue, cause: sentence,
        diagnosis: Diagnosis(class: .unknown, sentence: sentence), result: result)
    case .judged(.failed(let diagnosis, let aliases)):
      return TaskFailure(
        error: FailureName.taskFailed.rawValue, aliases: aliases,
        cause: AnswerSpelling.stateSpelling(end.task ?? .null).text, diagnosis: diagnosis, result: result)
    case .judged(.succeeded), .judged(.skipped): preconditionFailure("a task that succeeded is no failure")
    }
  }

  /// Some of the wanted tasks never started; those that did have run to their ends.
  private func incomplete(_ wanted: Int) -> TaskFailure {
    let failures = launch.submission?["Failures"]?.arrayValue ?? []
    var failure = LaunchFailures.failures(failures.map(apiSpelling), startedNone: false)
    let reason = failure.diagnosis?.sentence ?? ""
    failure.diagnosis?.sentence = "only \(ends.count) of \(wanted) tasks were started (\(reason))"
    failure.result = result
    return failure
  }

  private func apiSpelling(_ failure: JSONValue) -> JSONValue {
    .object(JSONObject((failure.objectValue ?? [:]).map { (key: $0.key.lowercased(), value: $0.value) }))
  }
}

extension Judged {
  var hasFailed: Bool { outcome != .judged(.succeeded) && skipDiagnosis == nil }

  var skipDiagnosis: Diagnosis? {
    if case .judged(.skipped(let diagnosis)) = outcome { diagnosis } else { nil }
  }
}

extension Launch {
  /// How many tasks its request asks for.
  var taskCount: Int { request["count"]?.integerValue.flatMap { Int(exactly: $0) } ?? 1 }

  /// Every task of the launch: those of the submission, or the one that was committed.
  var taskARNs: [String] {
    let submitted = (submission?["Tasks"]?.arrayValue ?? []).compactMap(ECSDriver.taskARN)
    return submitted.isEmpty ? [taskARN].compactMap(\.self) : submitted
  }
}
