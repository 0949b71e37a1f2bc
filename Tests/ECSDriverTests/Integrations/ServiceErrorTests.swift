import AWSClient
import JobModel
import Testing

@testable import ECSDriver

@Suite("Errors of services")
struct ServiceErrorTests {
  @Test(
    "An error has the name and the cause that Step Functions gives it",
    arguments: [
      (
        "aws-sdk:dynamodb:putItem", "ResourceNotFoundException", "DynamoDb.ResourceNotFoundException",
        "said (Service: DynamoDb, Status Code: 400, Request ID: r-1)"
      ),
      (
        "aws-sdk:dynamodb:putItem", "ValidationException", "DynamoDb.DynamoDbException",
        "said (Service: DynamoDb, Status Code: 400, Request ID: r-1)"
      ),
      (
        "aws-sdk:sfn:listExecutions", "StateMachineDoesNotExist", "Sfn.StateMachineDoesNotExistException",
        "said (Service: Sfn, Status Code: 400, Request ID: r-1)"
      ),
      (
        "aws-sdk:ecs:listTasks", "ClusterNotFoundException", "Ecs.ClusterNotFoundException",
        "said (Service: Ecs, Status Code: 400, Request ID: r-1)"
      ),
      (
        "dynamodb:putItem", "ConditionalCheckFailedException", "DynamoDB.ConditionalCheckFailedException",
        "said (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ConditionalCheckFailedException; "
          + "Request ID: r-1; Proxy: null)"
      ),
      (
        "dynamodb:putItem", "ValidationException", "DynamoDB.AmazonDynamoDBException",
        "said (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ValidationException; "
          + "Request ID: r-1; Proxy: null)"
      ),
      (
        "sns:publish", "NotFound", "SNS.NotFoundException",
        "said (Service: AmazonSNS; Status Code: 400; Error Code: NotFound; Request ID: r-1; Proxy: null)"
      ),
      (
        "sqs:sendMessage", "AccessDenied", "SQS.AmazonSQSException",
        "said (Service: AmazonSQS; Status Code: 400; Error Code: AccessDenied; Request ID: r-1; Proxy: null)"
      ),
      (
        "lambda:invoke", "TooManyRequestsException", "Lambda.TooManyRequestsException",
        "said (Service: AWSLambda; Status Code: 400; Error Code: TooManyRequestsException; Request ID: r-1; Proxy: null)"
      ),
      (
        "lambda:invoke", "AccessDeniedException", "Lambda.AWSLambdaException",
        "said (Service: AWSLambda; Status Code: 400; Error Code: AccessDeniedException; Request ID: r-1; Proxy: null)"
      ),
    ])
  func names(resource: String, code: String, error: String, cause: String) async throws {
    let fixture = ServiceFixture(.failure(.refused(code, "said")))
    let failure = try #require(try await fixture.run(resource, ServiceErrorTests.arguments(resource)).failure)
    #expect(failure.error == error)
    #expect(failure.cause == cause)
    let isPlain = error.hasSuffix(".\(code)")
    #expect(failure.aliases == (isPlain ? [] : ["\(error.prefix { $0 != "." }).\(code)"]))
    #expect(failure.diagnosis?.class == .refused)
  }

  static func arguments(_ resource: String) -> JSONValue {
    switch resource {
    case "dynamodb:putItem": ["TableName": "t", "Item": ["id": ["S": "a"]]]
    case "sqs:sendMessage": ["QueueUrl": "q", "MessageBody": "b"]
    case "sns:publish": ["TopicArn": "t", "Message": "m"]
    case "lambda:invoke": ["FunctionName": "f"]
    default: [:]
    }
  }

  @Test("What never reached the service is the SDK's error, and what may have been done says so too")
  func clientSide() async throws {
    let notSent = try await ServiceFixture(.failure(.notSent)).run("sqs:sendMessage", Self.arguments("sqs:sendMessage"))
    #expect(notSent.failure?.error == "SQS.SdkClientException")
    #expect(notSent.failure?.aliases == ["SQS.ConnectionFailed"])
    let lost = try await ServiceFixture(.failure(.ambiguous)).run("sqs:sendMessage", Self.arguments("sqs:sendMessage"))
    #expect(lost.failure?.error == "SQS.SdkClientException")
    #expect(lost.failure?.aliases == ["SQS.Timeout", "Jobd.UnknownOutcome"])
    #expect(lost.failure?.diagnosis?.sentence.contains("may have been done") == true)
    let read = try await ServiceFixture(.failure(.ambiguous)).run("aws-sdk:dynamodb:listTables", [:])
    #expect(read.failure?.error == "DynamoDb.SdkClientException")
    #expect(read.failure?.aliases == ["DynamoDb.Timeout"])
  }

  @Test("A server's error keeps its name, and is tried again only where that does no harm")
  func server() async throws {
    let body = #"{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"oops"}"#
    let put = try WireFixture(.answer(500, body))
    let failure = try #require(
      try await put.run("dynamodb:putItem", Self.arguments("dynamodb:putItem")).failure)
    #expect(failure.error == "DynamoDB.InternalServerErrorException")
    #expect(failure.aliases.contains("Jobd.UnknownOutcome"))
    #expect(put.transport.requests.count == 1)
    let get = try WireFixture(.answer(500, body), .answer(200, "{}"))
    #expect(try await get.run("aws-sdk:dynamodb:getItem", ["TableName": "t"]).output == [:])
    #expect(get.transport.requests.count == 2)
    let token = try WireFixture(.answer(500, body), .answer(200, "{}"))
    #expect(
      try await token.run("aws-sdk:dynamodb:transactWriteItems", ["TransactItems": []]).output == [:])
    #expect(token.transport.requests.map(\.body).count == 2)
    #expect(token.transport.requests[0].body == token.transport.requests[1].body, "with the same token")
  }

  @Test("Throttling is tried again whatever the action does, in bounds")
  func throttling() async throws {
    let throttled = Result<HTTPResponse, HTTPTransportError>.answer(
      400, #"{"__type":"ProvisionedThroughputExceededException","message":"slow down"}"#)
    let once = try WireFixture(throttled, .answer(200, "{}"))
    #expect(
      try await once.run("dynamodb:putItem", Self.arguments("dynamodb:putItem")).output?["SdkHttpMetadata"] != nil)
    let always = try WireFixture(throttled)
    let failure = try await always.run("dynamodb:putItem", Self.arguments("dynamodb:putItem")).failure
    #expect(failure?.error == "DynamoDB.ProvisionedThroughputExceededException")
    #expect(failure?.aliases == [], "it was not done for certain")
    #expect(always.transport.requests.count == 4)
  }

  @Test("No error, and no launch, holds a secret of the client's")
  func secrets() async throws {
    let fixture = try WireFixture(.answer(403, #"{"__type":"AccessDeniedException","message":"no"}"#))
    let failure = try #require(
      try await fixture.run("dynamodb:putItem", Self.arguments("dynamodb:putItem")).failure)
    #expect(!"\(failure)".contains("hunter2"))
    #expect(failure.diagnosis?.sentence.contains("IAM policy") == true)
  }
}
