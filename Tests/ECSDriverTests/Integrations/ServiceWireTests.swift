import AWSClient
import JobModel
import Testing

@testable import ECSDriver

@Suite("Calls of services on the wire")
struct ServiceWireTests {
  @Test("A JSON service gets the API's own spelling, and its answer comes back with capitals and times as text")
  func json() async throws {
    let fixture = try WireFixture(
      .answer(
        200, #"{"executionArn":"arn:e","startDate":1623448817.131,"nothing":null,"newMember":[{"someThing":1}]}"#))
    let report = try await fixture.run(
      "aws-sdk:sfn:startExecution", ["StateMachineArn": "arn:m", "Name": "n", "Input": ["key": ["value", 1]]])
    #expect(
      report.output == [
        "ExecutionArn": "arn:e", "StartDate": "2021-06-11T22:00:17.131Z", "NewMember": [["SomeThing": 1]],
      ])
    let request = try #require(fixture.transport.requests.first)
    #expect(request.url == "https://states.eu-west-1.amazonaws.com/")
    #expect(request.headers["X-Amz-Target"] == "AWSStepFunctions.StartExecution")
    #expect(request.headers["Content-Type"] == "application/x-amz-json-1.0")
    #expect(try fixture.body() == #"{"stateMachineArn":"arn:m","name":"n","input":"{\"key\":[\"value\",1]}"}"#)
  }

  @Test("Keys of maps are the user's own, in both directions")
  func maps() async throws {
    let fixture = try WireFixture(
      .answer(200, #"{"Item":{"id":{"S":"a"},"data":{"M":{"in":{"N":"1"},"ss":{"SS":["x"]}}}}}"#))
    let report = try await fixture.run(
      "aws-sdk:dynamodb:getItem",
      ["TableName": "t", "Key": ["id": ["S": "a"]], "ExpressionAttributeNames": ["#d": "data"]])
    #expect(
      report.output == ["Item": ["id": ["S": "a"], "data": ["M": ["in": ["N": "1"], "ss": ["Ss": ["x"]]]]]])
    #expect(
      try fixture.body()
        == ##"{"TableName":"t","Key":{"id":{"S":"a"}},"ExpressionAttributeNames":{"#d":"data"}}"##)
  }

  @Test("A Query service gets lists by member and maps by entry, with the names that its model gives them")
  func query() async throws {
    let fixture = try WireFixture(
      .answer(
        200,
        """
        <PublishBatchResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishBatchResult>
        <Failed/><Successful><member><Id>1</Id><MessageId>m</MessageId></member></Successful>
        </PublishBatchResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></PublishBatchResponse>
        """))
    let report = try await fixture.run(
      "aws-sdk:sns:publishBatch",
      [
        "TopicArn": "arn:aws:sns:us-east-2:123456789012:t",
        "PublishBatchRequestEntries": [
          [
            "Id": "1", "Message": "a b",
            "MessageAttributes": ["k": ["DataType": "String", "StringValue": "v"]],
          ]
        ],
      ])
    #expect(report.output == ["Failed": [], "Successful": [["Id": "1", "MessageId": "m"]]])
    #expect(fixture.transport.requests.first?.url == "https://sns.us-east-2.amazonaws.com/", "where its ARN says")
    let entry = "PublishBatchRequestEntries.member.1"
    #expect(
      try fixture.form() == [
        "Action=PublishBatch", "Version=2010-03-31", "TopicArn=arn%3Aaws%3Asns%3Aus-east-2%3A123456789012%3At",
        "\(entry).Id=1", "\(entry).Message=a%20b", "\(entry).MessageAttributes.entry.1.Name=k",
        "\(entry).MessageAttributes.entry.1.Value.DataType=String",
        "\(entry).MessageAttributes.entry.1.Value.StringValue=v",
      ])
  }

  @Test("An XML answer gets the types of its model: numbers, truth, lists of one, lists of none, times")
  func xml() async throws {
    let fixture = try WireFixture(
      .answer(
        200,
        """
        <DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances><DBInstance>
        <DBInstanceIdentifier>db</DBInstanceIdentifier><AllocatedStorage>20</AllocatedStorage><MultiAZ>false</MultiAZ>
        <InstanceCreateTime>2026-11-21T03:00:00.120Z</InstanceCreateTime><DBSecurityGroups/>
        <VpcSecurityGroups><VpcSecurityGroupMembership><Status>active</Status></VpcSecurityGroupMembership>
        </VpcSecurityGroups><NotInTheModel>1</NotInTheModel></DBInstance></DBInstances></DescribeDBInstancesResult>
        </DescribeDBInstancesResponse>
        """))
    let report = try await fixture.run(
      "aws-sdk:rds:describeDBInstances",
      [
        "DbInstanceIdentifier": "db", "Filters": [["Name": "engine", "Values": ["mysql", "postgres"]]],
        "MaxRecords": 20,
      ])
    #expect(
      report.output == [
        "DbInstances": [
          [
            "DbInstanceIdentifier": "db", "AllocatedStorage": 20, "MultiAZ": false,
            "InstanceCreateTime": "2026-11-21T03:00:00.120Z", "DbSecurityGroups": [],
            "VpcSecurityGroups": [["Status": "active"]],
          ]
        ]
      ])
    #expect(
      try fixture.form() == [
        "Action=DescribeDBInstances", "Version=2014-10-31", "DBInstanceIdentifier=db", "Filters.Filter.1.Name=engine",
        "Filters.Filter.1.Values.Value.1=mysql", "Filters.Filter.1.Values.Value.2=postgres", "MaxRecords=20",
      ])
  }

  @Test("EC2 gets its lists without member, and gives lists of item")
  func ec2() async throws {
    let fixture = try WireFixture(
      .answer(
        200,
        """
        <DescribeInstancesResponse><requestId>r</requestId><reservationSet><item><reservationId>r-1</reservationId>
        <instancesSet><item><instanceId>i-1</instanceId><amiLaunchIndex>0</amiLaunchIndex>
        <instanceState><code>16</code><name>running</name></instanceState>
        <tagSet><item><key>a</key><value>b</value></item><item><key>c</key><value/></item></tagSet>
        </item></instancesSet></item></reservationSet></DescribeInstancesResponse>
        """))
    let report = try await fixture.run(
      "aws-sdk:ec2:describeInstances",
      ["InstanceIds": ["i-1", "i-2"], "Filters": [["Name": "vpc-id", "Values": ["vpc-1"]]], "DryRun": false])
    #expect(
      report.output == [
        "Reservations": [
          [
            "ReservationId": "r-1",
            "Instances": [
              [
                "InstanceId": "i-1", "AmiLaunchIndex": 0, "State": ["Code": 16, "Name": "running"],
                "Tags": [["Key": "a", "Value": "b"], ["Key": "c", "Value": ""]],
              ]
            ],
          ]
        ]
      ])
    #expect(
      Set(try fixture.form()) == [
        "Action=DescribeInstances", "Version=2016-11-15", "InstanceId.1=i-1", "InstanceId.2=i-2",
        "Filter.1.Name=vpc-id", "Filter.1.Value.1=vpc-1", "DryRun=false",
      ])
  }

  @Test("The optimized forms add what HTTP said")
  func optimized() async throws {
    let fixture = try WireFixture(
      .answer(
        200, #"{"MD5OfMessageBody":"5d","MessageId":"m"}"#,
        headers: ["x-amzn-RequestId": "r-1", "Content-Type": "application/x-amz-json-1.0", "connection": "keep-alive"]))
    let report = try await fixture.run(
      "sqs:sendMessage",
      ["QueueUrl": "https://sqs.eu-central-1.amazonaws.com/123456789012/q", "MessageBody": ["a": 1]])
    #expect(
      report.output == [
        "MD5OfMessageBody": "5d", "MessageId": "m",
        "SdkHttpMetadata": [
          "AllHttpHeaders": [
            "x-amzn-RequestId": ["r-1"], "Content-Type": ["application/x-amz-json-1.0"], "connection": ["keep-alive"],
          ],
          "HttpHeaders": [
            "x-amzn-RequestId": "r-1", "Content-Type": "application/x-amz-json-1.0", "connection": "keep-alive",
          ], "HttpStatusCode": 200,
        ], "SdkResponseMetadata": ["RequestId": "r-1"],
      ])
    #expect(fixture.transport.requests.first?.url == "https://sqs.eu-central-1.amazonaws.com/")
    #expect(try fixture.body().hasSuffix(#""MessageBody":"{\"a\":1}"}"#))
  }

  @Test("Bytes are JSON text on the way there, and text on the way back where they are UTF-8")
  func blobs() async throws {
    let fixture = try WireFixture(.answer(200, #"{"Plaintext":"eyJhIjoxfQ==","KeyId":"k"}"#))
    let report = try await fixture.run("aws-sdk:kms:decrypt", ["CiphertextBlob": ["a": 1]])
    #expect(report.output == ["Plaintext": #"{"a":1}"#, "KeyId": "k"])
    #expect(try fixture.body() == #"{"CiphertextBlob":"eyJhIjoxfQ=="}"#)
    let binary = try WireFixture(.answer(200, #"{"Plaintext":"/w=="}"#))
    #expect(try await binary.run("aws-sdk:kms:decrypt", ["CiphertextBlob": "x"]).output == ["Plaintext": "/w=="])
    #expect(try binary.body() == #"{"CiphertextBlob":"Ingi"}"#)
  }

  @Test("A service that has one home is called and signed for there")
  func home() async throws {
    let fixture = try WireFixture(.answer(200, "{}"))
    _ = try await fixture.run("aws-sdk:organizations:listAccounts", [:])
    let request = try #require(fixture.transport.requests.first)
    #expect(request.url == "https://organizations.us-east-1.amazonaws.com/")
    #expect(request.headers["Authorization"]?.contains("/us-east-1/organizations/aws4_request") == true)
  }
}
