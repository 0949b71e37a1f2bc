import JobModel
import Logging
import Synchronization
import TestSupport
import Testing

@testable import AWSClient

/// Renews to numbered keys.
private final class NumberedCredentials: CredentialSource {
  private let number = Mutex(0)

  func credentials() async throws(CredentialError) -> AWSCredentials {
    AWSCredentials(accessKeyID: "AK\(number.withLock { $0 })", secretAccessKey: "s")
  }

  func invalidate(_ credentials: AWSCredentials) async { number.withLock { $0 += 1 } }
}

/// While it is asked the clock is set, to so many days after it was right.
private final class ClockSetting: CredentialSource {
  private let time: ManualTime
  private let days: Mutex<[Int]>

  init(time: ManualTime, days: [Int]) {
    self.time = time
    self.days = Mutex(days)
  }

  func credentials() async throws(CredentialError) -> AWSCredentials {
    if let day = days.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
      time.step(to: testNow + .seconds(86_400 * day))
    }
    return AWSCredentials(accessKeyID: "AK", secretAccessKey: "s")
  }

  func invalidate(_ credentials: AWSCredentials) async {}
}

/// Takes a minute to find them.
private struct SlowCredentials: CredentialSource {
  let time: any TimeSource

  func credentials() async throws(CredentialError) -> AWSCredentials {
    try? await time.sleep(for: .seconds(60))
    return try await NumberedCredentials().credentials()
  }

  func invalidate(_ credentials: AWSCredentials) async {}
}

private struct NoCredentials: CredentialSource {
  func credentials() async throws(CredentialError) -> AWSCredentials {
    throw CredentialError(attempts: [CredentialError.Attempt(provider: "test", reason: "none")])
  }

  func invalidate(_ credentials: AWSCredentials) async {}
}

@Suite("A call to AWS, from limit to answer")
struct AWSClientTests {
  private let throttle = Result<HTTPResponse, HTTPTransportError>.answer(
    400, #"{"__type":"ThrottlingException","message":"Rate exceeded"}"#)
  private let oops = Result<HTTPResponse, HTTPTransportError>.answer(500, #"{"__type":"ServerException"}"#)
  private let done = Result<HTTPResponse, HTTPTransportError>.answer(200, #"{"tasks":[]}"#)
  private let notFound = Result<HTTPResponse, HTTPTransportError>.answer(
    400, #"{"__type":"ClusterNotFoundException","message":"no"}"#)

  private func client(
    _ transport: ScriptedTransport, time: any TimeSource = EagerTime(),
    credentials: any CredentialSource = NumberedCredentials(),
    configuration: AWSClientConfiguration = AWSClientConfiguration(region: "eu-west-1")
  ) async throws -> AWSClient {
    try await AWSClient.make(
      configuration, environment: testEnvironment(transport: transport, time: time), credentials: credentials,
      random: SeededRandom(seed: 1), logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
  }

  private func failure(_ client: AWSClient, _ operation: String, _ input: JSONValue = [:]) async -> AWSError? {
    do throws(AWSError) {
      _ = try await client.call(.ecs, operation, input)
      return nil
    } catch { return error }
  }

  @Test("A call is one signed POST to the region's endpoint")
  func plain() async throws {
    let transport = ScriptedTransport([done])
    let client = try await client(transport)
    #expect(try await client.call(.ecs, "DescribeTasks", ["tasks": ["a"]]) == ["tasks": []])
    let request = try #require(transport.requests.first)
    #expect(request.method == "POST")
    #expect(request.url == "https://ecs.eu-west-1.amazonaws.com/")
    #expect(request.headers["Host"] == "ecs.eu-west-1.amazonaws.com")
    #expect(request.headers["X-Amz-Date"] == "20261121T030000Z")
    #expect(request.connectTimeout == .seconds(3))
    #expect(request.totalTimeout == .seconds(30))
    let authorization = try SignatureV4.parseAuthorization(try #require(request.headers["Authorization"]))
    #expect(authorization.scope == CredentialScope(date: "20261121", region: "eu-west-1", service: "ecs"))
    #expect(authorization.signedHeaders == ["content-type", "host", "x-amz-date", "x-amz-target"])
    let expected = SignatureV4.expectedSignature(
      for: SigningRequest(method: "POST", path: "/", headers: request.headers, body: request.body),
      signedHeaders: authorization.signedHeaders, date: SigningDate(testNow), scope: authorization.scope,
      secretAccessKey: "s")
    #expect(authorization.signature == expected)
  }

  @Test("A global service is signed with its partition's region, wherever the client is")
  func global() async throws {
    let transport = ScriptedTransport([.answer(200, "<GetRoleResponse/>")])
    #expect(try await client(transport).call(.iam, "GetRole", ["RoleName": "task"]) == [:])
    let request = try #require(transport.requests.first)
    #expect(request.url == "https://iam.amazonaws.com/")
    let authorization = try SignatureV4.parseAuthorization(try #require(request.headers["Authorization"]))
    #expect(authorization.scope == CredentialScope(date: "20261121", region: "us-east-1", service: "iam"))
  }

  @Test("Throttling is waited out")
  func throttled() async throws {
    let transport = ScriptedTransport([throttle, throttle, done])
    let time = EagerTime()
    let client = try await client(transport, time: time)
    _ = try await client.call(.ecs, "RunTask", [:])
    #expect(transport.requests.count == 3)
    #expect(time.uptime() > .zero)
    let counters = try #require(client.counters.operations["ecs.RunTask"])
    #expect(counters.calls == 1)
    #expect(counters.retries == 2)
    #expect(counters.throttles == 2)
    #expect(counters.failures == 0)
  }

  @Test("Throttling without end is told as throttling, after four tries")
  func throttledForGood() async throws {
    let transport = ScriptedTransport([throttle])
    let client = try await client(transport)
    let error = await failure(client, "RunTask")
    #expect(error?.kind == .throttled)
    #expect(error?.code == "ThrottlingException")
    #expect(transport.requests.count == 4)
    #expect(client.counters.operations["ecs.RunTask"]?.failures == 1)
  }

  @Test("What may have been done is tried again with a token only, byte for byte the same")
  func ambiguous() async throws {
    let once = ScriptedTransport([.broken, done])
    let first = try await client(once)
    #expect(await failure(first, "RunTask")?.kind == .ambiguous)
    #expect(once.requests.count == 1)
    #expect(once.requests.first?.mayBeRepeated == false)
    let twice = ScriptedTransport([.broken, oops, done])
    let second = try await client(twice)
    #expect(await failure(second, "RunTask", ["clientToken": "t"]) == nil)
    #expect(twice.requests.count == 3)
    #expect(Set(twice.requests.map(\.body)).count == 1)
  }

  @Test("A refusal of a repetition does not undo what an earlier try may have done")
  func refusedAfterAmbiguous() async throws {
    for last in [notFound, throttle, .unreachable] {
      let client = try await client(ScriptedTransport([.broken, last]))
      let error = await failure(client, "RunTask", ["clientToken": "t"])
      #expect(error?.kind == .ambiguous)
      #expect(error?.message.hasSuffix("(an earlier try of this call may have been done)") == true)
    }
    let reading = try await client(ScriptedTransport([.broken, notFound]))
    #expect(await failure(reading, "DescribeTasks")?.kind == .refused)
    let conflict = Result<HTTPResponse, HTTPTransportError>.answer(
      400, #"{"__type":"ConflictException","resourceIds":["arn:1"]}"#)
    let known = try await client(ScriptedTransport([.broken, conflict]))
    let error = await failure(known, "RunTask", ["clientToken": "t"])
    #expect(error?.kind == .refused)
    #expect(error?.details == ["resourceIds": ["arn:1"]])
  }

  @Test("A refusal is told at once")
  func refused() async throws {
    let transport = ScriptedTransport([notFound])
    let error = await failure(try await client(transport), "RunTask", ["clientToken": "t"])
    #expect(error?.kind == .refused)
    #expect(error?.code == "ClusterNotFoundException")
    #expect(transport.requests.count == 1)
  }

  @Test("Nobody there is tried again, and told as never sent")
  func unreachable() async throws {
    let transport = ScriptedTransport([.unreachable])
    let error = await failure(try await client(transport), "RunTask")
    #expect(error?.kind == .notSent)
    #expect(error?.code == "ConnectionFailed")
    #expect(transport.requests.count == 4)
  }

  @Test("Garbage is told as perhaps done")
  func garbage() async throws {
    let error = await failure(try await client(ScriptedTransport([.answer(200, "<html>")])), "RunTask")
    #expect(error?.kind == .ambiguous)
    #expect(error?.code == "MalformedResponse")
  }

  @Test("Without credentials nothing is sent")
  func noCredentials() async throws {
    let transport = ScriptedTransport([done])
    let error = await failure(try await client(transport, credentials: NoCredentials()), "RunTask")
    #expect(error?.kind == .notSent)
    #expect(error?.code == "NoCredentials")
    #expect(error?.message == "no AWS credentials: test: none")
    #expect(transport.requests.isEmpty)
  }

  @Test("An expired token brings new credentials and one more try")
  func expiredToken() async throws {
    let expired = Result<HTTPResponse, HTTPTransportError>.answer(400, #"{"__type":"ExpiredTokenException"}"#)
    let transport = ScriptedTransport([expired, done])
    #expect(await failure(try await client(transport), "RunTask") == nil)
    #expect(transport.requests[0].headers["Authorization"]?.contains("Credential=AK0/") == true)
    #expect(transport.requests[1].headers["Authorization"]?.contains("Credential=AK1/") == true)
    let forGood = ScriptedTransport([expired])
    let error = await failure(try await client(forGood), "RunTask")
    #expect(error?.kind == .refused)
    #expect(error?.code == "ExpiredTokenException")
    #expect(forGood.requests.count == 2)
  }

  @Test("A wrong clock is learnt from AWS's date, once, and kept")
  func clockSkew() async throws {
    let skewed = Result<HTTPResponse, HTTPTransportError>.answer(
      400, #"{"__type":"InvalidSignatureException","message":"Signature expired"}"#,
      ["Date": "Sat, 21 Nov 2026 04:00:00 GMT"])
    let transport = ScriptedTransport([skewed, done])
    let client = try await client(transport)
    #expect(await failure(client, "RunTask") == nil)
    #expect(transport.requests.map { $0.headers["X-Amz-Date"] } == ["20261121T030000Z", "20261121T040000Z"])
    #expect(await failure(client, "RunTask") == nil)
    #expect(transport.requests.last?.headers["X-Amz-Date"] == "20261121T040000Z")
  }

  @Test("What was signed with a wrong time is signed anew, also where the clock has been put right meanwhile")
  func clockSetMeanwhile() async throws {
    let time = ManualTime(now: testNow + .seconds(3_600))
    let done = done
    let transport = ScriptedTransport { index, _ in
      if index > 0 { return done }
      time.step(to: testNow)
      return .answer(
        403, #"{"__type":"InvalidSignatureException","message":"Signature not yet current"}"#,
        ["Date": "Sat, 21 Nov 2026 03:00:00 GMT"])
    }
    #expect(await failure(try await client(transport, time: time), "RunTask") == nil)
    #expect(transport.requests.map { $0.headers["X-Amz-Date"] } == ["20261121T040000Z", "20261121T030000Z"])
  }

  @Test("A clock that is set again while a call is on its way once more is learnt again; one that never agrees is not")
  func clockSetTwice() async throws {
    let time = ManualTime(now: testNow)
    let skewed = Result<HTTPResponse, HTTPTransportError>.answer(
      403, #"{"__type":"InvalidSignatureException","message":"Signature not yet current"}"#,
      ["Date": "Sat, 21 Nov 2026 03:00:00 GMT"])
    // A day forward, which is learnt, and back, with which what was learnt is wrong.
    let twice = ScriptedTransport([skewed, skewed, done])
    let client = try await client(twice, time: time, credentials: ClockSetting(time: time, days: [1, 0]))
    #expect(await failure(client, "RunTask") == nil)
    #expect(twice.requests.count == 3)

    let never = ScriptedTransport([skewed])
    let other = try await self.client(never, time: time, credentials: ClockSetting(time: time, days: Array(1...9)))
    #expect(await failure(other, "RunTask")?.kind == .refused)
    #expect(never.requests.count == 4)
  }

  @Test("A wrong signature with the right time is a refusal")
  func wrongSignature() async throws {
    let wrong = Result<HTTPResponse, HTTPTransportError>.answer(
      403, #"{"__type":"InvalidSignatureException"}"#, ["Date": "Sat, 21 Nov 2026 03:00:20 GMT"])
    let transport = ScriptedTransport([wrong])
    #expect(await failure(try await client(transport), "RunTask")?.code == "InvalidSignatureException")
    #expect(transport.requests.count == 1)
  }

  @Test("Retry-After delays the next try")
  func retryAfter() async throws {
    let busy = Result<HTTPResponse, HTTPTransportError>.answer(429, "{}", ["Retry-After": "17"])
    let time = EagerTime()
    let client = try await client(ScriptedTransport([busy, done]), time: time)
    _ = try await client.call(.ecs, "TagResource", [:])
    #expect(time.uptime() == .seconds(17))
  }

  @Test("A cancelled wait is told as cancelled")
  func cancelled() async throws {
    let time = ManualTime(now: testNow)
    let client = try await client(
      ScriptedTransport([.answer(429, "{}", ["Retry-After": "17"])]), time: time)
    let task = Task { await failure(client, "RunTask", ["clientToken": "t"]) }
    await time.waitForSleepers()
    task.cancel()
    #expect(await task.value?.kind == .cancelled)
  }

  @Test("A thousand launches at once keep to the limits, and their waiting is counted")
  func limits() async throws {
    let time = EagerTime()
    let transport = ScriptedTransport([done])
    let client = try await client(transport, time: time)
    for _ in 0..<200 { _ = try await client.call(.ecs, "RunTask", ["launchType": "FARGATE"]) }
    #expect(time.uptime() >= .seconds(9))
    #expect(time.uptime() <= .seconds(10))
    #expect(client.counters.operations["ecs.RunTask"]?.waited == time.uptime())
  }

  @Test("A call that has waited past its time is not sent, and an earlier try makes that ambiguous")
  func notAfter() async throws {
    let time = EagerTime()
    let transport = ScriptedTransport([done])
    let caller: any AWSCaller = try await client(transport, time: time)
    let fargate: JSONValue = ["launchType": "FARGATE", "clientToken": "t"]
    for _ in 0..<100 { _ = try await caller.call(.ecs, "RunTask", fargate) }
    let sent = transport.requests.count
    let late = await #expect(throws: AWSError.self) {
      try await caller.call(.ecs, "RunTask", fargate, options: AWSCallOptions(notAfter: time.uptime()))
    }
    #expect(late?.kind == .notSent)
    #expect(transport.requests.count == sent)

    let slow: any AWSCaller = try await client(transport, time: time, credentials: SlowCredentials(time: time))
    let afterCredentials = await #expect(throws: AWSError.self) {
      try await slow.call(
        .ecs, "RunTask", fargate, options: AWSCallOptions(notAfter: time.uptime() + .seconds(30)))
    }
    #expect(afterCredentials?.kind == .notSent)
    #expect(transport.requests.count == sent)

    let failing = ScriptedTransport([oops])
    let unsure: any AWSCaller = try await client(failing, time: time)
    let ambiguous = await #expect(throws: AWSError.self) {
      try await unsure.call(.ecs, "RunTask", fargate, options: AWSCallOptions(notAfter: time.uptime()))
    }
    #expect(ambiguous?.kind == .ambiguous)
    #expect(failing.requests.count == 1)
  }

  @Test("Each try asks for a permit, and again where the process was halted for longer than that one holds")
  func permit() async throws {
    let time = EagerTime()
    let transport = ScriptedTransport([oops, done])
    let caller: any AWSCaller = try await client(transport, time: time)
    let asked = Mutex<[Duration]>([])
    let permit: AWSCallOptions.Permit = { () async throws(CancellationError) in
      let (limit, number) = asked.withLock { asked in
        asked.append(time.uptime())
        return (time.uptime() + .seconds(40), asked.count)
      }
      if number == 1 { try? await time.sleep(for: .seconds(100)) }
      return limit
    }
    _ = try await caller.call(
      .ecs, "RunTask", ["clientToken": "t"], options: AWSCallOptions(permit: permit))
    #expect(transport.requests.count == 2)
    #expect(asked.withLock { $0.prefix(2) } == [.zero, .seconds(100)])
    #expect(asked.withLock { $0.count } == 3)
  }

  @Test("Where the permit is gone nothing is sent")
  func permitGone() async throws {
    let transport = ScriptedTransport([done])
    let caller: any AWSCaller = try await client(transport, time: EagerTime())
    let permit: AWSCallOptions.Permit = { () async throws(CancellationError) in throw CancellationError() }
    let error = await #expect(throws: AWSError.self) {
      try await caller.call(.ecs, "RunTask", [:], options: AWSCallOptions(permit: permit))
    }
    #expect(error?.kind == .cancelled)
    #expect(transport.requests.isEmpty)
  }

  @Test("One endpoint may stand for all services, and another region be asked")
  func endpoint() async throws {
    let transport = ScriptedTransport([done])
    let configuration = AWSClientConfiguration(region: "eu-west-1", endpointURL: "http://127.0.0.1:8080/base/")
    let client = try await client(transport, configuration: configuration)
    let caller: any AWSCaller = client
    _ = try await caller.call(.ecs, "ListTasks", [:], options: AWSCallOptions(region: "us-east-1"))
    let request = try #require(transport.requests.first)
    #expect(request.url == "http://127.0.0.1:8080/base")
    #expect(request.headers["Host"] == "127.0.0.1:8080")
    #expect(request.headers["Authorization"]?.contains("/us-east-1/ecs/") == true)
  }

  @Test("An answer comes with HTTP's part, and a call may have a path, a query and a time of its own")
  func answer() async throws {
    let transport = ScriptedTransport([.answer(202, #""x""#, ["X-Amz-Executed-Version": "1", "x-amzn-RequestId": "r"])])
    let configuration = AWSClientConfiguration(region: "eu-west-1", endpointURL: "http://127.0.0.1:8080/base")
    let client = try await client(transport, configuration: configuration)
    let call = RESTRequest(method: "POST", path: ["f", "a:b"], query: ["Qualifier": "1"], body: "1")
    let answer = try await client.answer(
      .lambda, "Invoke", call.jsonValue, options: AWSCallOptions(isIdempotent: false, totalTimeout: .seconds(900)))
    #expect(answer.output == "x" && answer.httpStatus == 202 && answer.requestID == "r")
    #expect(answer.headers["x-amz-executed-version"] == "1")
    let request = try #require(transport.requests.first)
    #expect(request.url == "http://127.0.0.1:8080/base/f/a%3Ab?Qualifier=1")
    #expect(request.totalTimeout == .seconds(900))
    let authorization = try SignatureV4.parseAuthorization(try #require(request.headers["Authorization"]))
    let expected = SignatureV4.expectedSignature(
      for: SigningRequest(
        method: "POST", target: "/base/f/a%3Ab?Qualifier=1", headers: request.headers, body: request.body),
      signedHeaders: authorization.signedHeaders, date: SigningDate(testNow), scope: authorization.scope,
      secretAccessKey: "s")
    #expect(authorization.signature == expected)
  }

  @Test("A wrong endpoint is told when the client is made")
  func wrongEndpoint() async {
    await #expect(throws: AWSConfigurationError.self) {
      try await client(
        ScriptedTransport([done]), configuration: AWSClientConfiguration(region: "eu-west-1", endpointURL: "nowhere"))
    }
  }

  @Test("The whole way works over a socket")
  func overSocket() async throws {
    let server = try LoopbackServer { _, _ in .answer(LoopbackServer.response(#"{"taskArns":["a"]}"#)) }
    let transport = CurlTransport(time: SystemTime())
    defer {
      transport.shutDown()
      server.stop()
    }
    let environment = testEnvironment(
      ["AWS_ENDPOINT_URL": server.url, "AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "s"], transport: transport,
      time: SystemTime())
    let client = try await AWSClient.make(
      AWSClientConfiguration(region: "eu-west-1"), environment: environment, random: SystemRandom(),
      logger: Logger(label: "test"))
    #expect(try await client.call(.ecs, "ListTasks", ["cluster": "c"]) == ["taskArns": ["a"]])
    let seen = try #require(server.seen.first)
    let fields = seen.head.split(separator: "\r\n").dropFirst().map { $0.split(separator: ": ", maxSplits: 1) }
    let headers = HTTPHeaders(fields.map { HTTPHeaders.Field(name: String($0[0]), value: String($0[1])) })
    let authorization = try SignatureV4.parseAuthorization(try #require(headers["authorization"]))
    let date = try #require(SigningDate(headers["x-amz-date"] ?? ""))
    let expected = SignatureV4.expectedSignature(
      for: SigningRequest(method: "POST", path: "/", headers: headers, body: seen.body),
      signedHeaders: authorization.signedHeaders, date: date, scope: authorization.scope, secretAccessKey: "s")
    #expect(authorization.signature == expected)
  }
}
