import JobModel
import Testing

@testable import JobFile

@Suite("What a job's keys come to")
struct JobValueTests {
  private func job(_ lines: String, top: String = "") throws -> Job {
    let indented = lines.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n")
    return try onlyJob("\(top)jobs:\n  a:\n\(indented)\n    task: {taskDefinition: a}\n")
  }

  @Test("A job without a schedule is run by hand only, in UTC")
  func bare() throws {
    let job = try job("timeout: 1h")
    #expect(job.schedules == [])
    #expect(job.timezone == "UTC")
    #expect(job.topicARN == nil)
    #expect(job.input == [:])
  }

  @Test("The nearest time zone counts")
  func timezone() throws {
    let top = "timezone: Asia/Tokyo\n"
    #expect(try job("schedule: '@daily'", top: top).timezone == "Asia/Tokyo")
    let defaults = top + "defaults: {timezone: Europe/Berlin}\n"
    #expect(try job("schedule: '@daily'", top: defaults).timezone == "Europe/Berlin")
    let own = try job("schedule: '@daily'\ntimezone: America/New_York", top: defaults)
    #expect(own.timezone == "America/New_York")
    #expect(own.schedules == [Job.Schedule(expression: "@daily", timezone: "America/New_York")])
  }

  @Test("Notifications are the file's, the job's own, or none")
  func notifications() throws {
    let arn = "arn:aws:sns:eu-west-1:123456789012:all"
    let top = "notifications: {topicArn: '\(arn)'}\n"
    #expect(try job("timeout: 1h", top: top).topicARN == arn)
    #expect(try job("notifications: none", top: top).topicARN == nil)
    #expect(try job("notifications: {topicArn: '\(arn)-2'}", top: top).topicARN == arn + "-2")
  }

  @Test("Catch-up has a short form, which keeps the default's length")
  func catchUp() throws {
    let day = Duration.seconds(86_400)
    #expect(try job("catchUp: none").catchUp == Job.CatchUp(mode: .none, within: day))
    #expect(try job("catchUp: all").catchUp == Job.CatchUp(mode: .all, within: day))
    #expect(
      try job("catchUp: {mode: all, within: 2d12h}").catchUp == Job.CatchUp(mode: .all, within: .seconds(216_000)))
    #expect(try job("catchUp: {within: 5m}").catchUp == Job.CatchUp(mode: .latest, within: .seconds(300)))
    let top = "defaults: {catchUp: {mode: latest, within: 3h}}\n"
    #expect(try job("catchUp: all", top: top).catchUp == Job.CatchUp(mode: .all, within: .seconds(10_800)))
    let short = "defaults: {catchUp: all}\n"
    #expect(try job("catchUp: {within: 1h}", top: short).catchUp == Job.CatchUp(mode: .all, within: .seconds(3_600)))
  }

  @Test("Overlap and oncePer are taken over from the defaults")
  func words() throws {
    let job = try job("timeout: 1h", top: "defaults: {overlap: allow, oncePer: day}\n")
    #expect(job.overlap == .allow)
    #expect(job.oncePer == .day)
  }

  @Test("An input keeps types, and EventBridge's placeholders stay text for the engine")
  func input() throws {
    let job = try job(
      "input: {n: 1, x: 1.5, yes: no, t: true, z: null, date: <aws.scheduler.scheduled-time>, l: [007, 12:30]}")
    #expect(
      job.input == [
        "n": 1, "x": 1.5, "yes": "no", "t": true, "z": nil, "date": "<aws.scheduler.scheduled-time>",
        "l": ["007", "12:30"],
      ])
  }

  @Test("Environment values are text, exactly as written")
  func environment() throws {
    let job = try onlyJob(
      """
      jobs:
        a:
          timeout: 1h
          task:
            taskDefinition: a
            container: app
            environment: {PORT: 8080, VERSION: 1.10, FLAG: yes, BIG: 0xFF, TIME: 12:30, T: true, PATH_LIKE: $.x, E: ""}
      """)
    let environment = try #require(
      try taskState(job)["Parameters"]?["Overrides"]?["ContainerOverrides"]?[0]?["Environment"]?.arrayValue)
    #expect(
      environment.prefix(8) == [
        ["Name": "PORT", "Value": "8080"], ["Name": "VERSION", "Value": "1.10"], ["Name": "FLAG", "Value": "yes"],
        ["Name": "BIG", "Value": "0xFF"], ["Name": "TIME", "Value": "12:30"], ["Name": "T", "Value": "true"],
        ["Name": "PATH_LIKE", "Value": "$.x"], ["Name": "E", "Value": ""],
      ])
  }
}

@Suite("Defaults")
struct DefaultsTests {
  private func parameters(_ defaults: String, _ task: String) throws -> JSONValue? {
    let job = try onlyJob(
      "defaults:\n  timeout: 1h\n  \(defaults)\njobs:\n  a:\n    task: {taskDefinition: a, \(task)}\n")
    return try taskState(job)["Parameters"]
  }

  @Test("Mappings merge deeply, lists are replaced")
  func merge() throws {
    let defaults = "networkConfiguration: {awsvpcConfiguration: {subnets: [a, b], securityGroups: [c]}}"
    #expect(
      try parameters(defaults, "networkConfiguration: {awsvpcConfiguration: {subnets: [x], assignPublicIp: ENABLED}}")
        == [
          "TaskDefinition": "a",
          "NetworkConfiguration": [
            "AwsvpcConfiguration": ["Subnets": ["x"], "SecurityGroups": ["c"], "AssignPublicIp": "ENABLED"]
          ],
        ])
  }

  @Test("A job's way to be placed displaces the default's")
  func placement() throws {
    #expect(
      try parameters("launchType: EC2", "capacityProviderStrategy: [{capacityProvider: spot}]")
        == ["TaskDefinition": "a", "CapacityProviderStrategy": [["CapacityProvider": "spot"]]])
    #expect(
      try parameters("capacityProviderStrategy: [{capacityProvider: spot}]", "launchType: EC2")
        == ["TaskDefinition": "a", "LaunchType": "EC2"])
  }

  @Test("A default environment is laid under the job's")
  func environment() throws {
    let value = try parameters("environment: {A: 1, B: 1}", "container: app, environment: {B: 2}")
    let environment = value?["Overrides"]?["ContainerOverrides"]?[0]?["Environment"]?.arrayValue?.prefix(2)
    #expect(environment == [["Name": "B", "Value": "2"], ["Name": "A", "Value": "1"]])
  }

  @Test("A default environment needs a container in each job, and says so there")
  func environmentWithoutContainer() {
    let text = "defaults:\n  environment: {A: 1}\n  timeout: 1h\njobs:\n  a:\n    task: {taskDefinition: a}\n"
    #expect(errors(text) == ["6:5 `environment` (from `defaults`) needs `container`, the container's name"])
  }

  @Test("A retry can be refined, or taken back")
  func retry() throws {
    let top =
      "defaults:\n  timeout: 1h\n  retry: {maxAttempts: 5, interval: 1m}\njobs:\n  a:\n    task: {taskDefinition: a}\n"
    #expect(try taskState(onlyJob(top))["Retry"]?[1]?["MaxAttempts"] == 4)
    #expect(try taskState(onlyJob(top + "    retry: {maxAttempts: 2}\n"))["Retry"]?[1]?["MaxAttempts"] == 1)
    #expect(try taskState(onlyJob(top + "    retry: {maxAttempts: 2}\n"))["Retry"]?[1]?["IntervalSeconds"] == 60)
    #expect(try taskState(onlyJob(top + "    retry: none\n"))["Retry"] == nil)
    #expect(try taskState(onlyJob(top + "    retry: {maxAttempts: 1}\n"))["Retry"] == nil)
    #expect(try taskState(onlyJob(top + "    timeout: none\n"))["TimeoutSeconds"] == nil)
  }
}
