import JobFile
import JobModel
import Testing

@Suite("Resources that this jobd performs")
struct PerformedResourcesTests {
  /// The warnings of a job file with one machine of one Task.
  static func warnings(_ resource: String) -> [JobFileDiagnostic] {
    let text = """
      localCommands: true
      jobs:
        copy:
          stateMachine:
            StartAt: Copy
            States:
              Copy: {Type: Task, Resource: "\(resource)", TimeoutSeconds: 60, End: true}
      """
    return JobFile.parse(text, name: "jobs.yaml") { _ in "" }.diagnostics.filter { $0.message.contains("performs") }
  }

  @Test("A Task whose resource nothing performs is a warning at its line, since its run would fail")
  func unknown() throws {
    let warning = try #require(Self.warnings("arn:aws:states:::glue:startJobRun.sync").first)
    #expect(warning.severity == .warning)
    #expect(warning.line == 7)
    #expect(warning.message.contains("glue:startJobRun.sync"))
  }

  @Test(
    "What is performed gives no warning, in every partition",
    arguments: [
      "arn:aws:states:::ecs:runTask", "arn:aws-cn:states:::ecs:runTask.sync",
      "arn:aws:states:::ecs:runTask.waitForTaskToken", "arn:aws:states:::states:startExecution",
      "arn:aws:states:::states:startExecution.sync:2", "arn:aws:states:::sns:publish",
      "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "arn:aws:states:::dynamodb:getItem",
      "arn:aws:states:::events:putEvents", "arn:aws:states:::lambda:invoke",
      "arn:aws:lambda:us-east-1:123456789012:function:f", "arn:aws:states:::aws-sdk:s3:getObject",
      "arn:aws:states:::local:run", "local:run",
    ])
  func known(resource: String) {
    #expect(Self.warnings(resource).isEmpty)
  }

  @Test(
    "Another service, and another form than there is, give one",
    arguments: [
      "arn:aws:states:::batch:submitJob.sync", "arn:aws:states:::http:invoke", "arn:aws:states:::emr:createCluster",
      "arn:aws:states:us-east-1:123456789012:activity:paint",
    ])
  func others(resource: String) {
    #expect(Self.warnings(resource).count == 1)
  }

  @Test("States inside Parallel and Map are looked at, too")
  func nested() {
    let text = """
      jobs:
        copy:
          timeout: 1h
          stateMachine:
            StartAt: Both
            States:
              Both:
                Type: Parallel
                End: true
                Branches:
                  - StartAt: Each
                    States:
                      Each:
                        Type: Map
                        End: true
                        ItemProcessor:
                          StartAt: Crawl
                          States:
                            Crawl: {Type: Task, Resource: "arn:aws:states:::glue:startJobRun", TimeoutSeconds: 60, End: true}
      """
    let found = JobFile.parse(text, name: "jobs.yaml") { _ in "" }.diagnostics.filter {
      $0.message.contains("performs")
    }
    #expect(found.map(\.line) == [19])
  }

  @Test("A command on the host is a mistake in a file that does not allow it")
  func commands() {
    func errors(_ top: String) -> [JobFileDiagnostic] {
      let text = """
        \(top)
        jobs:
          copy:
            timeout: 1h
            stateMachine:
              StartAt: Copy
              States:
                Copy: {Type: Task, Resource: "local:run", Parameters: {Command: ["true"]}, TimeoutSeconds: 60, End: true}
        """
      return JobFile.parse(text, name: "jobs.yaml") { _ in "" }.errors
    }
    #expect(errors("timezone: UTC").map(\.line) == [8])
    #expect(errors("localCommands: false").first?.message.contains("`localCommands: true`") == true)
    #expect(errors("localCommands: true").isEmpty)
    #expect(errors("localCommands: maybe").isEmpty == false)
  }
}

@Suite("State machines of the job file")
struct StateMachineKeyTests {
  private func parse(_ machines: String) -> JobFileResult {
    let text = """
      timezone: Asia/Tokyo
      stateMachines:
      \(machines)
      jobs:
        report: {timeout: none, task: {taskDefinition: report}}
      """
    return JobFile.parse(text, name: "jobs.yaml") { path in
      path == "close.asl.json" ? #"{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}"# : "{"
    }
  }

  @Test("Each is a job that nothing but another run, or a hand, starts, as often as it is asked for")
  func jobs() throws {
    let result = parse(
      "  close: close.asl.json\n  open: {StartAt: A, States: {A: {Type: Succeed}}}")
    let file = try #require(result.file, "\(result.diagnostics)")
    #expect(file.jobs.map(\.name.description) == ["report", "close", "open"])
    #expect(file.machineJobs.map(\.description).sorted() == ["close", "open"])
    for job in file.jobs.dropFirst() {
      #expect(job.schedules.isEmpty)
      #expect(job.overlap == .allow)
      #expect(job.timezone == "Asia/Tokyo")
      #expect(job.machine["StartAt"] == "A")
      #expect(job.subscriptions.isEmpty)
    }
  }

  @Test(
    "Mistakes are told with their places",
    arguments: [
      ("  report: close.asl.json", "3:3", "the name of a job already"),
      ("  a b: close.asl.json", "3:3", "no name of a state machine"),
      ("  close: 7", "", ""), ("  close: [a]", "3:10", "must be the path of a file"),
      ("  close: other.asl.json", "", "no JSON"),
      ("  close: {StartAt: B, States: {A: {Type: Succeed}}}", "", ""), ("  - close", "3:3", "must be a mapping"),
    ])
  func mistakes(machines: String, place: String, message: String) {
    let errors = parse(machines).errors.map { "\($0.line):\($0.column) \($0.message)" }
    #expect(!errors.isEmpty)
    #expect(errors.contains { $0.hasPrefix(place) && $0.contains(message) }, "\(errors)")
  }
}
