import AWSClient
import JobModel
import Testing

@testable import ECSDriver

@Suite("Task states that call services")
struct ServiceTaskDriverTests {
  @Test(
    "It handles service integrations, and nothing else",
    arguments: [
      ("arn:aws:states:::sns:publish", true), ("arn:aws:states:::sns:publish.waitForTaskToken", true),
      ("arn:aws-cn:states:::sqs:sendMessage", true), ("arn:aws:states:::dynamodb:updateItem", true),
      ("arn:aws:states:::events:putEvents.waitForTaskToken", true), ("arn:aws:states:::lambda:invoke", true),
      ("arn:aws:states:::aws-sdk:sfn:startExecution", true), ("arn:aws:states:::aws-sdk:s3:putObject", true),
      ("arn:aws:states:::aws-sdk:nothing:doIt.waitForTaskToken", true),
      ("arn:aws:lambda:eu-west-1:123456789012:function:report", true),
      ("arn:aws:lambda:eu-west-1:123456789012:function:report:live", true),
      ("arn:aws:states:::dynamodb:query", false), ("arn:aws:states:::dynamodb:putItem.waitForTaskToken", false),
      ("arn:aws:states:::aws-sdk:sfn:startExecution.sync", false), ("arn:aws:states:::ecs:runTask", false),
      ("arn:aws:states:::ecs:runTask.sync", false), ("arn:aws:states:::states:startExecution", false),
      ("arn:aws:states:::sns:publish.sync", false), ("arn:aws:states:::aws-sdk:sfn", false),
      ("arn:aws:states:us-east-1:123456789012:activity:a", false), ("arn:other:states:::sns:publish", false),
      ("arn:aws:lambda:eu-west-1::function:report", false), ("", false),
    ])
  func handles(resource: String, isHandled: Bool) {
    #expect(ServiceFixture().driver.handles(resource) == isHandled)
  }

  @Test(
    "A resource that names nothing is told why",
    arguments: [
      ("aws-sdk:dynamo:putItem", "there is no service dynamo"),
      ("aws-sdk:dynamodb:putItme", "the service dynamodb has no action putItme; did you mean putItem?"),
      ("aws-sdk:dynamodb:PutItem", "the service dynamodb has no action PutItem"),
      ("aws-sdk:s3:putObject", "the service s3 cannot be called: it speaks the protocol rest-xml"),
      ("aws-sdk:lambda:invoke", "it speaks the protocol rest-json"),
      ("aws-sdk:kinesis:subscribeToShard", "it streams events"),
      ("aws-sdk:sfn:startSyncExecution", "it has an endpoint of its own"),
    ])
  func notRecognized(resource: String, why: String) throws {
    let failure = try #require(ServiceFixture().rejection(resource, [:]))
    #expect(failure.error == "States.Runtime")
    #expect(
      failure.cause.hasPrefix(
        "The resource provided arn:aws:states:::\(resource) is not recognized. The value is not a valid resource ARN, "
          + "or the resource is not available in this region."))
    #expect(failure.cause.contains(why), "\(failure.cause)")
    #expect(ServiceTaskDriver.problem(with: "arn:aws:states:::\(resource)")?.contains(why) == true)
  }

  @Test("A resource that can be performed has no problem, whoever performs it")
  func noProblem() {
    #expect(ServiceTaskDriver.problem(with: "arn:aws:states:::aws-sdk:dynamodb:putItem") == nil)
    #expect(ServiceTaskDriver.problem(with: "arn:aws:states:::lambda:invoke") == nil)
    #expect(ServiceTaskDriver.problem(with: "arn:aws:states:::ecs:runTask") == nil)
  }

  @Test(
    "Arguments that do not fit the API are refused before anything is sent",
    arguments: [
      ("aws-sdk:dynamodb:getItem", ["TableNme": "t"], #"The field "TableNme" is not supported by Step Functions"#),
      (
        "aws-sdk:ecs:listClusters", ["maxResults": 1],
        #"The field "maxResults" is not supported by Step Functions (did you mean "MaxResults"?)"#
      ),
      ("aws-sdk:ecs:listClusters", ["MaxResults": "1"], "The value for the field 'MaxResults' must be an INTEGER"),
      ("aws-sdk:ecs:listClusters", ["MaxResults": 1.5], "The value for the field 'MaxResults' must be an INTEGER"),
      ("aws-sdk:dynamodb:getItem", ["TableName": 7], "The value for the field 'TableName' must be a STRING"),
      ("aws-sdk:dynamodb:getItem", ["Key": ["id": "x"]], "The value for the field 'Key.id' must be a STRUCTURE"),
      ("aws-sdk:dynamodb:getItem", ["ConsistentRead": "true"], "'ConsistentRead' must be a BOOLEAN"),
      ("aws-sdk:ecs:stopTask", ["Task": "t", "Tags": []], #"The field "Tags" is not supported"#),
      ("aws-sdk:ec2:describeInstances", ["InstanceIds": "i-1"], "'InstanceIds' must be a LIST"),
      (
        "aws-sdk:ec2:describeInstances", ["InstanceIds": [1]],
        "The value for the field 'InstanceIds[0]' must be a STRING"
      ),
      (
        "aws-sdk:cloudwatch:getMetricStatistics", ["StartTime": "yesterday"],
        "The value for the field 'StartTime' must be a TIMESTAMP"
      ),
      ("dynamodb:putItem", ["TableName": "t"], "The field 'Item' is required but was missing"),
      ("dynamodb:putItem", ["TableName": "t", "Item": nil], "The field 'Item' is required but was missing"),
      ("sqs:sendMessage", ["MessageBody": "b"], "The field 'QueueUrl' is required but was missing"),
      ("sns:publish", ["Topic": "t"], #"The field "Topic" is not supported by Step Functions"#),
      ("lambda:invoke", [:], "The field 'FunctionName' is required but was missing"),
      ("lambda:invoke", ["FunctionName": "f", "Paylod": 1], #"The field "Paylod" is not supported by Step Functions"#),
      ("lambda:invoke", ["FunctionName": 1], "The value for the field 'FunctionName' must be a STRING"),
      ("lambda:invoke", ["FunctionName": "f", "LogType": "a\nb"], "'LogType' has a control character"),
      ("sns:publish", "text", "The arguments must be a STRUCTURE, not string"),
    ] as [(String, JSONValue, String)])
  func rejected(resource: String, arguments: JSONValue, mistake: String) throws {
    let failure = try #require(ServiceFixture().rejection(resource, arguments), "\(resource) took \(arguments.text)")
    #expect(failure.error == "States.Runtime")
    #expect(
      failure.cause.hasPrefix("The Parameters '\(arguments.text)' could not be used to start the Task: ["),
      "\(failure.cause)")
    #expect(failure.cause.contains(mistake), "\(failure.cause)")
  }

  @Test("The launch holds the whole request, and the same launch always the same")
  func launch() throws {
    let fixture = ServiceFixture()
    let arguments: JSONValue = ["SecretId": "s", "SecretString": ["user": "u"]]
    let launch = try fixture.launch("aws-sdk:secretsmanager:putSecretValue", arguments)
    #expect(launch == (try fixture.launch("aws-sdk:secretsmanager:putSecretValue", arguments)))
    let token = try #require(launch.request["ClientRequestToken"]?.stringValue)
    #expect(token.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}/) != nil)
    #expect(
      launch.request == [
        "SecretId": "s", "SecretString": #"{"user":"u"}"#, "ClientRequestToken": .string(token),
      ])
    let next = try fixture.launch("aws-sdk:secretsmanager:putSecretValue", arguments, number: 2)
    #expect(next.request["ClientRequestToken"] != launch.request["ClientRequestToken"], "another try is another call")
    let given = try fixture.launch(
      "aws-sdk:secretsmanager:putSecretValue", ["SecretId": "s", "ClientRequestToken": "mine"])
    #expect(given.request["ClientRequestToken"] == "mine")
    #expect(launch.status == .intended && launch.intendedAt == fixture.time.now())
  }

  @Test(
    "With a task token the call is made, and its answer is what was submitted",
    arguments: [
      ("sns:publish", ["TopicArn": "t", "Message": "token"]),
      ("sqs:sendMessage", ["QueueUrl": "q", "MessageBody": "token"]),
      ("events:putEvents", ["Entries": [["Detail": ["token": "t"]]]]),
      ("aws-sdk:sqs:sendMessage", ["QueueUrl": "q", "MessageBody": "token"]),
      ("lambda:invoke", ["FunctionName": "f", "Payload": ["token": "t"]]),
    ] as [(String, JSONValue)])
  func token(resource: String, arguments: JSONValue) async throws {
    let fixture = ServiceFixture(.output(["MessageId": "m"]))
    let report = try await fixture.run(resource + ".waitForTaskToken", arguments)
    guard case .succeeded(let submission, _, _) = report else {
      Issue.record("\(report)")
      return
    }
    #expect(submission["MessageId"] == "m" || submission["Payload"] == ["MessageId": "m"])
    #expect(fixture.services.calls.count == 1)
  }

  @Test("Following what waits for its token ends when it is cancelled, and not before")
  func follow() async throws {
    let fixture = ServiceFixture()
    let launch = try fixture.launch("sns:publish.waitForTaskToken", ["TopicArn": "t", "Message": "m"])
    let following = Task { try await fixture.driver.follow(launch) }
    following.cancel()
    await #expect(throws: CancellationError.self) { try await following.value }
    try await fixture.driver.stop(launch, reason: "no reason")
    #expect(fixture.services.calls.isEmpty)
  }

  @Test("Events that EventBridge answered for but did not take fail the state")
  func failedEntry() async throws {
    let answer: JSONValue = ["FailedEntryCount": 1, "Entries": [["ErrorCode": "InternalFailure"], ["EventId": "e"]]]
    let fixture = ServiceFixture(.output(answer))
    let report = try await fixture.run("events:putEvents", ["Entries": [["Source": "s"], ["Source": "s"]]])
    #expect(report.failure?.error == "EventBridge.FailedEntry")
    #expect(report.failure?.cause.contains(#""ErrorCode":"InternalFailure""#) == true)
    let plain = ServiceFixture(.output(answer))
    #expect(
      try await plain.run("aws-sdk:eventbridge:putEvents", ["Entries": [["Source": "s"]]]).output == answer)
  }

  @Test("A cancelled call is no failure of the state")
  func cancelled() async throws {
    let fixture = ServiceFixture(.failure(.cancelled))
    await #expect(throws: CancellationError.self) {
      try await fixture.run("aws-sdk:dynamodb:listTables", [:])
    }
  }
}
