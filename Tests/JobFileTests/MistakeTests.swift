import JobModel
import Testing

@testable import JobFile

/// A job file with one job's lines (from line 3, indented by four), whose mistakes are known.
private func job(_ lines: String) -> String {
  "jobs:\n  nightly:\n"
    + lines.split(separator: "\n", omittingEmptySubsequences: false).map { "    " + $0 }.joined(separator: "\n") + "\n"
}

private func task(_ line: String) -> String { job("timeout: 1h\ntask:\n  taskDefinition: report\n  \(line)") }

@Suite("Mistakes in a job file")
struct MistakeTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var title: String
    var text: String
    var expected: [String]

    init(_ title: String, _ text: String, _ expected: String...) {
      self.title = title
      self.text = text
      self.expected = expected
    }

    var testDescription: String { title }
  }

  @Test("Each is told with its place and what would be right", arguments: top + jobs + tasks + types + policies)
  func place(row: Row) {
    #expect(errors(row.text) == row.expected)
    #expect(parse(row.text).file == nil)
  }

  static let top: [Row] = [
    Row("an empty file", "", "1:1 the file is empty; it needs at least `jobs`"),
    Row("only comments", "# nothing\n# here\n", "1:1 the file is empty; it needs at least `jobs`"),
    Row("a document of nothing", "---\n", "1:1 the file is empty; it needs at least `jobs`"),
    Row("a list", "- a\n", "1:1 `the file` must be a mapping, such as `{jobs: {nightly-report: {…}}}`; found a list"),
    Row("no jobs", "region: eu-west-1\n", "1:1 the file needs `jobs`, such as `{jobs: {nightly-report: {…}}}`"),
    Row("jobs as a list", "jobs:\n  - name: a\n", "2:3 `jobs` must be a mapping of names to jobs; found a list"),
    Row(
      "a bad Region", "region: Tokyo\njobs: {}\n", "1:9 `region` is no AWS Region, such as `ap-northeast-1`: `Tokyo`"),
    Row(
      "a topic's name instead of its ARN", "notifications:\n  topicArn: job-failures\njobs: {}\n",
      "2:13 `topicArn` is no ARN of an SNS topic, such as "
        + "`arn:aws:sns:ap-northeast-1:123456789012:job-failures`: `job-failures`"),
    Row(
      "a misspelled key at the top", "regoin: eu-west-1\njobs: {}\n", "1:1 unknown key `regoin`; did you mean `region`?"
    ),
    Row(
      "a key over two lines, found by a fuzzer", "defaults: {\"\\e\\nclustre\": batch}\njobs: {}\n",
      "1:12 unknown key `\u{FFFD}\u{FFFD}clustre`; did you mean `cluster`?"),
    Row(
      "a default at the top", "cluster: batch\njobs: {}\n", "1:1 unknown key `cluster`: it belongs under `defaults`"),
    Row(
      "a misspelled default", "defaults:\n  clustre: batch\njobs: {}\n",
      "2:3 unknown key `clustre`; did you mean `cluster`?"),
    Row(
      "a schedule among the defaults", "defaults:\n  schedule: '@daily'\njobs: {}\n",
      "2:3 unknown key `schedule`: a schedule belongs to a job"),
    Row(
      "a default's mistake is told once, however many jobs take it",
      """
      defaults:
        timeout: 3600
      jobs:
        a: {task: {taskDefinition: a}}
        b: {task: {taskDefinition: b}}
      """,
      "2:12 `timeout` must be a length of time, such as `90s`, `15m`, `1h30m` or `1d`; found the number 3600; "
        + "write the unit: `3600s` for seconds"),
  ]

  static let jobs: [Row] = [
    Row("an empty job", "jobs:\n  nightly:\n", "2:3 the job is empty: it needs a `task` or a `stateMachine`"),
    Row(
      "a job of text", "jobs:\n  nightly: report\n",
      "2:12 `nightly` must be a mapping, such as "
        + "`{schedule: \"cron(0 3 * * ? *)\", task: {taskDefinition: nightly-report}}`; found the text `report`"),
    Row(
      "a name with a space", "jobs:\n  night ly: {timeout: 1h, task: {taskDefinition: a}}\n",
      "2:3 `night ly` is no job name: it takes a letter or digit, then letters, digits, `-` and `_`, at most 64 in all"),
    Row(
      "neither task nor machine", job("schedule: '@daily'"),
      "2:3 the job needs a `task`, such as `task: {taskDefinition: nightly-report}`, or a `stateMachine`"),
    Row(
      "both task and machine", job("task: {taskDefinition: a}\nstateMachine: a.json"),
      "4:5 a job has either a `task` or a `stateMachine`, not both"),
    Row(
      "a misspelled key", job("timeout: 1h\ntask: {taskDefintion: a}"),
      "4:5 `task` needs `taskDefinition`, such as `{taskDefinition: nightly-report, container: app, command: [report]}`",
      "4:12 unknown key `taskDefintion`; did you mean `taskDefinition`?"),
    Row(
      "a key of the task beside it", job("cluster: batch\ntask: {taskDefinition: a}"),
      "3:5 unknown key `cluster`: it belongs under `task` (or under `defaults`)"),
    Row(
      "a key that nothing resembles", job("kubernetes: small\ntask: {taskDefinition: a}"),
      "3:5 unknown key `kubernetes`; known here: description, type, schedule, schedules, after, task, stateMachine, "
        + "input, notifications, calendar, flexibleWindow, overlap, pool, catchUp, oncePer, lateAfter, tooLongAfter, "
        + "limits, timeout, runTimeout, startTimeout, successExitCodes, skipExitCodes, retry, date, timezone"),
    Row(
      "a file that is not there", job("stateMachine: month-end.json"),
      "3:19 the state machine `month-end.json` cannot be read: no such file"),
    Row(
      "retry beside a state machine",
      job("timeout: 1h\nretry: {maxAttempts: 2}\nstateMachine: {StartAt: A, States: {A: {Type: Succeed}}}"),
      "4:5 `retry` is for a `task`; a state machine says `Retry` in its states"),
    Row(
      "two timeouts", job("timeout: 1h\nstateMachine: {TimeoutSeconds: 5, StartAt: A, States: {A: {Type: Succeed}}}"),
      "3:5 the state machine has a `TimeoutSeconds` of its own; remove one of the two"),
    Row(
      "an input that is no mapping", job("timeout: 1h\ntask: {taskDefinition: a}\ninput: JPY"),
      "5:12 `input` must be a mapping, such as `{currency: JPY}`; found the text `JPY`"),
    Row(
      "a number too large for JSON", job("timeout: 1h\ntask: {taskDefinition: a}\ninput: {id: 123456789012345678901}"),
      "5:17 JSON cannot hold this number as it is written; quote it to make it text"),
  ]

  static let tasks: [Row] = [
    Row("how many", task("count: 2"), "6:7 unknown key `count`: a job is one task"),
    Row("PascalCase", task("LaunchType: EC2"), "6:7 unknown key `LaunchType`; did you mean `launchType`?"),
    Row(
      "an unknown launch type", task("launchType: FARGAT"),
      "6:19 `launchType` must be `EC2`, `FARGATE`, `EXTERNAL`, `MANAGED_INSTANCES`; found the text `FARGAT`; "
        + "did you mean `FARGATE`?"),
    Row(
      "Fargate without a network", task("launchType: FARGATE"),
      "4:5 a task on Fargate needs `networkConfiguration`, such as "
        + "`{awsvpcConfiguration: {subnets: [subnet-0a], securityGroups: [sg-0a]}}`"),
    Row(
      "both ways to be placed",
      task("launchType: EC2\n  capacityProviderStrategy: [{capacityProvider: spot}]"),
      "7:7 `capacityProviderStrategy` and `launchType` exclude each other; remove one of them"),
    Row(
      "a command without its container", task("command: [a]"), "6:7 `command` needs `container`, the container's name"),
    Row(
      "a command as text", task("container: app\n  command: report --full"),
      "7:16 `command` must be a list, such as `[report, --full]`; found the text `report --full`; "
        + "write `[report, --full]`"),
    Row(
      "an environment as a list", task("container: app\n  environment: [{name: A, value: B}]"),
      "7:20 `environment` must be a mapping of names to texts, such as `{STAGE: prod}`; found a list"),
    Row(
      "a variable without a value", task("container: app\n  environment:\n    STAGE:"),
      "8:15 the variable `STAGE` must be text; found nothing; write \"\" for empty text"),
    Row(
      "a variable of jobd's own", task("container: app\n  environment: {JOBD_DAY: x}"),
      "7:21 the variable's name `JOBD_DAY` begins with `JOBD_`: jobd itself sets such variables; choose another name"),
    Row(
      "a variable without a name", task("container: app\n  environment: {\"\": x}"),
      "7:21 the variable's name `` is empty"),
    Row(
      "a variable in both places",
      task(
        "container: app\n  environment: {A: x}\n"
          + "  overrides: {containerOverrides: [{name: app, environment: [{name: A, value: y}]}]}"),
      "7:21 the variable `A` is given here and in the override of `app`; remove one of them"),
    Row(
      "a command in both places",
      task("container: app\n  command: [a]\n  overrides: {containerOverrides: [{name: app, command: [b]}]}"),
      "7:7 `command` is given here and in the override of `app`; remove one of them"),
    Row(
      "memory in both places", task("memory: 2048\n  overrides: {memory: '1024'}"),
      "6:7 `memory` is given here and in `overrides`; remove one of them"),
    Row(
      "overrides that are too long", task("container: app\n  command: [\(String(repeating: "x", count: 8_000))]"),
      "4:5 command, environment and overrides come to 8380 characters; ECS takes 8192"),
    Row(
      "a tag of a service", task("propagateTags: SERVICE"),
      "6:22 `propagateTags` must be `TASK_DEFINITION` or `NONE`; found the text `SERVICE`"),
    Row(
      "a network without subnets", task("networkConfiguration: {awsvpcConfiguration: {securityGroups: [sg-0a]}}"),
      "6:30 `awsvpcConfiguration` needs `subnets`, such as `{subnets: [subnet-0a], securityGroups: [sg-0a]}`"),
    Row(
      "subnets in the wrong place", task("networkConfiguration: {subnets: [subnet-0a]}"),
      "6:7 `networkConfiguration` needs `awsvpcConfiguration`, such as `{awsvpcConfiguration: {subnets: [subnet-0a]}}`",
      "6:30 unknown key `subnets`: it belongs under `awsvpcConfiguration`"),
    Row(
      "an override without its container", task("overrides: {containerOverrides: [{command: [a]}]}"),
      "6:40 `containerOverrides[0]` needs `name`, such as `{name: app, command: [report]}`"),
  ]

  static let types: [Row] = [
    Row(
      "a list for a text", task("cluster: [batch]"), "6:16 `cluster` must be text, such as `batch`; found a list"),
    Row("nothing for a text", task("cluster:"), "6:15 `cluster` must be text, such as `batch`; found nothing"),
    Row(
      "yes for true", task("enableExecuteCommand: yes"),
      "6:29 `enableExecuteCommand` must be `true` or `false`; found the text `yes`; write `true`"),
    Row(
      "quotes around a number", task("capacityProviderStrategy: [{capacityProvider: spot, weight: \"1\"}]"),
      "6:67 `weight` must be a whole number, such as `1`; found the text `1`; remove the quotes"),
    Row(
      "a number that is too large", task("capacityProviderStrategy: [{capacityProvider: spot, weight: 1001}]"),
      "6:67 `weight` must be from 0 to 1000; found 1001"),
    Row(
      "a memory size in words", task("memory: lots"),
      "6:15 `memory` is no memory size in MiB such as `2048`, or `2 GB`: `lots`"),
    Row(
      "too many tags",
      task("tags: [" + (0..<51).map { "{key: k\($0), value: v}" }.joined(separator: ", ") + "]"),
      "6:7 `tags` holds 51 items; at most 50 are allowed"),
    Row(
      "a CloudFormation tag", task("cluster: !Ref Cluster"),
      "6:16 the tag `!Ref` has no meaning here; remove it"),
  ]

  static let policies: [Row] = [
    Row(
      "a time of day for a length", job("timeout: 12:30\ntask: {taskDefinition: a}"),
      "3:14 `timeout` must be a length of time, such as `90s`, `15m`, `1h30m` or `1d`; found the text `12:30`"),
    Row(
      "a length of nothing", job("timeout: 0s\ntask: {taskDefinition: a}"),
      "3:14 `timeout` must be from 1s to 1157d9h46m39s; found `0s`"),
    Row(
      "no attempt", job("timeout: 1h\nretry: {maxAttempts: 0}\ntask: {taskDefinition: a}"),
      "4:26 `maxAttempts` must be from 1 to 1000; found 0"),
    Row(
      "a delay that shrinks", job("timeout: 1h\nretry: {backoffRate: 0.5}\ntask: {taskDefinition: a}"),
      "4:26 `backoffRate` must be from 1 to 1000; found 0.5"),
    Row(
      "an error that is none", job("timeout: 1h\nretry: {on: [States.TimeOut]}\ntask: {taskDefinition: a}"),
      "4:18 `on[0]` is no error of the states language: `States.TimeOut`; did you mean `States.Timeout`?"),
    Row(
      "every error and one more",
      job("timeout: 1h\nretry: {on: [States.ALL, ECS.OutOfMemory]}\ntask: {taskDefinition: a}"),
      "4:13 `States.ALL` stands for every error, and so stands alone"),
    Row(
      "no error", job("timeout: 1h\nretry: {on: []}\ntask: {taskDefinition: a}"), "4:13 `on` names no error"),
    Row(
      "a misspelled mode", job("timeout: 1h\ncatchUp: lastest\ntask: {taskDefinition: a}"),
      "4:14 `catchUp` must be `none`, `latest`, `all`, or a mapping such as `{mode: latest, within: 1d}`; "
        + "found the text `lastest`; did you mean `latest`?"),
    Row(
      "a Boolean for overlap", job("timeout: 1h\noverlap: false\ntask: {taskDefinition: a}"),
      "4:14 `overlap` must be `skip`, `queue`, `cancelOther`, `allow`, or a mapping such as `{mode: queue, limit: 10}`; "
        + "found the boolean `false`"),
  ]

  @Test("All mistakes are told at once, in the order of the file")
  func allAtOnce() {
    let text = """
      region: Tokyo
      jobs:
        a:
          timeout: 5
          task: {taskDefinition: a, clutser: b}
        b:
          overlap: maybe
          retry: {maxAttempts: 0}
          task: {}
      """
    #expect(parse(text).errors.map(\.line) == [1, 4, 5, 7, 8, 9])
    #expect(
      parse(text).errors.map(\.path) == [
        "region", "jobs.a.timeout", "jobs.a.task.clutser", "jobs.b.overlap", "jobs.b.retry.maxAttempts", "jobs.b.task",
      ])
  }

  @Test("A mistake among the defaults keeps its path when a job takes it")
  func pathOfDefaults() {
    let text = "defaults:\n  tags: [{value: x}]\njobs:\n  a: {timeout: 1h, task: {taskDefinition: a}}\n"
    #expect(parse(text).errors.map(\.path) == ["defaults.tags[0]"])
  }

  @Test("Warnings do not keep a file from being taken")
  func warnings() {
    let result = parse("jobs:\n  a:\n    task: {taskDefinition: a}\n")
    #expect(
      result.diagnostics.map(\.description) == [
        "jobs.yaml:3:5: warning: no `timeout`: a task that hangs is never stopped (`timeout: none` where that is meant)"
      ])
    #expect(result.file != nil)
    #expect(parse("jobs:\n  a:\n    timeout: none\n    task: {taskDefinition: a}\n").diagnostics == [])
  }

  @Test("A thousand mistakes are told one by one, the others counted")
  func bounded() {
    let text = "jobs:\n" + (0..<1_500).map { "  j\($0): {bogus: 1, timeout: 1h, task: {taskDefinition: a}}\n" }.joined()
    let errors = parse(text).errors
    #expect(errors.count == 1_001)
    #expect(errors.last?.message == "500 more mistakes are not shown")
  }
}

@Suite("Mistakes that other modules find")
struct ForeignMistakeTests {
  @Test("A schedule's mistake is told at its place in the expression")
  func schedule() {
    for (expression, column) in [("cron(0 24 * * ? *)", 22), ("'cron(0 24 * * ? *)'", 23), ("\"61 * * * *\"", 16)] {
      let result = parse("jobs:\n  a:\n    schedule: \(expression)\n    timeout: 1h\n    task: {taskDefinition: a}\n")
      #expect(result.errors.map { [$0.line, $0.column] } == [[3, column]], "\(result.diagnostics)")
      #expect(result.errors.first?.path == "jobs.a.schedule")
      #expect(result.errors.first?.message.hasPrefix("`schedule` cannot be read: ") == true)
    }
  }

  @Test("A time zone that nobody knows is told, wherever it stands")
  func zone() {
    let text = """
      timezone: Asia/Tokio
      defaults: {timezone: Mars/Olympus}
      jobs:
        a: {timezone: JST-9, timeout: 1h, task: {taskDefinition: a}}
      """
    #expect(parse(text).errors.map(\.line) == [1, 2, 4])
    #expect(parse(text).errors.first?.message.contains("Asia/Tokyo") == true)
  }
}
