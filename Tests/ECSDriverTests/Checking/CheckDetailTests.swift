import AWSClient
import JobModel
import Synchronization
import Testing

@testable import ECSDriver

/// Answers every request with the same body.
private struct FixedTransport: HTTPTransport {
  var status = 200
  var body: String

  func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse {
    HTTPResponse(status: status, body: Array(body.utf8))
  }
}

@Suite("What a check sees in definitions, roles and images")
struct CheckDetailTests {
  private func look(
    _ definition: JSONValue, _ task: CheckedTask = FakeAWS.task(), _ change: (FakeAWS) -> Void = { _ in }
  ) async -> [Finding] {
    let aws = FakeAWS.healthy()
    aws.answer("ecs.DescribeTaskDefinition", with: ["taskDefinition": definition])
    change(aws)
    return await aws.check([task])
  }

  struct Misfit: Sendable, CustomTestStringConvertible {
    var words: String
    var definition: JSONValue
    var task = FakeAWS.task()
    var testDescription: String { words }
  }

  static let misfits: [Misfit] = [
    Misfit(words: "is INACTIVE", definition: FakeAWS.definition { $0["status"] = "INACTIVE" }),
    Misfit(
      words: "cannot run on Fargate",
      definition: FakeAWS.definition {
        $0["compatibilities"] = ["EC2"]
        $0["requiresCompatibilities"] = ["EC2"]
      }),
    Misfit(
      words: "a container \"web\"", definition: FakeAWS.definition, task: FakeAWS.task { $0.containers = ["web"] }),
    Misfit(words: "names no subnets", definition: FakeAWS.definition, task: FakeAWS.task { $0.subnets = [] }),
    Misfit(
      words: "takes no network configuration", definition: FakeAWS.definition { $0["networkMode"] = "bridge" },
      task: FakeAWS.task { $0.launchType = "EC2" }),
    Misfit(
      words: "only Fargate has platform versions", definition: FakeAWS.definition,
      task: FakeAWS.task {
        $0.launchType = nil
        $0.capacityProviderStrategy = ["instances"]
        $0.platformVersion = "1.4.0"
      }),
    Misfit(
      words: "since platform version 1.4.0",
      definition: FakeAWS.definition { $0["runtimePlatform"] = ["cpuArchitecture": "ARM64"] },
      task: FakeAWS.task { $0.platformVersion = "1.3.0" }),
    Misfit(
      words: "no public address", definition: FakeAWS.definition,
      task: FakeAWS.task {
        $0.launchType = "EC2"
        $0.assignPublicIp = true
      }),
    Misfit(
      words:
        "no execution role, which Fargate needs to pull its image from ECR, to write its logs, to read its secrets",
      definition: FakeAWS.definition { $0["executionRoleArn"] = nil }),
    Misfit(
      words: "has no awslogs-group",
      definition: FakeAWS.changingContainer({
        $0["logConfiguration"] = ["logDriver": "awslogs", "options": ["awslogs-stream-prefix": "a"]]
      })),
    Misfit(
      words: "no awslogs-stream-prefix, which Fargate wants",
      definition: FakeAWS.changingContainer({
        $0["logConfiguration"] = [
          "logDriver": "awslogs", "options": ["awslogs-group": "/ecs/report", "awslogs-region": "eu-central-1"],
        ]
      })),
    Misfit(
      words: "neither Secrets Manager nor Systems Manager",
      definition: FakeAWS.changingContainer({
        $0["secrets"] = [["name": "A", "valueFrom": "arn:aws:s3:::bucket"]]
      })),
  ]

  @Test("A task and a definition that do not fit are found, with a remedy", arguments: misfits)
  func misfit(_ misfit: Misfit) async throws {
    let findings = await look(misfit.definition, misfit.task)
    let failed = findings.about("task definition report").filter { $0.level == .failed }
    #expect(failed.count == 1 && failed[0].sentence.contains(misfit.words), "\(findings.text)")
    #expect(failed.first?.remedy?.isEmpty == false)
    #expect(failed.first?.jobs == [.sample])
  }

  @Test("A definition of the job file's own is looked at as it will be registered")
  func given() async {
    let own = FakeAWS.definition {
      for key in ["compatibilities", "revision", "status", "taskDefinitionArn", "networkMode", "cpu"] { $0[key] = nil }
    }
    let task = FakeAWS.task { $0.taskDefinition = .given(own) }
    let findings = await look(FakeAWS.definition, task)
    let about = findings.about("task definition report")
    #expect(about.first?.level == .ok && about.first?.sentence.contains("latest revision is 7") == true)
    let failed = about.filter { $0.level == .failed }.map(\.sentence)
    #expect(failed == ["Fargate wants the network mode awsvpc", "Fargate wants a size of the whole task"])
    #expect(findings.about("permission ecs:RegisterTaskDefinition").first?.level == .ok)
    let aws = FakeAWS.healthy()
    aws.fail("ecs.DescribeTaskDefinition", .refused("ClientException", "Unable to describe task definition."))
    let first = await aws.check([task]).about("task definition report").first
    #expect(first?.level == .ok && first?.sentence.contains("no revision yet") == true)
  }

  @Test(
    "A trust policy is read in each of its forms",
    arguments: [
      (
        #"{"Statement":{"Effect":"Allow","Principal":{"Service":["ec2.amazonaws.com","ecs-tasks.amazonaws.com"]},"Action":["sts:AssumeRole","sts:TagSession"]}}"#,
        true
      ),
      (
        #"{"Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#,
        false
      ),
      (
        #"{"Statement":[{"Effect":"Deny","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#,
        false
      ),
      (
        #"{"Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:TagSession"}]}"#,
        false
      ),
      (
        #"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::1:root"},"Action":"sts:AssumeRole"}]}"#,
        false
      ),
      ("{}", false), ("[]", false),
    ])
  func trust(_ policy: String, _ isTrusted: Bool) async throws {
    let value = try JSONValue.parse(policy)
    #expect(TrustPolicy.lets("ecs-tasks.amazonaws.com", assume: value) == isTrusted)
    let aws = FakeAWS.healthy()
    aws.answer("iam.GetRole") { FakeAWS.role($0, trust: policy) }
    #expect(await aws.check().about("role task").map(\.level) == [isTrusted ? .ok : .failed])
  }

  @Test("A role of another account is found without asking for it")
  func foreignRole() async {
    let findings = await look(FakeAWS.definition { $0["taskRoleArn"] = "arn:aws:iam::222222222222:role/task" })
    #expect(findings.about("role task").first?.sentence.contains("belongs to account 222222222222") == true)
  }

  @Test("What IAM denies is named by action and resource; what hangs on other keys is unknown")
  func simulation() async throws {
    let aws = FakeAWS.healthy()
    aws.answer("iam.SimulatePrincipalPolicy") { input in
      FakeAWS.simulation(input) { ["ecs:StopTask", "iam:PassRole"].contains($0) ? "explicitDeny" : "allowed" }
    }
    let findings = await aws.check()
    let stop = try #require(findings.about("permission ecs:DescribeTasks, ecs:StopTask").first)
    #expect(stop.level == .failed)
    #expect(stop.sentence.contains("ecs:StopTask on arn:aws:ecs:eu-central-1:111111111111:task/batch/1"))
    #expect(!stop.sentence.contains("ecs:DescribeTasks on"))
    #expect(stop.remedy?.contains("WatchAndStopTasks") == true)
    #expect(findings.about("permission iam:PassRole").first?.level == .failed)
    let pass = try #require(
      aws.calls(of: "iam.SimulatePrincipalPolicy").first { $0.input["ActionNames"] == ["iam:PassRole"] })
    #expect(pass.input["PolicySourceArn"] == "arn:aws:iam::111111111111:role/jobd")
    #expect(
      pass.input["ContextEntries"] == [
        [
          "ContextKeyName": "iam:PassedToService", "ContextKeyType": "string",
          "ContextKeyValues": ["ecs-tasks.amazonaws.com"],
        ]
      ])
    let run = aws.calls(of: "iam.SimulatePrincipalPolicy").first { $0.input["ActionNames"] == ["ecs:RunTask"] }
    #expect(run?.input["ResourceArns"] == ["arn:aws:ecs:eu-central-1:111111111111:task-definition/report:7"])

    aws.answer("iam.SimulatePrincipalPolicy") { _ in
      .success([
        "EvaluationResults": [
          [
            "EvalActionName": "x", "EvalResourceName": "*", "EvalDecision": "implicitDeny",
            "MissingContextValues": ["aws:SourceIp"],
          ]
        ]
      ])
    }
    let unknown = await aws.check().about("permission sns:Publish").first
    #expect(unknown?.level == .unknown && unknown?.sentence.contains("aws:SourceIp") == true)
  }

  @Test(
    "A caller whom IAM cannot simulate is said to be one",
    arguments: [
      ("arn:aws:iam::111111111111:root", Finding.Level.warning),
      ("arn:aws:sts::111111111111:federated-user/x", .unknown), ("nonsense", .unknown),
    ])
  func principal(arn: String, level: Finding.Level) async {
    let aws = FakeAWS.healthy()
    aws.answer("sts.GetCallerIdentity", with: ["Account": "111111111111", "Arn": .string(arn)])
    #expect(await aws.check().about("permissions").map(\.level) == [level])
    #expect(aws.calls(of: "iam.SimulatePrincipalPolicy").isEmpty)
  }

  // MARK: Images

  @Test("An image for another CPU is found before it ends with exec format error")
  func architecture() async throws {
    let arm = FakeAWS.definition { $0["runtimePlatform"] = ["cpuArchitecture": "ARM64"] }
    let finding = try #require(await look(arm).about("image \(FakeAWS.image)").first)
    #expect(finding.level == .failed && finding.sentence.contains("exec format error"))
    #expect(finding.remedy?.contains("--platform linux/arm64") == true)
    #expect(finding.remedy?.contains("cpuArchitecture: X86_64") == true)
    let both = FakeAWS.index.replacing("\"unknown\",\"os\"", with: "\"arm64\",\"os\"")
    let fits = await look(arm, FakeAWS.task()) {
      $0.answer("ecr.BatchGetImage", with: ["images": [["imageManifest": .string(both)]]])
    }
    #expect(fits.about("image \(FakeAWS.image)").map(\.level) == [.ok], "\(fits.text)")
    let instances = await look(FakeAWS.definition, FakeAWS.task { $0.launchType = "EC2" })
    #expect(instances.about("image \(FakeAWS.image)").first?.sentence.contains("the instances decide") == true)
  }

  private static let single = #"{"schemaVersion":2,"config":{"digest":"sha256:c"},"layers":[]}"#

  @Test(
    "An image for one platform says its CPU in its configuration, which is fetched where that is possible",
    arguments: [
      (FixedTransport(body: #"{"architecture":"amd64","os":"linux"}"#), Finding.Level.ok),
      (FixedTransport(body: #"{"architecture":"arm64","os":"linux"}"#), .failed),
      (FixedTransport(status: 403, body: "<Error/>"), .unknown), (FixedTransport(body: "{"), .unknown), (nil, .unknown),
    ] as [((any HTTPTransport)?, Finding.Level)])
  func configuration(transport: (any HTTPTransport)?, level: Finding.Level) async {
    let aws = FakeAWS.healthy()
    aws.answer("ecr.BatchGetImage", with: ["images": [["imageManifest": .string(CheckDetailTests.single)]]])
    aws.answer("ecr.GetDownloadUrlForLayer", with: ["downloadUrl": "https://bucket.example/c?X-Amz-Signature=secret"])
    let findings = await aws.check(transport: transport)
    #expect(findings.about("image \(FakeAWS.image)").map(\.level) == [level], "\(findings.text)")
    #expect(!findings.text.contains("X-Amz-Signature"))
  }

  @Test("An image that is elsewhere is not looked at, and a repository that is not there is found")
  func elsewhere() async {
    let elsewhere = await look(FakeAWS.changingContainer({ $0["image"] = "nginx:1" }), FakeAWS.task()) {
      $0.answer("ec2.DescribeRouteTables", with: FakeAWS.routes(["natGatewayId": "nat-1"]))
    }
    #expect(elsewhere.about("image nginx:1").map(\.level) == [.unknown])
    let missing = await look(FakeAWS.definition, FakeAWS.task()) {
      $0.fail("ecr.BatchGetImage", .refused("RepositoryNotFoundException", "no"))
    }
    #expect(missing.about("image \(FakeAWS.image)").first?.sentence.contains("has no repository report") == true)
  }

  // MARK: Logs and secrets

  @Test("A log group that the driver makes is a warning, not a failure")
  func createdGroup() async {
    let definition = FakeAWS.changingContainer({
      $0["logConfiguration"] = [
        "logDriver": "awslogs",
        "options": [
          "awslogs-group": "/new", "awslogs-region": "eu-central-1", "awslogs-stream-prefix": "a",
          "awslogs-create-group": "true",
        ],
      ]
    })
    #expect(await look(definition).about("log group /new").map(\.level) == [.warning])
  }

  @Test("A secret that is marked for deletion fails, and its key is named for the execution role")
  func secret() async {
    let deleted = await look(FakeAWS.definition, FakeAWS.task()) {
      $0.answer("secretsmanager.DescribeSecret", with: ["DeletedDate": 1_795_230_000])
    }
    #expect(deleted.about("secret db-AbCdEf").map(\.level) == [.failed])
    let key = await look(FakeAWS.definition, FakeAWS.task()) {
      $0.answer("secretsmanager.DescribeSecret", with: ["KmsKeyId": "arn:key"])
    }
    #expect(key.about("secret db-AbCdEf").first?.sentence.contains("kms:Decrypt on its key arn:key") == true)
  }

  @Test("Parameters are asked for page by page")
  func parameters() async {
    let aws = FakeAWS.healthy()
    aws.answer("ssm.DescribeParameters") { input in
      input["NextToken"] == nil
        ? .success(["Parameters": [], "NextToken": "2"]) : .success(["Parameters": [["Name": "/batch/key"]]])
    }
    #expect(await aws.check().about("parameter /batch/key").map(\.level) == [.ok])
    #expect(aws.calls(of: "ssm.DescribeParameters").count == 2)
  }
}
