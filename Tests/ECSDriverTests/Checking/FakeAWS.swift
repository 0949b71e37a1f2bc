import AWSClient
import JobModel
import Synchronization

@testable import ECSDriver

/// Answers by operation, `ecs.DescribeClusters`, and keeps every call.
final class FakeAWS: AWSCaller {
  typealias Answer = @Sendable (JSONValue) -> Result<JSONValue, AWSError>

  struct Call: Equatable, Sendable {
    var operation: String
    var input: JSONValue
  }

  private let answers: Mutex<[String: Answer]>
  private let made = Mutex<[Call]>([])

  init(_ answers: [String: Answer]) { self.answers = Mutex(answers) }

  var calls: [Call] { made.withLock { $0 } }
  func calls(of operation: String) -> [Call] { calls.filter { $0.operation == operation } }

  func answer(_ operation: String, _ answer: @escaping Answer) {
    answers.withLock { $0[operation] = answer }
  }

  func answer(_ operation: String, with value: JSONValue) { answer(operation) { _ in .success(value) } }

  func fail(_ operation: String, _ error: AWSError) { answer(operation) { _ in .failure(error) } }

  func call(
    _ service: AWSService, _ operation: String, _ input: JSONValue
  ) async throws(AWSError) -> JSONValue {
    let name = "\(service.name).\(operation)"
    made.withLock { $0.append(Call(operation: name, input: input)) }
    guard let answer = answers.withLock({ $0[name] }) else {
      throw AWSError.refused("InvalidAction", "\(name) is not expected")
    }
    return try answer(input).get()
  }
}

extension FakeAWS {
  static let account = "111111111111"
  static let region = "eu-central-1"
  static let image = "111111111111.dkr.ecr.eu-central-1.amazonaws.com/report:1"
  static let secret = "arn:aws:secretsmanager:eu-central-1:111111111111:secret:db-AbCdEf"

  /// A definition in DescribeTaskDefinition's spelling.
  static let definition: JSONValue = [
    "taskDefinitionArn": "arn:aws:ecs:eu-central-1:111111111111:task-definition/report:7", "family": "report",
    "revision": 7, "status": "ACTIVE", "networkMode": "awsvpc", "cpu": "256", "memory": "512",
    "requiresCompatibilities": ["FARGATE"], "compatibilities": ["EC2", "FARGATE"],
    "taskRoleArn": "arn:aws:iam::111111111111:role/batch/task",
    "executionRoleArn": "arn:aws:iam::111111111111:role/execution",
    "containerDefinitions": [
      [
        "name": "app", "image": .string(image), "essential": true,
        "secrets": [
          ["name": "DB", "valueFrom": .string(secret + ":password::")], ["name": "KEY", "valueFrom": "/batch/key"],
        ],
        "logConfiguration": [
          "logDriver": "awslogs",
          "options": [
            "awslogs-group": "/ecs/report", "awslogs-region": "eu-central-1", "awslogs-stream-prefix": "app",
          ],
        ],
      ]
    ],
  ]

  static func definition(_ change: (inout JSONObject) -> Void) -> JSONValue {
    var object = definition.objectValue ?? [:]
    change(&object)
    return .object(object)
  }

  /// The definition with its one container changed.
  static func changingContainer(_ change: (inout JSONObject) -> Void) -> JSONValue {
    definition { object in
      var container = object["containerDefinitions"]?[0]?.objectValue ?? [:]
      change(&container)
      object["containerDefinitions"] = [.object(container)]
    }
  }

  static let trust =
    #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","#
    + #""Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#

  static func role(_ input: JSONValue, trust: String = trust) -> Result<JSONValue, AWSError> {
    let name = input["RoleName"]?.stringValue ?? ""
    let escaped = trust.replacing("{", with: "%7B").replacing("\"", with: "%22")
    return .success([
      "Role": [
        "RoleName": .string(name), "Arn": .string("arn:aws:iam::111111111111:role/\(name)"),
        "AssumeRolePolicyDocument": .string(escaped),
      ]
    ])
  }

  static func endpoint(_ service: String, _ changes: JSONObject = [:]) -> JSONValue {
    var endpoint: JSONObject = [
      "vpcEndpointId": .string("vpce-\(service)"), "vpcEndpointType": "Interface", "vpcId": "vpc-1",
      "serviceName": .string("com.amazonaws.eu-central-1.\(service)"), "state": "available",
      "privateDnsEnabled": "true", "routeTableIdSet": "",
    ]
    if service == "s3" {
      endpoint["vpcEndpointType"] = "Gateway"
      endpoint["privateDnsEnabled"] = "false"
      endpoint["routeTableIdSet"] = ["rtb-1"]
    }
    for (key, value) in changes { endpoint[key] = value }
    return .object(endpoint)
  }

  static let endpoints = ["ecr.api", "ecr.dkr", "s3", "logs", "secretsmanager", "ssm"]

  /// Every answer but EvalDecision is as IAM gives it: one result an action and a resource.
  static func simulation(_ input: JSONValue, _ decision: (String) -> String) -> Result<JSONValue, AWSError> {
    let actions = input["ActionNames"].elements.compactMap(\.stringValue)
    let resources = input["ResourceArns"].elements
    return .success([
      "IsTruncated": "false",
      "EvaluationResults": .array(
        actions.flatMap { action in
          resources.map { resource in
            [
              "EvalActionName": .string(action), "EvalResourceName": resource,
              "EvalDecision": .string(decision(action)),
              "MissingContextValues": "", "MatchedStatements": "",
            ]
          }
        }),
    ])
  }

  static func routes(_ defaultRoute: JSONObject?) -> JSONValue {
    let local: JSONValue = ["destinationCidrBlock": "10.0.0.0/16", "gatewayId": "local", "state": "active"]
    var routes = [local]
    if var route = defaultRoute {
      route["destinationCidrBlock"] = "0.0.0.0/0"
      if route["state"] == nil { route["state"] = "active" }
      routes.append(.object(route))
    }
    return [
      "routeTableSet": [
        [
          "routeTableId": "rtb-1", "vpcId": "vpc-1", "routeSet": .array(routes),
          "associationSet": [["routeTableId": "rtb-1", "main": "true"]],
        ]
      ]
    ]
  }

  static let index =
    #"{"mediaType":"application/vnd.oci.image.index.v1+json","manifests":["#
    + #"{"digest":"sha256:1","platform":{"architecture":"amd64","os":"linux"}},"#
    + #"{"digest":"sha256:2","platform":{"architecture":"unknown","os":"unknown"}}]}"#

  /// An account in which the job of ``task`` runs: an isolated subnet with the endpoints it needs.
  static func healthy() -> FakeAWS {
    FakeAWS([
      "sts.GetCallerIdentity": { _ in
        .success([
          "UserId": "AROA:i-1", "Account": "111111111111", "Arn": "arn:aws:sts::111111111111:assumed-role/jobd/i-1",
        ])
      },
      "ecs.DescribeClusters": { _ in
        .success([
          "clusters": [
            [
              "clusterArn": "arn:aws:ecs:eu-central-1:111111111111:cluster/batch", "clusterName": "batch",
              "status": "ACTIVE",
            ]
          ], "failures": [],
        ])
      },
      "ecs.DescribeTaskDefinition": { _ in .success(["taskDefinition": definition, "tags": []]) },
      "iam.GetRole": { role($0) },
      "iam.SimulatePrincipalPolicy": { simulation($0) { _ in "allowed" } },
      "ec2.DescribeSubnets": { _ in
        .success([
          "subnetSet": [
            [
              "subnetId": "subnet-1", "vpcId": "vpc-1", "availabilityZone": "eu-central-1a", "state": "available",
              "availableIpAddressCount": "200",
            ]
          ]
        ])
      },
      "ec2.DescribeSecurityGroups": { _ in .success(["securityGroupInfo": [["groupId": "sg-1", "vpcId": "vpc-1"]]]) },
      "ec2.DescribeRouteTables": { _ in .success(routes(nil)) },
      "ec2.DescribeVpcEndpoints": { _ in .success(["vpcEndpointSet": .array(endpoints.map { endpoint($0) })]) },
      "logs.DescribeLogGroups": { _ in .success(["logGroups": [["logGroupName": "/ecs/report"]]]) },
      "ecr.BatchGetImage": { _ in .success(["images": [["imageManifest": .string(index)]], "failures": []]) },
      "secretsmanager.DescribeSecret": { _ in .success(["ARN": .string(secret), "Name": "db"]) },
      "ssm.DescribeParameters": { _ in .success(["Parameters": [["Name": "/batch/key", "Type": "SecureString"]]]) },
      "sns.GetTopicAttributes": { _ in
        .success(["Attributes": ["entry": ["key": "TopicArn", "value": .string(topic)]]])
      },
      "sqs.GetQueueAttributes": { _ in .success(["Attributes": ["QueueArn": "arn"]]) },
    ])
  }

  static let topic = "arn:aws:sns:eu-central-1:111111111111:failures"
  static let queue = "https://sqs.eu-central-1.amazonaws.com/111111111111/stopped"

  static func task(_ job: String = "nightly-report", _ change: (inout CheckedTask) -> Void = { _ in }) -> CheckedTask {
    var task = CheckedTask(
      job: JobName(job) ?? .sample, cluster: "batch", taskDefinition: .named("report"), launchType: "FARGATE",
      subnets: ["subnet-1"], securityGroups: ["sg-1"], containers: ["app"])
    change(&task)
    return task
  }

  /// Every finding about these tasks, in order.
  func check(
    _ tasks: [CheckedTask] = [task()], undetermined: [UndeterminedField] = [], transport: (any HTTPTransport)? = nil
  ) async -> [Finding] {
    let check = AWSCheck(
      AWSCheck.Input(
        collected: CollectedTasks(tasks: tasks, undetermined: undetermined),
        topics: [CheckedTopic(arn: FakeAWS.topic, jobs: tasks.jobs)], queueURL: FakeAWS.queue, region: FakeAWS.region),
      caller: self, transport: transport)
    var findings: [Finding] = []
    for await finding in check.findings() { findings.append(finding) }
    return findings
  }
}

extension JobName {
  static var sample: JobName { RunID.sample.job }
}

extension [Finding] {
  func about(_ subject: String) -> [Finding] { filter { $0.subject == subject } }
  /// For messages of failed expectations.
  var text: String {
    map { "\($0.level) \($0.subject): \($0.sentence)\($0.remedy.map { " -> \($0)" } ?? "")" }.joined(separator: "\n")
  }
}
