import AWSClient
import JobModel
import Testing

@testable import ECSDriver

@Suite("Asking AWS whether jobs can run")
struct AWSCheckTests {
  @Test("Where all is well every finding is ok")
  func healthy() async {
    let aws = FakeAWS.healthy()
    let findings = await aws.check()
    #expect(findings.allSatisfy { $0.level == .ok }, "\(findings.text)")
    let subjects = Set(findings.map(\.subject))
    for subject in [
      "credentials", "region eu-central-1", "cluster batch", "task definition report", "role task", "role execution",
      "permission ecs:RunTask", "permission iam:PassRole", "permission sns:Publish", "subnet subnet-1",
      "security group sg-1", "way out of subnet-1", "log group /ecs/report", "image \(FakeAWS.image)",
      "secret db-AbCdEf", "parameter /batch/key", "topic failures", "queue stopped",
    ] { #expect(subjects.contains(subject), "\(subject) of \(subjects.sorted())") }
  }

  struct Row: Sendable, CustomTestStringConvertible {
    var operation: String
    var subject: String
    var missing: Result<JSONValue, AWSError>
    var words: String
    /// Where it cannot be asked: another subject, where several are asked for at once.
    var unansweredSubject: String?
    var denial = "AccessDeniedException"
    var permission: String

    var testDescription: String { operation }
  }

  static let questions: [Row] = [
    Row(
      operation: "ecs.DescribeClusters", subject: "cluster batch",
      missing: .success(["clusters": [], "failures": [["arn": "arn", "reason": "MISSING"]]]),
      words: "there is none", permission: "ecs:DescribeClusters"),
    Row(
      operation: "ecs.DescribeTaskDefinition", subject: "task definition report",
      missing: .failure(.refused("ClientException", "Unable to describe task definition.")), words: "there is none",
      permission: "ecs:DescribeTaskDefinition"),
    Row(
      operation: "iam.GetRole", subject: "role task",
      missing: .failure(.refused("NoSuchEntity", "The role with name task cannot be found.")),
      words: "no such role", denial: "AccessDenied", permission: "iam:GetRole"),
    Row(
      operation: "iam.SimulatePrincipalPolicy", subject: "permission ecs:RunTask",
      missing: .success([
        "EvaluationResults": [
          [
            "EvalActionName": "ecs:RunTask", "EvalResourceName": "arn", "EvalDecision": "implicitDeny",
            "MissingContextValues": "",
          ]
        ]
      ]), words: "IAM denies it", unansweredSubject: "permissions", denial: "AccessDenied",
      permission: "iam:SimulatePrincipalPolicy"),
    Row(
      operation: "ec2.DescribeSubnets", subject: "subnet subnet-1", missing: .success(["subnetSet": ""]),
      words: "there is none", unansweredSubject: "subnets subnet-1", denial: "UnauthorizedOperation",
      permission: "ec2:DescribeSubnets"),
    Row(
      operation: "ec2.DescribeSecurityGroups", subject: "security group sg-1",
      missing: .success(["securityGroupInfo": ""]), words: "there is none",
      unansweredSubject: "security groups sg-1", denial: "UnauthorizedOperation",
      permission: "ec2:DescribeSecurityGroups"),
    Row(
      operation: "ec2.DescribeRouteTables", subject: "way out of subnet-1",
      missing: .success(FakeAWS.routes(["natGatewayId": "nat-1", "state": "blackhole"])), words: "nat-1, which is gone",
      unansweredSubject: "way to the image", denial: "UnauthorizedOperation", permission: "ec2:DescribeRouteTables"),
    Row(
      operation: "ec2.DescribeVpcEndpoints", subject: "way out of subnet-1", missing: .success(["vpcEndpointSet": ""]),
      words: "no endpoint for com.amazonaws.eu-central-1.ecr.api", denial: "UnauthorizedOperation",
      permission: "ec2:DescribeVpcEndpoints"),
    Row(
      operation: "logs.DescribeLogGroups", subject: "log group /ecs/report",
      missing: .success(["logGroups": [["logGroupName": "/ecs/report-old"]]]), words: "there is none",
      permission: "logs:DescribeLogGroups"),
    Row(
      operation: "ecr.BatchGetImage", subject: "image \(FakeAWS.image)",
      missing: .success(["images": [], "failures": [["failureCode": "ImageNotFound"]]]), words: "has no image 1",
      permission: "ecr:BatchGetImage"),
    Row(
      operation: "secretsmanager.DescribeSecret", subject: "secret db-AbCdEf",
      missing: .failure(.refused("ResourceNotFoundException", "can't find")), words: "there is none",
      permission: "secretsmanager:DescribeSecret"),
    Row(
      operation: "ssm.DescribeParameters", subject: "parameter /batch/key", missing: .success(["Parameters": []]),
      words: "there is none", unansweredSubject: "parameters /batch/key", permission: "ssm:DescribeParameters"),
    Row(
      operation: "sns.GetTopicAttributes", subject: "topic failures",
      missing: .failure(.refused("NotFound", "Topic does not exist")), words: "there is none",
      denial: "AuthorizationError", permission: "sns:GetTopicAttributes"),
    Row(
      operation: "sqs.GetQueueAttributes", subject: "queue stopped",
      missing: .failure(.refused("QueueDoesNotExist", "no")), words: "no queue", permission: "sqs:GetQueueAttributes"),
  ]

  @Test("What is missing is a failure with a remedy", arguments: questions)
  func missing(_ row: Row) async throws {
    let aws = FakeAWS.healthy()
    aws.answer(row.operation) { _ in row.missing }
    let findings = await aws.check()
    let finding = try #require(
      findings.about(row.subject).first { $0.level == .failed && $0.sentence.contains(row.words) }, "\(findings.text)")
    #expect(finding.remedy?.isEmpty == false)
    #expect(findings.allSatisfy { $0.level != .unknown }, "\(findings.text)")
  }

  @Test("What IAM refuses to tell is unknown, with the permission that is missing", arguments: questions)
  func denied(_ row: Row) async throws {
    let aws = FakeAWS.healthy()
    aws.fail(row.operation, .refused(row.denial, "User is not authorized"))
    let findings = await aws.check()
    let finding = try #require(
      findings.about(row.unansweredSubject ?? row.subject).first { $0.level == .unknown }, "\(findings.text)")
    #expect(finding.sentence.contains(row.permission))
    #expect(finding.remedy?.contains(row.permission) == true)
    #expect(findings.allSatisfy { $0.level != .failed }, "\(findings.text)")
  }

  @Test("What AWS throttles is unknown, and the rest is asked all the same", arguments: questions)
  func throttled(_ row: Row) async throws {
    let aws = FakeAWS.healthy()
    aws.fail(row.operation, .throttled)
    let findings = await aws.check()
    let unanswered = row.operation == "iam.SimulatePrincipalPolicy" ? row.subject : row.unansweredSubject ?? row.subject
    let finding = try #require(findings.about(unanswered).first { $0.level == .unknown }, "\(findings.text)")
    #expect(finding.sentence.contains("throttles \(row.permission)"))
    #expect(findings.allSatisfy { $0.level != .failed }, "\(findings.text)")
    #expect(findings.about("queue stopped").isEmpty == false)
  }

  @Test(
    "Without credentials or a region nothing else is asked",
    arguments: [
      (AWSError(kind: .notSent, code: "NoCredentials", message: "environment: none"), "credentials", "there are none"),
      (.refused("InvalidClientTokenId", "The security token is invalid"), "credentials", "does not accept"),
      (.refused("ExpiredToken", "expired"), "credentials", "does not accept"),
      (.notSent, "region eu-central-1", "no answer"), (.ambiguous, "region eu-central-1", "no answer"),
    ])
  func identity(error: AWSError, subject: String, words: String) async {
    let aws = FakeAWS.healthy()
    aws.fail("sts.GetCallerIdentity", error)
    let findings = await aws.check()
    #expect(findings.count == 1 && findings[0].level == .failed && findings[0].subject == subject, "\(findings.text)")
    #expect(findings.first?.sentence.contains(words) == true, "\(findings.text)")
    #expect(aws.calls.count == 1)
  }

  @Test("A region that the account has not enabled is named, and nothing else is asked")
  func region() async {
    let aws = FakeAWS.healthy()
    aws.fail("ecs.DescribeClusters", .refused("UnrecognizedClientException", "The security token is invalid."))
    let findings = await aws.check()
    #expect(findings.map(\.level) == [.ok, .failed] && findings.last?.subject == "region eu-central-1")
    #expect(findings.last?.remedy?.contains("enable the region") == true)
  }

  @Test("Jobs that share something ask for it once, and the finding names them all")
  func shared() async throws {
    let aws = FakeAWS.healthy()
    let findings = await aws.check([FakeAWS.task("b"), FakeAWS.task("a"), FakeAWS.task("c") { $0.cluster = "other" }])
    for operation in [
      "sts.GetCallerIdentity", "ecs.DescribeClusters", "ecs.DescribeTaskDefinition", "ec2.DescribeSubnets",
      "ec2.DescribeSecurityGroups", "ec2.DescribeRouteTables", "ec2.DescribeVpcEndpoints", "logs.DescribeLogGroups",
      "ecr.BatchGetImage", "secretsmanager.DescribeSecret", "ssm.DescribeParameters", "sns.GetTopicAttributes",
    ] { #expect(aws.calls(of: operation).count == 1, "\(operation)") }
    #expect(findings.about("cluster batch").first?.jobs.map(\.description) == ["a", "b"])
    #expect(findings.about("subnet subnet-1").first?.jobs.map(\.description) == ["a", "b", "c"])
    #expect(findings.about("cluster other").first?.level == .failed)
  }

  @Test("What only the run will tell is said to be so")
  func undetermined() async throws {
    let field = UndeterminedField(job: .sample, state: "Load", field: "TaskDefinition")
    let finding = try #require(
      await FakeAWS.healthy().check(undetermined: [field]).about("state Load").first)
    #expect(finding.level == .unknown && finding.sentence == "TaskDefinition cannot be told before the run")
    #expect(finding.jobs == [.sample])
  }

  @Test("No secret's value is ever asked for")
  func secrets() async {
    let aws = FakeAWS.healthy()
    _ = await aws.check()
    let operations = Set(aws.calls.map(\.operation))
    #expect(operations.isDisjoint(with: ["secretsmanager.GetSecretValue", "ssm.GetParameters", "ssm.GetParameter"]))
    #expect(aws.calls(of: "secretsmanager.DescribeSecret").map(\.input) == [["SecretId": .string(FakeAWS.secret)]])
  }

  @Test("The summary counts each level")
  func summary() async {
    let aws = FakeAWS.healthy()
    aws.fail("sns.GetTopicAttributes", .throttled)
    aws.fail("sqs.GetQueueAttributes", .refused("QueueDoesNotExist", "no"))
    let check = AWSCheck(
      AWSCheck.Input(
        collected: CollectedTasks(), topics: [CheckedTopic(arn: FakeAWS.topic)], queueURL: FakeAWS.queue,
        region: FakeAWS.region), caller: aws)
    var findings: [Finding] = []
    let summary = await check.run { findings.append($0) }
    #expect(summary.count(of: .failed) == 1 && summary.count(of: .unknown) == 1 && !summary.isPassed)
    #expect(summary.sentence == "\(findings.count - 2) ok, 1 failed, 1 unknown", "\(findings.text)")
  }
}
