internal import JobModel

/// What a run's machine sees of its slot: the context object, and the input with EventBridge Scheduler's
/// keywords filled in.
enum RunInput {
  /// The base of the context object (`$$`): Step Functions' own members, and beside them `Jobd`, from
  /// which a lowered task takes the environment that it hands to its container.
  ///
  /// - Parameters:
  ///   - name: the execution's, where another run gave it one.
  ///   - redrives: how often it was gone on with where it had failed, this run included; 0 for one that
  ///     begins at the first state.
  static func context(
    _ run: Run, name: String? = nil, input: JSONValue, job: CompiledJob, redrives: Int = 0
  ) -> JSONValue {
    var execution: JSONObject = [
      "Id": .string(run.id.description),
      "Input": input,
      "Name": .string(name ?? run.id.description),
      "RoleArn": "",
      "StartTime": .string(run.startedAt.millisecondText),
      "RedriveCount": .integer(Int64(redrives)),
    ]
    if redrives > 0 { execution["RedriveTime"] = .string(run.startedAt.millisecondText) }
    return [
      "Execution": .object(execution),
      "StateMachine": ["Id": .string(job.name.description), "Name": .string(job.name.description)],
      "Jobd": [
        "Job": .string(job.name.description),
        "Run": .string(run.id.description),
        "Slot": .string(run.id.slot.scheduledAt.description),
        "Day": .string(run.day.description),
        "Date": .string(job.dateFormat?.text(of: run.day) ?? run.day.description),
      ],
    ]
  }

  /// Replaces EventBridge Scheduler's context attributes wherever a text of the input holds one (User
  /// Guide, "Adding context attributes").
  static func filled(_ input: JSONValue, for run: RunID) -> JSONValue {
    let values = [
      ("<aws.scheduler.scheduled-time>", run.slot.scheduledAt.description),
      ("<aws.scheduler.schedule-arn>", run.job.description),
      ("<aws.scheduler.execution-id>", run.description),
      ("<aws.scheduler.attempt-number>", "1"),
    ]
    func fill(_ value: JSONValue) -> JSONValue {
      switch value {
      case .string(let text) where text.contains("<aws.scheduler."):
        .string(values.reduce(text) { $0.replacing($1.0, with: $1.1) })
      case .array(let elements): .array(elements.map(fill))
      case .object(let members): .object(members.mapValues(fill))
      default: value
      }
    }
    return fill(input)
  }
}
