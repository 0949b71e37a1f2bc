import JobModel
import TestSupport
import Testing

@testable import AWSClient

@Suite("Calls and answers on the wire")
struct WireFormatTests {
  private func response(_ status: Int, _ body: String, _ headers: HTTPHeaders = [:]) -> HTTPResponse {
    HTTPResponse(status: status, headers: headers, body: Array(body.utf8))
  }

  private func failure(_ service: AWSService, _ operation: String, _ response: HTTPResponse) -> AWSError? {
    do throws(AWSError) {
      _ = try WireFormat.output(service, operation, response)
      return nil
    } catch { return error }
  }

  @Test("A JSON call names its operation in a header and sends its input as it is")
  func jsonRequest() {
    let request = WireFormat.request(.ecs, "RunTask", ["cluster": "batch", "count": 1])
    #expect(request.headers["x-amz-target"] == "AmazonEC2ContainerServiceV20141113.RunTask")
    #expect(request.headers["content-type"] == "application/x-amz-json-1.1")
    #expect(String(decoding: request.body, as: UTF8.self) == #"{"cluster":"batch","count":1}"#)
  }

  @Test("A Query call is a form: lists by member, maps by entry, no null")
  func queryRequest() {
    let request = WireFormat.request(
      .sns, "Publish",
      [
        "TopicArn": "arn:aws:sns:eu-west-1:123456789012:t", "Message": "a b&c=ü\n", "Subject": nil,
        "MessageAttributes": ["job": ["DataType": "String", "StringValue": "x"]],
      ])
    let form = String(decoding: request.body, as: UTF8.self)
    #expect(
      form == "Action=Publish&Version=2010-03-31&TopicArn=arn%3Aaws%3Asns%3Aeu-west-1%3A123456789012%3At"
        + "&Message=a%20b%26c%3D%C3%BC%0A&MessageAttributes.entry.1.Name=job"
        + "&MessageAttributes.entry.1.Value.DataType=String&MessageAttributes.entry.1.Value.StringValue=x")
    let role = WireFormat.request(
      .sts, "AssumeRole", ["Tags": [["Key": "a", "Value": "b"]], "DurationSeconds": 900, "Flag": true, "None": []])
    #expect(
      String(decoding: role.body, as: UTF8.self)
        == "Action=AssumeRole&Version=2011-06-15&Tags.member.1.Key=a&Tags.member.1.Value=b&DurationSeconds=900"
        + "&Flag=true&None=")
  }

  @Test("An XML answer becomes what is below its result")
  func queryOutput() throws {
    let body = """
      <?xml version="1.0"?>
      <PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>
        <MessageId>a&amp;b &#x41;</MessageId><List><member>1</member><member>2</member></List>
        <Twice>x</Twice><Twice>y</Twice><Text><![CDATA[<raw>]]></Text>
      </PublishResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></PublishResponse>
      """
    let output = try WireFormat.output(.sns, "Publish", response(200, body))
    #expect(
      output == ["MessageId": "a&b A", "List": ["1", "2"], "Twice": ["x", "y"], "Text": "<raw>"])
    let empty = "<TagResourceResponse><ResponseMetadata/></TagResourceResponse>"
    #expect(try WireFormat.output(.sns, "TagResource", response(200, empty)) == [:])
  }

  @Test("EC2's lists are numbered, its answers have no result, and their lists are items")
  func ec2() throws {
    let request = WireFormat.request(
      .ec2, "DescribeSubnets",
      ["Filter": [["Name": "subnet-id", "Value": ["subnet-1", "subnet-2"]]], "SubnetId": [], "MaxResults": 5])
    #expect(
      String(decoding: request.body, as: UTF8.self)
        == "Action=DescribeSubnets&Version=2016-11-15&Filter.1.Name=subnet-id&Filter.1.Value.1=subnet-1"
        + "&Filter.1.Value.2=subnet-2&MaxResults=5")
    let body = """
      <DescribeSubnetsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId><subnetSet>
        <item><subnetId>subnet-1</subnetId><tagSet><item><key>a</key><value>b</value></item></tagSet></item>
      </subnetSet></DescribeSubnetsResponse>
      """
    #expect(
      try WireFormat.output(.ec2, "DescribeSubnets", response(200, body))
        == [
          "requestId": "r", "subnetSet": [["subnetId": "subnet-1", "tagSet": [["key": "a", "value": "b"]]]],
        ])
  }

  @Test("IAM's simulator is asked and read as its API describes")
  func simulation() throws {
    let request = WireFormat.request(
      .iam, "SimulatePrincipalPolicy",
      [
        "PolicySourceArn": "arn:aws:iam::1:user/a", "ActionNames": ["iam:PassRole"], "ResourceArns": ["*"],
        "ContextEntries": [["ContextKeyName": "k", "ContextKeyType": "string", "ContextKeyValues": ["v"]]],
      ])
    #expect(
      String(decoding: request.body, as: UTF8.self)
        == "Action=SimulatePrincipalPolicy&Version=2010-05-08&PolicySourceArn=arn%3Aaws%3Aiam%3A%3A1%3Auser%2Fa"
        + "&ActionNames.member.1=iam%3APassRole&ResourceArns.member.1=%2A&ContextEntries.member.1.ContextKeyName=k"
        + "&ContextEntries.member.1.ContextKeyType=string&ContextEntries.member.1.ContextKeyValues.member.1=v")
    let body = """
      <SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><SimulatePrincipalPolicyResult>
        <IsTruncated>false</IsTruncated><EvaluationResults><member><MatchedStatements/><MissingContextValues/>
          <EvalResourceName>*</EvalResourceName><EvalDecision>implicitDeny</EvalDecision>
          <EvalActionName>iam:PassRole</EvalActionName></member></EvaluationResults>
      </SimulatePrincipalPolicyResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>
      </SimulatePrincipalPolicyResponse>
      """
    #expect(
      try WireFormat.output(.iam, "SimulatePrincipalPolicy", response(200, body)) == [
        "IsTruncated": "false",
        "EvaluationResults": [
          [
            "MatchedStatements": "", "MissingContextValues": "", "EvalResourceName": "*",
            "EvalDecision": "implicitDeny", "EvalActionName": "iam:PassRole",
          ]
        ],
      ])
  }

  struct ErrorRow: Sendable, CustomTestStringConvertible {
    var service: AWSService
    var status: Int
    var body: String
    var headers: HTTPHeaders = [:]
    var kind: AWSError.Kind
    var code: String
    var message: String?

    var testDescription: String { "\(status) \(code) \(body.prefix(40))" }
  }

  static let errors: [ErrorRow] = [
    ErrorRow(
      service: .ecs, status: 400, body: #"{"__type":"ClusterNotFoundException","message":"Cluster not found."}"#,
      kind: .refused, code: "ClusterNotFoundException", message: "Cluster not found."),
    ErrorRow(
      service: .ecs, status: 400, body: #"{"__type":"com.amazonaws.ecs#ClientException","Message":"No"}"#,
      kind: .refused, code: "ClientException", message: "No"),
    ErrorRow(
      service: .ecs, status: 400, body: "{}",
      headers: ["X-Amzn-ErrorType": "AccessDeniedException:http://internal.amazon.com/coral/"], kind: .refused,
      code: "AccessDeniedException"),
    ErrorRow(
      service: .ecs, status: 400, body: #"{"code":"ThrottlingException","message":"Rate exceeded"}"#, kind: .throttled,
      code: "ThrottlingException", message: "Rate exceeded"),
    ErrorRow(service: .ecs, status: 429, body: "", kind: .throttled, code: "HTTP429"),
    ErrorRow(
      service: .ecs, status: 503, body: #"{"__type":"SlowDown"}"#, kind: .throttled, code: "SlowDown"),
    ErrorRow(
      service: .ecs, status: 500, body: #"{"__type":"ServerException","message":"oops"}"#, kind: .ambiguous,
      code: "ServerException", message: "oops"),
    ErrorRow(
      service: .ecs, status: 502, body: "<html><body>Bad Gateway</body></html>", kind: .ambiguous, code: "HTTP502"),
    ErrorRow(service: .ecs, status: 408, body: "", kind: .ambiguous, code: "HTTP408"),
    ErrorRow(
      service: .ecs, status: 302, body: "", headers: ["Location": "http://login/"], kind: .ambiguous,
      code: "UnexpectedRedirect"),
    ErrorRow(service: .ecs, status: 403, body: "<html>proxy</html>", kind: .refused, code: "HTTP403"),
    ErrorRow(service: .ecs, status: 400, body: #"{"__type":7,"message":[]}"#, kind: .refused, code: "HTTP400"),
    ErrorRow(service: .ecs, status: 400, body: #"{"__type":"a b\nc"}"#, kind: .refused, code: "HTTP400"),
    ErrorRow(
      service: .sns, status: 404,
      body: "<ErrorResponse><Error><Type>Sender</Type><Code>NotFound</Code><Message>Topic does not exist</Message>"
        + "</Error><RequestId>id-1</RequestId></ErrorResponse>", kind: .refused, code: "NotFound",
      message: "Topic does not exist"),
    ErrorRow(
      service: .sts, status: 403,
      body: "<Response><Errors><Error><Code>ExpiredToken</Code><Message>old</Message></Error></Errors></Response>",
      kind: .refused, code: "ExpiredToken", message: "old"),
    ErrorRow(
      service: .ec2, status: 403,
      body: "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized</Message>"
        + "</Error></Errors><RequestID>r</RequestID></Response>", kind: .refused, code: "UnauthorizedOperation",
      message: "You are not authorized"),
    ErrorRow(
      service: .ec2, status: 503,
      body: "<Response><Errors><Error><Code>RequestLimitExceeded</Code></Error></Errors></Response>", kind: .throttled,
      code: "RequestLimitExceeded"),
    ErrorRow(
      service: .sns, status: 400, body: "<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>",
      kind: .throttled, code: "Throttling"),
    ErrorRow(service: .sns, status: 503, body: "<ErrorResponse>", kind: .ambiguous, code: "HTTP503"),
    ErrorRow(service: .sns, status: 500, body: "", kind: .ambiguous, code: "HTTP500"),
    ErrorRow(
      service: .sns, status: 400, body: #"{"__type":"InvalidParameter","message":"json after all"}"#, kind: .refused,
      code: "InvalidParameter", message: "json after all"),
  ]

  @Test("An error is judged by its name and status", arguments: errors)
  func error(_ row: ErrorRow) {
    let error = failure(row.service, "RunTask", response(row.status, row.body, row.headers))
    #expect(error?.kind == row.kind)
    #expect(error?.code == row.code)
    #expect(error?.httpStatus == row.status)
    if let message = row.message { #expect(error?.message == message) }
  }

  @Test("An error keeps its request id and its further members")
  func details() {
    let conflict = failure(
      .ecs, "RunTask",
      response(
        400, #"{"__type":"ConflictException","message":"m","resourceIds":["arn:1"]}"#, ["x-amzn-RequestId": "r-1"]))
    #expect(conflict?.details == ["resourceIds": ["arn:1"]])
    #expect(conflict?.requestID == "r-1")
    let xml = failure(
      .sns, "Publish",
      response(400, "<ErrorResponse><Error><Code>X</Code></Error><RequestId>r-2</RequestId></ErrorResponse>"))
    #expect(xml?.requestID == "r-2")
  }

  static let garbage: [String] = [
    "", " ", "null", "[]", "7", "\"text\"", "{", "{\"a\":", "{}{}", "<html></html>", "<", "<a", "<a>", "</a>",
    "<a></b>", "<PublishResponse>", "<PublishResponse><PublishResult></PublishResponse>", "\u{0}\u{1}", "é",
    "<OtherResponse/>", "<?xml version=\"1.0\"?>",
    "<!DOCTYPE a [<!ENTITY b \"c\">]><PublishResponse>&b;</PublishResponse>",
    "<PublishResponse>&undefined;</PublishResponse>", "<PublishResponse/><PublishResponse/>",
    "HTTP/1.1 200 OK\r\n\r\n{}",
  ]

  @Test("A success that cannot be read may have been done", arguments: garbage)
  func malformed(_ body: String) {
    for service in [AWSService.ecs, .sns, .ec2] {
      let error = failure(service, "Publish", response(200, body, ["x-amzn-requestid": "r"]))
      #expect(error?.kind == .ambiguous)
      #expect(error?.code == "MalformedResponse")
      #expect(error?.requestID == "r")
    }
  }

  @Test("XML is bounded in depth and in elements")
  func bounds() {
    let deep = String(repeating: "<a>", count: 5_000) + String(repeating: "</a>", count: 5_000)
    let wide = "<a>" + String(repeating: "<b/>", count: 100_001) + "</a>"
    for text in [deep, wide] {
      #expect(throws: XMLReadError(message: "it has more than 64 levels or 100000 elements")) {
        try XMLReader.read(Array(text.utf8))
      }
    }
  }

  @Test("An operation without an output may answer with nothing, if it says so")
  func noOutput() throws {
    #expect(try WireFormat.output(.logs, "CreateLogGroup", response(200, "", ["Content-Length": "0"])) == [:])
    #expect(failure(.logs, "CreateLogGroup", response(200, ""))?.code == "MalformedResponse")
  }

  @Test("A REST call is the request that its input spells out, encoded once")
  func rest() throws {
    let call = RESTRequest(
      method: "PUT", path: ["v1", "a/b:c", "é"], query: ["b": "1 2", "a": "&"], headers: ["X-B": "2", "X-A": "1"],
      body: "{}")
    #expect(RESTRequest(call.jsonValue) == call)
    let request = WireFormat.request(.lambda, "Invoke", call.jsonValue)
    #expect(request.method == "PUT")
    #expect(request.path == "/v1/a%2Fb%3Ac/%C3%A9")
    #expect(request.query == "a=%26&b=1%202")
    #expect(request.headers == ["X-A": "1", "X-B": "2"])
    #expect(String(decoding: request.body, as: UTF8.self) == "{}")
    #expect(RESTRequest(.null) == RESTRequest(method: "GET", path: []))
  }

  @Test("A REST answer is its JSON, its text or nothing, with any status of success")
  func restOutput() throws {
    #expect(try WireFormat.output(.lambda, "Invoke", response(200, #"{"a":1}"#)) == ["a": 1])
    #expect(try WireFormat.output(.lambda, "Invoke", response(202, "")) == .null)
    #expect(try WireFormat.output(.lambda, "Invoke", response(200, "no JSON")) == "no JSON")
    let refused = failure(
      .lambda, "Invoke",
      response(404, #"{"Type":"User","Message":"none"}"#, ["x-amzn-ErrorType": "ResourceNotFoundException:http://x"]))
    #expect(refused?.code == "ResourceNotFoundException" && refused?.message == "none")
    #expect(refused?.kind == .refused)
    #expect(failure(.ecs, "ListTasks", response(202, "{}"))?.code == "HTTP202", "JSON services say 200")
  }

  @Test("Bytes at random never break a reader")
  func random() {
    var generator = RandomGenerator(SeededRandom(seed: 7))
    let seed = Array(
      "<PublishResponse xmlns=\"http://a/\"><PublishResult><!-- c --><MessageId>x&amp;y</MessageId></PublishResult></PublishResponse>"
        .utf8)
    for _ in 0..<2_000 {
      var bytes = seed
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      let answer = HTTPResponse(status: [200, 400, 500].randomElement(using: &generator) ?? 200, body: bytes)
      for service in [AWSService.ecs, .sns] { _ = try? WireFormat.output(service, "Publish", answer) }
    }
  }

  @Test(
    "An HTTP date is read in its one form",
    arguments: [
      ("Sun, 06 Nov 1994 08:49:37 GMT", Instant("1994-11-06T08:49:37Z")), ("Sun Nov  6 08:49:37 1994", nil),
      ("", nil), ("Sun, 31 Feb 1994 08:49:37 GMT", nil), ("Sun, 06 Nov 1994 24:00:00 GMT", nil),
      ("x, 06 Nov 99999999999999999999 08:49:37 GMT", nil),
    ])
  func date(_ text: String, _ instant: Instant?) { #expect(HTTPDate.parse(text) == instant) }
}
