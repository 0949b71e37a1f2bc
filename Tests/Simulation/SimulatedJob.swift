public import JobModel

/// A job of a simulation, as its job file says it: what the checker knows of it, and what the YAML is made of.
public struct SimulatedJob: Sendable, Equatable {
  public enum Schedule: Sendable, Hashable {
    /// Every day at this local time, in EventBridge's form.
    case daily(hour: Int, minute: Int)
    /// The same in Unix's form, which differs on days on which clocks change.
    case dailyUnix(hour: Int, minute: Int)
    /// From minute 0 on, by the wall clock of the zone: a divisor of 60.
    case everyMinutes(Int)
    case hourly(minute: Int)
    /// Monday to Friday.
    case weekdays(hour: Int, minute: Int)

    var expression: String {
      switch self {
      case .daily(let hour, let minute): "cron(\(minute) \(hour) * * ? *)"
      case .dailyUnix(let hour, let minute): "\(minute) \(hour) * * *"
      case .everyMinutes(let minutes): "cron(0/\(minutes) * * * ? *)"
      case .hourly(let minute): "cron(\(minute) * * * ? *)"
      case .weekdays(let hour, let minute): "cron(\(minute) \(hour) ? * MON-FRI *)"
      }
    }
  }

  public enum Overlap: Sendable, Equatable {
    case skip, allow, cancelOther
    case queue(Int)
  }

  public enum CatchUp: Sendable, Equatable {
    case none
    case latest(within: Duration)
    case all(within: Duration)
  }

  /// What a run does. Each Task state has a task definition of its own, named after the job and the state.
  public enum Work: Sendable, Equatable {
    /// One task, with the job's retry and timeout.
    case task
    /// `first`, then `second`; a failure of `first` is caught and leads to `repair`.
    case steps
    /// `left` and `right` side by side.
    case branches
    /// `item` for 0, 1, 2, ….
    case items(Int, maxConcurrency: Int)
  }

  public struct Retry: Sendable, Equatable {
    /// In all, the first included.
    public var maxAttempts: Int
    public var interval: Duration
    public var backoffRate: Int
    public var isJittered: Bool
  }

  public var name: JobName
  public var schedule: Schedule?
  public var zone: String
  public var overlap: Overlap
  public var isOncePerDay: Bool
  public var catchUp: CatchUp
  public var retry: Retry?
  /// Of one attempt.
  public var timeout: Duration
  /// From when ECS took a task until it runs.
  public var startTimeout: Duration?
  /// Of a run with all its attempts.
  public var runTimeout: Duration?
  public var pool: String?
  public var priority: Int
  public var after: [JobName]
  public var work: Work
  /// What an edit changes, beside the schedule: an argument of the command.
  public var edition: Int

  /// The names of its task definitions.
  public var families: [String] {
    switch work {
    case .task: ["\(name)"]
    case .steps: ["\(name)-first", "\(name)-second", "\(name)-repair"]
    case .branches: ["\(name)-left", "\(name)-right"]
    case .items: ["\(name)-item"]
    }
  }

  var yaml: [String] {
    var lines = ["  \(name):"]
    if let schedule { lines += ["    schedule: {expression: \"\(schedule.expression)\", timezone: \(zone)}"] }
    lines += ["    timezone: \(zone)", "    overlap: \(overlapText)", "    catchUp: \(catchUpText)"]
    if isOncePerDay { lines.append("    oncePer: day") }
    if let pool { lines.append("    pool: {name: \(pool), priority: \(priority)}") }
    if !after.isEmpty { lines.append("    after: [\(after.map(\.description).joined(separator: ", "))]") }
    switch work {
    case .task:
      lines.append("    timeout: \(timeout.text)")
      if let startTimeout { lines.append("    startTimeout: \(startTimeout.text)") }
      if let runTimeout { lines.append("    runTimeout: \(runTimeout.text)") }
      lines.append("    retry: \(retryText)")
      lines.append(
        "    task: {taskDefinition: \(name), container: app, command: [work, \"\(edition)\"]}")
    default:
      lines.append("    stateMachine: \(machine.text)")
    }
    return lines
  }

  private var overlapText: String {
    switch overlap {
    case .skip: "skip"
    case .allow: "allow"
    case .cancelOther: "cancelOther"
    case .queue(let limit): "{mode: queue, limit: \(limit)}"
    }
  }

  private var catchUpText: String {
    switch catchUp {
    case .none: "none"
    case .latest(let within): "{mode: latest, within: \(within.text)}"
    case .all(let within): "{mode: all, within: \(within.text)}"
    }
  }

  private var retryText: String {
    guard let retry else { return "none" }
    return "{maxAttempts: \(retry.maxAttempts), interval: \(retry.interval.text), backoffRate: \(retry.backoffRate), "
      + "jitter: \(retry.isJittered ? "full" : "none")}"
  }

  private var machine: JSONValue {
    switch work {
    case .task: [:]
    case .steps:
      [
        "StartAt": "First",
        "States": [
          "First": task(
            "first", next: "Second", ["Catch": [["ErrorEquals": ["States.ALL"], "Next": "Repair"]]]),
          "Second": task("second", next: nil),
          "Repair": task("repair", next: nil),
        ],
      ]
    case .branches:
      [
        "StartAt": "Both",
        "States": [
          "Both": [
            "Type": "Parallel", "End": true,
            "Branches": [
              ["StartAt": "Left", "States": ["Left": task("left", next: nil)]],
              ["StartAt": "Right", "States": ["Right": task("right", next: nil)]],
            ],
          ]
        ],
      ]
    case .items(let count, let maxConcurrency):
      [
        "StartAt": "Items",
        "States": [
          "Items": [
            "Type": "Pass", "Result": .array((0..<count).map { .integer(Int64($0)) }), "Next": "Each",
          ],
          "Each": [
            "Type": "Map", "End": true, "MaxConcurrency": .integer(Int64(maxConcurrency)),
            "ItemProcessor": ["StartAt": "Item", "States": ["Item": task("item", next: nil, isItem: true)]],
          ],
        ],
      ]
    }
  }

  private func task(
    _ state: String, next: String?, isItem: Bool = false, _ more: JSONObject = [:]
  ) -> JSONValue {
    let command: JSONObject =
      isItem
      ? ["Command.$": .string("States.Array('work', '\(edition)', States.Format('{}', $))")]
      : ["Command": ["work", .string("\(edition)")]]
    var container: JSONObject = ["Name": "app"]
    for (key, value) in command { container[key] = value }
    var result: JSONObject = [
      "Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync",
      "TimeoutSeconds": .integer(timeout.components.seconds),
      "Parameters": [
        "Cluster": "sim", "TaskDefinition": .string("\(name)-\(state)"),
        "Overrides": ["ContainerOverrides": [.object(container)]],
      ],
    ]
    if let retry {
      result["Retry"] = [
        [
          "ErrorEquals": ["States.TaskFailed", "States.Timeout"],
          "MaxAttempts": .integer(Int64(retry.maxAttempts - 1)),
          "IntervalSeconds": .integer(retry.interval.components.seconds),
          "BackoffRate": .integer(Int64(retry.backoffRate)),
        ]
      ]
    }
    if let next { result["Next"] = .string(next) } else { result["End"] = true }
    for (key, value) in more { result[key] = value }
    return .object(result)
  }
}

extension Duration {
  /// As a job file writes it.
  var text: String { "\(components.seconds)s" }
}
