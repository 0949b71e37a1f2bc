import JobModel
import StatesLanguage
import Testing

@testable import JobFile

private func job(_ lines: String, top: String = "") -> String {
  let indented = lines.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n")
  return "\(top)jobs:\n  a:\n\(indented)\n    timeout: 1h\n    task: {taskDefinition: a}\n"
}

@Suite("What a retry comes to")
struct RetryTests {
  private static let uncertain: JSONValue = [
    "ErrorEquals": ["ECS.UnknownLaunch", "ECS.UnknownOutcome"], "MaxAttempts": 0,
  ]

  private static func retrier(_ names: [String], _ retries: Int64 = 2, interval: Int64 = 30) -> JSONValue {
    [
      "ErrorEquals": .array(names.map { .string($0) }), "IntervalSeconds": .integer(interval),
      "MaxAttempts": .integer(retries), "BackoffRate": 2,
    ]
  }

  struct Row: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var retry: String
    /// Nil for no Retry at all.
    var expected: [JSONValue]?
    var texts: [String] = []
  }

  static let rows: [Row] = [
    Row(testDescription: "none", retry: "none"),
    Row(testDescription: "one attempt", retry: "{maxAttempts: 1}"),
    Row(testDescription: "one mapping", retry: "{maxAttempts: 3}", expected: [uncertain, retrier(["States.ALL"])]),
    Row(
      testDescription: "a word", retry: "{on: capacity}", expected: [retrier(["ECS.CapacityUnavailable"])]),
    Row(
      testDescription: "every word but any",
      retry:
        "{on: [launchFailure, capacity, startFailure, startTimeout, exitCode, outOfMemory, spot, hostLost, timeout]}",
      expected: [
        retrier([
          "ECS.LaunchFailed", "ECS.CapacityUnavailable", "ECS.TaskFailedToStart", "ECS.StartTimeout", "ECS.ExitCode",
          "ECS.OutOfMemory", "ECS.SpotInterruption", "ECS.HostTerminated", "ECS.Maintenance", "States.Timeout",
        ])
      ]),
    Row(
      testDescription: "any leaves out what nobody can tell", retry: "{on: any}",
      expected: [uncertain, retrier(["States.ALL"])]),
    Row(
      testDescription: "States.ALL does not", retry: "{on: States.ALL}", expected: [retrier(["States.ALL"])]),
    Row(
      testDescription: "States.TaskFailed leaves them out", retry: "{on: States.TaskFailed}",
      expected: [uncertain, retrier(["States.TaskFailed"])]),
    Row(
      testDescription: "unless they are named", retry: "{on: [States.TaskFailed, ECS.UnknownOutcome]}",
      expected: [uncertain, retrier(["States.TaskFailed", "ECS.UnknownOutcome"])]),
    Row(
      testDescription: "a rule that names one before",
      retry: "[{on: ECS.UnknownOutcome, maxAttempts: 2}, {on: any}]",
      expected: [
        retrier(["ECS.UnknownOutcome"], 1), ["ErrorEquals": ["ECS.UnknownLaunch"], "MaxAttempts": 0],
        retrier(["States.ALL"]),
      ]),
    Row(
      testDescription: "a word and a name", retry: "{on: [spot, MyOwn.Error]}",
      expected: [retrier(["ECS.SpotInterruption", "MyOwn.Error"])]),
    Row(
      testDescription: "exit codes and ranges, each once and in order", retry: "{exitCodes: [75, 100-102, 101, 3]}",
      expected: [
        retrier(["ECS.ExitCode.3", "ECS.ExitCode.75", "ECS.ExitCode.100", "ECS.ExitCode.101", "ECS.ExitCode.102"])
      ]),
    Row(
      testDescription: "a text of the stop reason", retry: "{stoppedReason: network interface}",
      expected: [retrier(["ECS.StoppedReason.1"])], texts: ["network interface"]),
    Row(
      testDescription: "all three keys are alternatives",
      retry: "{on: spot, exitCodes: [75], stoppedReason: disk full}",
      expected: [retrier(["ECS.SpotInterruption", "ECS.ExitCode.75", "ECS.StoppedReason.1"])], texts: ["disk full"]),
    Row(
      testDescription: "texts are numbered across the rules, equal ones once",
      retry: "[{stoppedReason: a, maxAttempts: 2}, {stoppedReason: b}, {stoppedReason: A, on: spot}]",
      expected: [
        retrier(["ECS.StoppedReason.1"], 1), retrier(["ECS.StoppedReason.2"]),
        retrier(["ECS.SpotInterruption", "ECS.StoppedReason.1"]),
      ], texts: ["a", "b"]),
    Row(
      testDescription: "each rule has its own numbers",
      retry: "[{on: spot, maxAttempts: 10, interval: 1m}, {on: outOfMemory, maxAttempts: 1}, {maxAttempts: 2}]",
      expected: [
        retrier(["ECS.SpotInterruption"], 9, interval: 60), retrier(["ECS.OutOfMemory"], 0), uncertain,
        retrier(["States.ALL"], 1),
      ]),
    Row(
      testDescription: "rules that retry nothing are no Retry", retry: "[{on: spot, maxAttempts: 1}, {maxAttempts: 1}]"),
  ]

  @Test("Each rule becomes a retrier of its own", arguments: rows)
  func lowered(row: Row) throws {
    let job = try onlyJob(job("retry: \(row.retry)"))
    #expect(try taskState(job)["Retry"] == row.expected.map { .array($0) })
    #expect(job.taskPolicy.stoppedReasons == row.texts)
    let (machine, diagnostics) = StateMachine.parse(job.machine.text)
    #expect(machine != nil && !diagnostics.contains { $0.severity == .error }, "\(diagnostics)")
  }

  @Test("A cap below the first delay is the delay, and the machine takes it")
  func cap() throws {
    let text = job("retry: {interval: 10m, maxDelay: 1m}")
    #expect(mistakes(text).map { $0.contains("so every delay is 1m") } == [true])
    let retry = try taskState(onlyJob(text))["Retry"]?[1]
    #expect(retry?["IntervalSeconds"] == 60 && retry?["MaxDelaySeconds"] == 60)
  }

  @Test("A default's rules are replaced as a list, and refined as a mapping")
  func defaults() throws {
    let list = "defaults:\n  retry: [{on: spot}, {on: capacity}]\n"
    #expect(try taskState(onlyJob(job("oncePer: day", top: list)))["Retry"]?.arrayValue?.count == 2)
    #expect(try taskState(onlyJob(job("retry: [{on: timeout}]", top: list)))["Retry"]?.arrayValue?.count == 1)
    #expect(try taskState(onlyJob(job("retry: {on: timeout}", top: list)))["Retry"]?.arrayValue?.count == 1)
    let mapping = "defaults:\n  retry: {interval: 1m, on: spot}\n"
    let refined = try taskState(onlyJob(job("retry: {maxAttempts: 5}", top: mapping)))["Retry"]
    #expect(refined == [Self.retrier(["ECS.SpotInterruption"], 4, interval: 60)])
  }

  @Test(
    "Mistakes",
    arguments: [
      ("[]", ["3:5 `retry` holds no rule; write `none` for no retry"]),
      (
        "3",
        [
          "3:12 `retry` must be `none`, or a mapping such as `{maxAttempts: 3, interval: 30s}`; found the number 3"
        ]
      ),
      ("{on: []}", ["3:13 `on` names no error"]),
      ("{exitCodes: []}", ["3:13 `exitCodes` names no exit code"]),
      (
        "{on: capasity}",
        [
          "3:17 `on` is neither a word nor an error name such as `ECS.OutOfMemory`: `capasity`; did you mean `capacity`?"
        ]
      ),
      (
        "{on: [banana]}",
        [
          "3:18 `on[0]` is neither a word nor an error name such as `ECS.OutOfMemory`: `banana`; the words are "
            + "launchFailure, capacity, startFailure, startTimeout, exitCode, outOfMemory, spot, hostLost, timeout, any"
        ]
      ),
      ("{on: [any, spot]}", ["3:13 `any` stands for every error, and so stands alone"]),
      ("{on: States.ALL, exitCodes: [3]}", ["3:13 `States.ALL` stands for every error, and so stands alone"]),
      (
        "{exitCodes: [256]}",
        ["3:25 `exitCodes[0]` is no exit code from 0 to 255 such as `75`, and no range such as `100-110`: `256`"]
      ),
      (
        "{exitCodes: [9-7]}",
        ["3:25 `exitCodes[0]` is no exit code from 0 to 255 such as `75`, and no range such as `100-110`: `9-7`"]
      ),
      ("{stoppedReason: \"\"}", ["3:28 `stoppedReason` is empty"]),
    ])
  func wrong(retry: String, expected: [String]) { #expect(errors(job("retry: \(retry)")) == expected) }

  private static let never =
    "this rule never matches: the rules before it take every error that it names; the first that matches decides"

  @Test(
    "A rule that can never match is a mistake",
    arguments: [
      ("[{on: any}, {on: spot}]", 1), ("[{on: spot}, {on: spot}]", 1), ("[{maxAttempts: 2}, {maxAttempts: 3}]", 1),
      ("[{on: [spot, capacity]}, {on: timeout}, {on: capacity}]", 2),
      ("[{on: startFailure}, {on: startTimeout}]", 1), ("[{on: States.TaskFailed}, {exitCodes: [3]}]", 1),
      ("[{on: States.TaskFailed}, {on: timeout}]", nil), ("[{on: States.TaskFailed}, {on: any}]", nil),
      ("[{on: startTimeout}, {on: startFailure}]", nil), ("[{exitCodes: [3]}, {exitCodes: [3-4]}]", nil),
      ("[{exitCodes: [3-5]}, {exitCodes: [4]}]", 1), ("[{on: ECS.UnknownLaunch}, {on: any}]", nil),
      ("[{on: any}, {on: ECS.UnknownLaunch}]", 1), ("[{stoppedReason: x}, {stoppedReason: X}]", 1),
      ("[{on: spot, maxAttempts: 1}, {on: spot}]", 1), ("[{on: exitCode}, {exitCodes: [3]}]", nil),
    ])
  func unreachable(retry: String, place: Int?) {
    let found = parse(job("retry: \(retry)")).errors
    #expect(found.map(\.message) == (place == nil ? [] : [Self.never]))
    #expect(found.first?.path == place.map { "jobs.a.retry[\($0)]" })
  }

  @Test("A misspelt name of ECS is a warning, with what was meant")
  func misspelt() {
    #expect(
      mistakes(job("retry: {on: [spot, ECS.OutOfMemroy]}")) == [
        "3:24 warning ECS.OutOfMemroy is no error that ECS or jobd gives; did you mean ECS.OutOfMemory?"
      ])
  }

  @Test("An exit code that is no failure is never retried, which is told")
  func noFailure() {
    let found = mistakes(job("successExitCodes: [3]\nskipExitCodes: [99]\nretry: {exitCodes: [1-3, 99]}"))
    #expect(
      found == [
        "5:13 warning exit code 3 is a success here, and so is never retried",
        "5:13 warning exit code 99 is a skip here, and so is never retried",
      ])
  }
}

@Suite("What a job's tasks are judged by")
struct TaskPolicyTests {
  private static let machine = "stateMachine: {StartAt: A, States: {A: {Type: Succeed}}}"

  private func machineJob(_ lines: String, top: String = "") -> String {
    let indented = (lines + "\n" + Self.machine).split(separator: "\n").map { "    " + $0 }.joined(separator: "\n")
    return "\(top)jobs:\n  a:\n\(indented)\n"
  }

  @Test("Start timeout and exit codes are the job's, for a task and for a state machine")
  func values() throws {
    let lines = "startTimeout: 10m\nsuccessExitCodes: [3, 10-12]\nskipExitCodes: [99]"
    let policy = TaskPolicy(startTimeoutSeconds: 600, successExitCodes: [3, 10, 11, 12], skipExitCodes: [99])
    #expect(try onlyJob(job(lines)).taskPolicy == policy)
    #expect(try onlyJob(machineJob(lines)).taskPolicy == policy)
    #expect(try onlyJob(job("oncePer: day")).taskPolicy == .none)
  }

  @Test("Defaults are taken over, replaced and taken back")
  func defaults() throws {
    let top = "defaults: {startTimeout: 5m, successExitCodes: [3], skipExitCodes: [99], retry: {stoppedReason: x}}\n"
    let all = try onlyJob(job("oncePer: day", top: top)).taskPolicy
    #expect(
      all
        == TaskPolicy(
          startTimeoutSeconds: 300, successExitCodes: [3], skipExitCodes: [99], stoppedReasons: ["x"]))
    let none = "startTimeout: none\nsuccessExitCodes: []\nskipExitCodes: []\nretry: none"
    #expect(try onlyJob(job(none, top: top)).taskPolicy == .none)
    // The rules are for tasks alone.
    #expect(try onlyJob(machineJob("timeout: 1h", top: top)).taskPolicy.stoppedReasons == [])
  }

  @Test(
    "Mistakes",
    arguments: [
      (
        "successExitCodes: [3, 4]\nskipExitCodes: [4, 99]",
        ["4:5 `skipExitCodes` and `successExitCodes` both hold 4; a code means one of the two"]
      ),
      ("skipExitCodes: [0, 99]", ["3:5 `skipExitCodes` holds 0, which is always a success"]),
      (
        "successExitCodes: 3",
        ["3:23 `successExitCodes` must be a list, such as `[3]`; found the number 3; write `[3]`"]
      ),
      (
        "successExitCodes: [ok]",
        ["3:24 `successExitCodes[0]` is no exit code from 0 to 255 such as `75`, and no range such as `100-110`: `ok`"]
      ),
      ("startTimeout: 0s", ["3:19 `startTimeout` must be from 1s to 1157d9h46m39s; found `0s`"]),
      (
        "exitCodes: [3]",
        ["3:5 unknown key `exitCodes`: it belongs under `retry`; or write `successExitCodes` or `skipExitCodes`"]
      ),
    ])
  func wrong(lines: String, expected: [String]) { #expect(errors(job(lines)) == expected) }

  @Test("A run's own timeout is the machine's, and an attempt's is the state's")
  func runTimeout() throws {
    let both = try onlyJob(job("runTimeout: 6h"))
    #expect(both.machine["TimeoutSeconds"] == 21_600)
    #expect(try taskState(both)["TimeoutSeconds"] == 3_600)
    #expect(try onlyJob(job("runTimeout: none")).machine["TimeoutSeconds"] == nil)
    let alone = "jobs:\n  a:\n    runTimeout: 6h\n    task: {taskDefinition: a}\n"
    #expect(parse(alone).diagnostics == [], "a run that hangs is stopped some day")
  }

  @Test("A timeout that another one forestalls is told")
  func forestalled() {
    #expect(
      mistakes(job("runTimeout: 30m")) == [
        "3:5 warning `runTimeout` is shorter than `timeout`: the run is over before its first attempt can time out"
      ])
    #expect(
      mistakes(job("startTimeout: 1h")) == [
        "3:5 warning `startTimeout` is not shorter than `timeout`, and so is never reached"
      ])
    #expect(parse(machineJob("timeout: 1h\nstartTimeout: 2h")).diagnostics == [])
  }

  @Test("For a state machine the run's timeout is what its timeout is")
  func machineRunTimeout() throws {
    let top = "defaults: {runTimeout: 2h}\n"
    #expect(try onlyJob(machineJob("runTimeout: 1h")).machine["TimeoutSeconds"] == 3_600)
    #expect(try onlyJob(machineJob("oncePer: day", top: top)).machine["TimeoutSeconds"] == 7_200)
    #expect(try onlyJob(machineJob("timeout: 1h", top: top)).machine["TimeoutSeconds"] == 3_600)
    #expect(try onlyJob(machineJob("timeout: none", top: top)).machine["TimeoutSeconds"] == nil)
    #expect(
      errors(machineJob("timeout: 1h\nrunTimeout: 2h")) == [
        "4:5 the `timeout` of a state machine is that of the whole run already; remove one of the two"
      ])
    let own = "{TimeoutSeconds: 5, StartAt: A, States: {A: {Type: Succeed}}}"
    let file = "jobs:\n  a:\n    stateMachine: \(own)\n"
    #expect(try onlyJob(top + file).machine["TimeoutSeconds"] == 5)
    #expect(
      errors(file + "    runTimeout: 1h\n") == [
        "4:5 the state machine has a `TimeoutSeconds` of its own; remove one of the two"
      ])
  }
}
