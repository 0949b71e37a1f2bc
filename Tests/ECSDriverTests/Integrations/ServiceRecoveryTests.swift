import AWSClient
import JobModel
import Testing

@testable import ECSDriver

@Suite("Calls that an earlier process may have made")
struct ServiceRecoveryTests {
  private static let fifo = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders.fifo"

  @Test(
    "They are made again where that does no harm",
    arguments: [
      ("aws-sdk:dynamodb:getItem", ["TableName": "t"]), ("dynamodb:getItem", ["TableName": "t", "Key": [:]]),
      ("aws-sdk:ecs:describeTasks", ["Tasks": ["t"]]), ("aws-sdk:dynamodb:scan", ["TableName": "t"]),
      ("aws-sdk:ec2:describeInstances", [:]), ("aws-sdk:secretsmanager:createSecret", ["Name": "n"]),
      ("aws-sdk:ec2:runInstances", ["MinCount": 1, "MaxCount": 1]),
      (
        "sqs:sendMessage",
        ["QueueUrl": .string(fifo), "MessageBody": "b", "MessageGroupId": "g", "MessageDeduplicationId": "d"]
      ),
      (
        "sns:publish",
        ["TopicArn": "arn:aws:sns:eu-west-1:1:t.fifo", "Message": "m", "MessageDeduplicationId": "d"]
      ),
    ] as [(String, JSONValue)])
  func again(resource: String, arguments: JSONValue) async throws {
    let fixture = ServiceFixture(.output([:]))
    #expect(try await fixture.run(resource, arguments, recovering: true).output != nil)
    #expect(fixture.services.calls.count == 1)
    #expect(fixture.services.calls[0].options.isIdempotent == true)
  }

  @Test(
    "They are not where they could be done twice",
    arguments: [
      ("dynamodb:putItem", ["TableName": "orders", "Item": ["id": ["S": "a"]]], "TableName orders"),
      ("aws-sdk:dynamodb:putItem", ["TableName": "orders"], "TableName orders"),
      ("sns:publish", ["TopicArn": "arn:aws:sns:eu-west-1:1:t", "Message": "m"], "TopicArn arn:aws:sns:eu-west-1:1:t"),
      ("sqs:sendMessage", ["QueueUrl": .string(fifo), "MessageBody": "b"], "QueueUrl \(fifo)"),
      (
        "sqs:sendMessage", ["QueueUrl": "https://q", "MessageBody": "b", "MessageDeduplicationId": "d"],
        "QueueUrl https://q"
      ),
      ("lambda:invoke", ["FunctionName": "report", "Payload": 1], "FunctionName report"),
      ("arn:aws:lambda:eu-west-1:1:function:f", [:], "FunctionName arn:aws:lambda:eu-west-1:1:function:f"),
      ("events:putEvents", ["Entries": []], "PutEvents of EventBridge"),
    ] as [(String, JSONValue, String)])
  func unknown(resource: String, arguments: JSONValue, subject: String) async throws {
    let fixture = ServiceFixture()
    let failure = try #require(try await fixture.run(resource, arguments, recovering: true).failure)
    #expect(failure.error == "Jobd.UnknownOutcome")
    #expect(failure.aliases.isEmpty)
    #expect(failure.cause.contains(subject), "\(failure.cause)")
    #expect(failure.diagnosis?.sentence == failure.cause)
    #expect(fixture.services.calls.isEmpty)
    // The first time they are simply made, and the client is told not to repeat them.
    let first = ServiceFixture(.output([:]))
    _ = try await first.run(resource, arguments)
    #expect(first.services.calls.map(\.options.isIdempotent) == [false])
  }

  @Test("A token is trusted for nine minutes, a deduplication id for four and a half, reading for ever")
  func ages() async throws {
    let read: (String, JSONValue) = ("aws-sdk:ecs:listClusters", [:])
    let token: (String, JSONValue) = ("aws-sdk:secretsmanager:createSecret", ["Name": "n"])
    let fifo: (String, JSONValue) = (
      "sqs:sendMessage", ["QueueUrl": .string(Self.fifo), "MessageBody": "b", "MessageDeduplicationId": "d"]
    )
    for (call, age, isMade) in [
      (read, 1_000_000, true), (token, 539, true), (token, 541, false), (fifo, 269, true), (fifo, 271, false),
    ] {
      let fixture = ServiceFixture(.output([:]))
      let launch = try fixture.launch(call.0, call.1)
      fixture.time.advance(by: .seconds(age))
      let report = try await fixture.driver.start(launch, recovering: true)
      #expect((report.failure == nil) == isMade, "\(call.0) after \(age) s")
      #expect(fixture.services.calls.count == (isMade ? 1 : 0))
    }
  }

  @Test(
    "Reading is told by the first word of the action",
    arguments: [
      ("GetItem", true), ("BatchGetItem", true), ("DescribeTasks", true), ("ListTables", true), ("Scan", true),
      ("Query", true), ("Getaway", false), ("PutItem", false), ("ScanX", true), ("Listen", false),
      ("ReceiveMessage", false), ("DeleteItem", false),
    ])
  func reading(operation: String, isReading: Bool) {
    #expect(APIIntegration.isReading(operation) == isReading)
  }
}
