import AWSClient
import JobModel
import Testing

@testable import ECSDriver

@Suite("The least policy for a job file")
struct LeastPolicyTests {
  private let arn = "arn:aws:ecs:eu-central-1:111111111111"

  private func input(
    _ tasks: [CheckedTask], account: String? = FakeAWS.account, definitions: [String: JSONValue] = [:],
    _ change: (inout IAMPolicyInput) -> Void = { _ in }
  ) -> IAMPolicyInput {
    var input = IAMPolicyInput(
      collected: CollectedTasks(tasks: tasks), region: FakeAWS.region, account: account, definitions: definitions)
    change(&input)
    return input
  }

  private func statement(_ sid: String, _ input: IAMPolicyInput) -> IAMPolicy.Statement? {
    IAMPolicy.least(for: input).statements.first { $0.sid == sid }
  }

  @Test("The whole policy of one job, in its order")
  func whole() {
    let policy = IAMPolicy.least(
      for: input([FakeAWS.task()], definitions: ["report": FakeAWS.definition]) {
        $0.topics = [FakeAWS.topic]
        $0.queueURL = FakeAWS.queue
      })
    let cluster = "\(arn):cluster/batch"
    let logs = "arn:aws:logs:eu-central-1:111111111111:log-group:/ecs/report:log-stream:*"
    let expected = IAMPolicy(statements: [
      .init(
        sid: "RunTasks", actions: ["ecs:RunTask"], resources: ["\(arn):task-definition/report:*"],
        condition: .init(test: "ArnEquals", key: "ecs:cluster", values: [cluster])),
      .init(
        sid: "WatchAndStopTasks", actions: ["ecs:DescribeTasks", "ecs:StopTask"], resources: ["\(arn):task/batch/*"]),
      .init(
        sid: "FindTasks", actions: ["ecs:ListTasks"], resources: ["*"],
        condition: .init(test: "ArnEquals", key: "ecs:cluster", values: [cluster])),
      .init(sid: "ReadTaskDefinitions", actions: ["ecs:DescribeTaskDefinition"], resources: ["*"]),
      .init(
        sid: "PassTaskRoles", actions: ["iam:PassRole"],
        resources: ["arn:aws:iam::111111111111:role/batch/task", "arn:aws:iam::111111111111:role/execution"],
        condition: .init(test: "StringEquals", key: "iam:PassedToService", values: ["ecs-tasks.amazonaws.com"])),
      .init(sid: "PublishMessages", actions: ["sns:Publish"], resources: [FakeAWS.topic]),
      .init(sid: "ReadLogs", actions: ["logs:GetLogEvents"], resources: [logs]),
      .init(
        sid: "ReceiveTaskEvents", actions: ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
        resources: ["arn:aws:sqs:eu-central-1:111111111111:stopped"]),
    ])
    #expect(policy == expected)
    #expect(
      IAMPolicy(statements: [expected.statements[0]]).json.text
        == #"{"Version":"2012-10-17","Statement":[{"Sid":"RunTasks","Effect":"Allow","Action":["ecs:RunTask"],"#
        + #""Resource":["\#(arn):task-definition/report:*"],"#
        + #""Condition":{"ArnEquals":{"ecs:cluster":["\#(cluster)"]}}}]}"#)
  }

  @Test(
    "A definition without a revision means each of its revisions",
    arguments: [
      ("report", "arn:aws:ecs:eu-central-1:111111111111:task-definition/report:*"),
      ("report:7", "arn:aws:ecs:eu-central-1:111111111111:task-definition/report:7"),
      ("arn:aws:ecs:x:1:task-definition/report:7", "arn:aws:ecs:x:1:task-definition/report:7"),
      ("arn:aws:ecs:x:1:task-definition/report", "arn:aws:ecs:x:1:task-definition/report:*"),
    ])
  func revisions(name: String, resource: String) {
    let task = FakeAWS.task { $0.taskDefinition = .named(name) }
    #expect(statement("RunTasks", input([task]))?.resources == [resource])
  }

  @Test("Each cluster may run its own definitions only, and the order of the jobs does not matter")
  func clusters() {
    let tasks = [
      FakeAWS.task("b") { $0.cluster = "arn:aws:ecs:eu-central-1:111111111111:cluster/zeta" },
      FakeAWS.task("a") { $0.taskDefinition = .named("load") }, FakeAWS.task("c"),
    ]
    let policy = IAMPolicy.least(for: input(tasks))
    #expect(policy == IAMPolicy.least(for: input(tasks.reversed())))
    let runs = policy.statements.filter { $0.actions == ["ecs:RunTask"] }
    #expect(runs.map(\.sid) == ["RunTasks1", "RunTasks2"])
    #expect(
      runs.map(\.resources) == [
        ["\(arn):task-definition/load:*", "\(arn):task-definition/report:*"], ["\(arn):task-definition/report:*"],
      ])
    #expect(runs.map { $0.condition?.values } == [["\(arn):cluster/batch"], ["\(arn):cluster/zeta"]])
    #expect(
      policy.statements.first { $0.sid == "WatchAndStopTasks" }?.resources
        == ["\(arn):task/batch/*", "\(arn):task/zeta/*"])
  }

  @Test("Definitions of the job file's own may be registered, tagged and given their roles, and no others")
  func given() {
    let definition: JSONValue = [
      "family": "own", "taskRoleArn": "short", "tags": [["key": "a", "value": "b"]], "containerDefinitions": [],
    ]
    let input = input([FakeAWS.task { $0.taskDefinition = .given(definition) }])
    #expect(statement("RegisterTaskDefinitions", input)?.resources == ["\(arn):task-definition/own:*"])
    #expect(statement("TagTaskDefinitions", input)?.condition?.values == ["RegisterTaskDefinition"])
    #expect(statement("PassTaskRoles", input)?.resources == ["arn:aws:iam::111111111111:role/short"])
    #expect(statement("TagTasks", input) == nil)
    #expect(IAMPolicy.least(for: input).warnings.isEmpty)
    let named = self.input([FakeAWS.task()])
    #expect(statement("RegisterTaskDefinitions", named) == nil && statement("TagTaskDefinitions", named) == nil)
  }

  @Test("An override's role takes the place of a named definition's; volumes' roles are passed to ECS itself")
  func overrides() {
    let task = FakeAWS.task {
      $0.overrideTaskRole = "arn:aws:iam::111111111111:role/other"
      $0.infrastructureRoles = ["arn:aws:iam::111111111111:role/volumes"]
      $0.hasTags = true
    }
    let input = input([task], definitions: ["report": FakeAWS.definition])
    #expect(
      statement("PassTaskRoles", input)?.resources
        == ["arn:aws:iam::111111111111:role/execution", "arn:aws:iam::111111111111:role/other"])
    #expect(statement("PassInfrastructureRoles", input)?.condition?.values == ["ecs.amazonaws.com"])
    #expect(statement("TagTasks", input)?.resources == ["\(arn):task/batch/*"])
    #expect(statement("TagTasks", input)?.condition?.values == ["RunTask"])
  }

  @Test("Roles that are not known are left out, never replaced by a pattern, and a warning names the definition")
  func unknownRoles() {
    let policy = IAMPolicy.least(for: input([FakeAWS.task()]))
    #expect(!policy.statements.contains { $0.actions == ["iam:PassRole"] })
    #expect(policy.warnings.count == 1 && policy.warnings[0].contains("roles of task definition report"))
    let both = FakeAWS.task {
      $0.overrideTaskRole = "a"
      $0.overrideExecutionRole = "b"
    }
    #expect(IAMPolicy.least(for: input([both])).warnings.isEmpty)
  }

  @Test("What is not known is said: the account, fields of the run, a queue without an account, too long a policy")
  func warnings() {
    var unknown = input([], account: nil) {
      $0.topics = [FakeAWS.topic]
      $0.queueURL = "http://127.0.0.1/stopped"
      $0.collected.undetermined = [UndeterminedField(job: .sample, state: "Load", field: "Cluster")]
    }
    let warnings = IAMPolicy.least(for: unknown).warnings
    #expect(warnings.count == 3, "\(warnings)")
    #expect(warnings.first?.contains("job nightly-report, state Load: Cluster") == true)
    #expect(warnings.contains { $0.contains("queue http://127.0.0.1/stopped") })
    #expect(warnings.last?.contains("account is not known") == true)
    unknown.account = FakeAWS.account
    unknown.topics = (0..<200).map { "arn:aws:sns:eu-central-1:111111111111:topic\($0)" }
    #expect(IAMPolicy.least(for: unknown).warnings.last?.contains("more than the 6144") == true)
  }

  @Test("A region names its partition, and a log group its region")
  func partitions() {
    let china = input([FakeAWS.task()]) { $0.region = "cn-north-1" }
    #expect(
      statement("WatchAndStopTasks", china)?.resources == ["arn:aws-cn:ecs:cn-north-1:111111111111:task/batch/*"])
    let groups = input([]) { $0.logGroups = ["/a", "arn:aws:logs:eu-west-1:1:log-group:/b:*"] }
    #expect(
      statement("ReadLogs", groups)?.resources == [
        "arn:aws:logs:eu-central-1:111111111111:log-group:/a:log-stream:*",
        "arn:aws:logs:eu-west-1:1:log-group:/b:log-stream:*",
      ])
  }

  @Test("AWS is asked for the account and for the definitions that are only named")
  func asking() async {
    let aws = FakeAWS.healthy()
    let (fuller, warnings) = await input([FakeAWS.task()], account: nil).asking(aws)
    #expect(fuller.account == FakeAWS.account && fuller.definitions == ["report": FakeAWS.definition])
    #expect(warnings.isEmpty)
    aws.fail("ecs.DescribeTaskDefinition", .refused("AccessDeniedException", "no"))
    aws.fail("sts.GetCallerIdentity", .throttled)
    let (same, said) = await input([FakeAWS.task()], account: nil).asking(aws)
    #expect(same.account == nil && same.definitions.isEmpty)
    #expect(said.count == 2 && said.contains { $0.contains("ecs:DescribeTaskDefinition: AccessDeniedException") })
  }
}
