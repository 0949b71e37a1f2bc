import AWSClient
import JobModel
import Testing

@testable import ECSDriver

@Suite("Invoking Lambda functions")
struct LambdaIntegrationTests {
  private static let arn = "arn:aws:lambda:us-west-2:123456789012:function:report:live"

  @Test("lambda:invoke posts the payload, and gives it back with what HTTP said")
  func invoke() async throws {
    let fixture = try WireFixture(
      .answer(
        200, #"{"sum":3}"#,
        headers: ["x-amzn-RequestId": "r-1", "X-Amz-Executed-Version": "$LATEST", "Content-Type": "application/json"]))
    let report = try await fixture.run(
      "lambda:invoke",
      ["FunctionName": .string(Self.arn), "Payload": ["a": [1, 2]], "Qualifier": "v 1", "InvocationType": nil])
    let request = try #require(fixture.transport.requests.first)
    #expect(request.method == "POST")
    #expect(
      request.url == "https://lambda.us-west-2.amazonaws.com/2015-03-31/functions/"
        + "arn%3Aaws%3Alambda%3Aus-west-2%3A123456789012%3Afunction%3Areport%3Alive/invocations?Qualifier=v%201")
    #expect(try fixture.body() == #"{"a":[1,2]}"#)
    #expect(request.headers["Content-Type"] == "application/json")
    #expect(request.headers["X-Amz-Invocation-Type"] == nil)
    #expect(request.headers["Authorization"]?.contains("/us-west-2/lambda/aws4_request") == true)
    #expect(request.totalTimeout == .seconds(915), "a function may take a quarter of an hour")
    #expect(!request.mayBeRepeated)
    let output = try #require(report.output)
    #expect(
      Set(output.objectValue?.keys ?? []) == [
        "ExecutedVersion", "Payload", "SdkHttpMetadata", "SdkResponseMetadata", "StatusCode",
      ])
    #expect(output["ExecutedVersion"] == "$LATEST" && output["StatusCode"] == 200)
    #expect(output["Payload"] == ["sum": 3] && output["SdkResponseMetadata"] == ["RequestId": "r-1"])
  }

  @Test("Its options are headers, and an answer without a body has a null payload")
  func options() async throws {
    let fixture = try WireFixture(.answer(202, "", headers: [:]))
    let report = try await fixture.run(
      "lambda:invoke",
      ["FunctionName": "report", "InvocationType": "Event", "LogType": "Tail", "ClientContext": "e30="])
    let request = try #require(fixture.transport.requests.first)
    #expect(request.url == "https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/report/invocations")
    #expect(request.headers["X-Amz-Invocation-Type"] == "Event")
    #expect(request.headers["X-Amz-Log-Type"] == "Tail")
    #expect(request.headers["X-Amz-Client-Context"] == "e30=")
    #expect(request.body.isEmpty)
    #expect(report.output?["StatusCode"] == 202)
    #expect(report.output?["Payload"] == .null)
  }

  @Test("A function's ARN takes the state's input, and gives what the function returned")
  func bare() async throws {
    let fixture = try WireFixture(.answer(200, #""done""#))
    #expect(try await fixture.run(Self.arn, ["day": "2026-11-21"]).output == "done")
    #expect(try fixture.body() == #"{"day":"2026-11-21"}"#)
    let text = try WireFixture(.answer(200, "null"))
    #expect(try await text.run(Self.arn, "just text").output == .null)
    #expect(try text.body() == #""just text""#)
  }

  @Test("What a function fails with is the state's error")
  func functionError() async throws {
    let payload = #"{"errorMessage":"no orders","errorType":"EmptyDay","trace":["a"]}"#
    let failed: HTTPHeaders = ["X-Amz-Function-Error": "Unhandled"]
    for resource in ["lambda:invoke", Self.arn] {
      let fixture = try WireFixture(.answer(200, payload, headers: failed))
      let failure = try #require(try await fixture.run(resource, ["FunctionName": "f"]).failure)
      #expect(failure.error == "EmptyDay")
      #expect(failure.cause == payload)
      #expect(failure.diagnosis?.sentence == "the Lambda function failed with EmptyDay: no orders")
    }
    let untyped = try WireFixture(.answer(200, #"{"errorMessage":"Task timed out"}"#, headers: failed))
    let failure = try #require(try await untyped.run("lambda:invoke", ["FunctionName": "f"]).failure)
    #expect(failure.error == "Lambda.Unknown")
    #expect(
      failure.cause == "The cause could not be determined because Lambda did not return an error type. "
        + #"Returned payload: {"errorMessage":"Task timed out"}"#)
  }

  @Test("An error of Lambda itself has Lambda's name, and is not tried again where the function may have run")
  func serviceError() async throws {
    let fixture = try WireFixture(
      .answer(500, #"{"Type":"Service","message":"x"}"#, headers: ["x-amzn-ErrorType": "ServiceException"]))
    let failure = try #require(try await fixture.run("lambda:invoke", ["FunctionName": "f"]).failure)
    #expect(failure.error == "Lambda.ServiceException")
    #expect(failure.aliases == ["Jobd.UnknownOutcome"])
    #expect(fixture.transport.requests.count == 1)
    let lost = try WireFixture(.failure(.connectionBroken))
    #expect(
      try await lost.run("lambda:invoke", ["FunctionName": "f"]).failure?.error == "Lambda.SdkClientException")
    #expect(lost.transport.requests.count == 1)
  }
}
