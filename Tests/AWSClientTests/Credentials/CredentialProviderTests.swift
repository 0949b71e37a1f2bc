import Foundation
import JobModel
import Synchronization
import TestSupport
import Testing

@testable import AWSClient

private let document =
  #"{"AccessKeyId":"AK","SecretAccessKey":"hush","Token":"quiet","Expiration":"2026-11-21T09:00:00Z"}"#
private let documentCredentials = AWSCredentials(
  accessKeyID: "AK", secretAccessKey: "hush", sessionToken: "quiet", expiresAt: Instant("2026-11-21T09:00:00Z"))

private func stsAnswer(_ operation: String, key: String = "ASIA") -> String {
  """
  <\(operation)Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><\(operation)Result><Credentials>
  <AccessKeyId>\(key)</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>
  <Expiration>2026-11-21T04:00:00Z</Expiration></Credentials></\(operation)Result></\(operation)Response>
  """
}

@Suite("Where credentials come from")
struct CredentialProviderTests {
  private func resolve(
    _ environment: AWSEnvironment, profile: String? = nil, region: String? = "eu-west-1"
  ) async throws -> AWSCredentials {
    try await AWSSettings(environment: environment, profile: profile).credentialChain(region: region).resolve()
  }

  private func failure(_ environment: AWSEnvironment, profile: String? = nil) async -> String {
    do {
      return "got \(try await resolve(environment, profile: profile))"
    } catch { return "\(error)" }
  }

  @Test("Variables come first")
  func environmentVariables() async throws {
    let environment = testEnvironment(
      ["AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"],
      files: ["/home/u/.aws/credentials": "[default]\naws_access_key_id=B\naws_secret_access_key=b\n"])
    #expect(
      try await resolve(environment) == AWSCredentials(accessKeyID: "AK", secretAccessKey: "s", sessionToken: "t"))
    #expect(try await resolve(environment, profile: "default").accessKeyID == "B")
  }

  @Test("Half of a key is a mistake, not nothing")
  func halfKey() async {
    let text = await failure(testEnvironment(["AWS_ACCESS_KEY_ID": "AK"]))
    #expect(
      text == "no AWS credentials: environment variables: AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not")
  }

  @Test("With nothing configured the error names every provider and its reason")
  func nothing() async {
    let text = await failure(testEnvironment())
    #expect(
      text == "no AWS credentials: environment variables: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set; "
        + "web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set; profile \"default\": it is neither in "
        + "/home/u/.aws/config nor /home/u/.aws/credentials; container endpoint: "
        + "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and AWS_CONTAINER_CREDENTIALS_FULL_URI are not set; "
        + "instance metadata: ConnectionFailed: nobody there")
  }

  @Test("A profile that somebody named must be there")
  func missingProfile() async {
    #expect(await failure(testEnvironment(["AWS_PROFILE": "p"])).contains("profile \"p\": it is neither in"))
  }

  @Test("A service account's token is exchanged without a signature, and read anew every time")
  func webIdentity() async throws {
    let transport = ScriptedTransport([.answer(200, stsAnswer("AssumeRoleWithWebIdentity"))])
    let environment = testEnvironment(
      [
        "AWS_WEB_IDENTITY_TOKEN_FILE": "/token", "AWS_ROLE_ARN": "arn:aws:iam::1:role/r",
        "AWS_ROLE_SESSION_NAME": "me",
      ], files: ["/token": "eyJ0\n"], transport: transport)
    let credentials = try await resolve(environment)
    #expect(credentials.accessKeyID == "ASIA")
    #expect(credentials.expiresAt == Instant("2026-11-21T04:00:00Z"))
    let request = try #require(transport.requests.first)
    #expect(request.url == "https://sts.eu-west-1.amazonaws.com/")
    #expect(request.headers["Authorization"] == nil)
    #expect(
      String(decoding: request.body, as: UTF8.self)
        == "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr"
        + "&RoleSessionName=me&WebIdentityToken=eyJ0")
  }

  @Test("A failing role is not passed over for somebody else's credentials")
  func failingRole() async {
    let transport = ScriptedTransport([
      .answer(403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>")
    ])
    let environment = testEnvironment(
      [
        "AWS_WEB_IDENTITY_TOKEN_FILE": "/token", "AWS_ROLE_ARN": "arn",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x",
      ], files: ["/token": "secret-token"], transport: transport)
    let text = await failure(environment)
    #expect(
      text.hasSuffix(
        "web identity: STS AssumeRoleWithWebIdentity at sts.eu-west-1.amazonaws.com: AccessDenied: no"))
    #expect(!text.contains("secret-token"))
    #expect(transport.requests.count == 1)
  }

  @Test("A role is assumed through its source profiles, one after the other")
  func sourceProfiles() async throws {
    let transport = ScriptedTransport { index, _ in .answer(200, stsAnswer("AssumeRole", key: "ASIA\(index)")) }
    let config = """
      [profile top]
      role_arn = arn:top
      source_profile = middle
      external_id = ext
      role_session_name = nightly
      duration_seconds = 900
      aws_access_key_id = not-used
      aws_secret_access_key = not-used
      [profile middle]
      role_arn = arn:middle
      source_profile = base
      """
    let credentials = "[base]\naws_access_key_id = BASE\naws_secret_access_key = b\n"
    let environment = testEnvironment(
      ["AWS_PROFILE": "top"], files: ["/home/u/.aws/config": config, "/home/u/.aws/credentials": credentials],
      transport: transport)
    #expect(try await resolve(environment).accessKeyID == "ASIA1")
    let requests = transport.requests
    #expect(requests.count == 2)
    #expect(requests[0].headers["Authorization"]?.contains("Credential=BASE/20261121/eu-west-1/sts/") == true)
    #expect(requests[1].headers["Authorization"]?.contains("Credential=ASIA0/") == true)
    #expect(requests[1].headers["X-Amz-Security-Token"] == "t")
    #expect(
      String(decoding: requests[1].body, as: UTF8.self)
        == "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Atop&RoleSessionName=nightly&DurationSeconds=900"
        + "&ExternalId=ext")
  }

  @Test(
    "A profile that leads nowhere says why",
    arguments: [
      ("role_arn = a\nsource_profile = p\n", "is its own source_profile and has no keys"),
      ("role_arn = a\nsource_profile = q\n", "\"q\" does not exist"),
      ("role_arn = a\nsource_profile = r\n[profile r]\nrole_arn = b\nsource_profile = p\n", "leads back to itself"),
      ("role_arn = a\n", "needs one of source_profile, credential_source and web_identity_token_file"),
      ("role_arn = a\nsource_profile = x\ncredential_source = Environment\n", "needs one of"),
      ("role_arn = a\ncredential_source = Nowhere\n", "is none of Ec2InstanceMetadata, EcsContainer, Environment"),
      ("role_arn = a\ncredential_source = Environment\n", "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set"),
      ("role_arn = a\nmfa_serial = m\nsource_profile = p\n", "a daemon cannot ask for"),
      ("role_arn = a\nweb_identity_token_file = /none\n", "/none does not exist"),
      ("sso_session = s\n", "IAM Identity Center"), ("aws_access_key_id = A\n", "has only one of"),
      ("region = eu-west-1\n", "has no keys, role_arn or credential_process"),
    ])
  func deadEnds(_ text: String, _ reason: String) async {
    let environment = testEnvironment(files: ["/home/u/.aws/config": "[profile p]\n" + text])
    #expect(await failure(environment, profile: "p").contains(reason))
  }

  @Test("A program's output is read; its failure is told without its output")
  func process() async throws {
    let files = ["/home/u/.aws/config": "[default]\ncredential_process = /bin/give --me\n"]
    let good = #"{"Version":1,"AccessKeyId":"P","SecretAccessKey":"s"}"#
    let environment = testEnvironment(files: files, process: { $0 == "/bin/give --me" ? .success(good) : .success("") })
    #expect(try await resolve(environment) == AWSCredentials(accessKeyID: "P", secretAccessKey: "s"))
    for (output, reason) in [
      (#"{"AccessKeyId":"P","SecretAccessKey":"hush"}"#, "Version is not 1"), ("", "no JSON object"),
      (#"{"Version":1,"AccessKeyId":"P"}"#, "no AccessKeyId and SecretAccessKey"),
      (#"{"Version":1,"AccessKeyId":"P","SecretAccessKey":"hush","Expiration":"soon"}"#, "no RFC 3339 time"),
    ] {
      let text = await failure(testEnvironment(files: files, process: { _ in .success(output) }))
      #expect(text.contains(reason))
      #expect(!text.contains("hush"))
    }
  }

  @Test("A real program runs, fails, writes too much, or is ended when it hangs")
  func realProcess() async throws {
    func output(_ command: String, time: any TimeSource = SystemTime()) async -> Result<String, AWSEnvironmentError> {
      do throws(AWSEnvironmentError) {
        return .success(String(decoding: try await CredentialProcess(command: command).run(time: time), as: UTF8.self))
      } catch { return .failure(error) }
    }
    #expect(await output("echo \"a b\"; echo noise >&2") == .success("a b\n"))
    #expect(await output("echo x; exit 3") == .failure(AWSEnvironmentError(message: "it ended with status 3")))
    #expect(
      await output("head -c 2000000 /dev/zero")
        == .failure(AWSEnvironmentError(message: "it wrote more than 1048576 bytes")))
    let time = ManualTime(now: testNow)
    async let hanging = output("sleep 1000; echo late", time: time)
    await time.advanceToNextWake()
    #expect(await hanging == .failure(AWSEnvironmentError(message: "it did not end within 60.0 seconds")))
  }

  @Test("A container's endpoint is asked with its token")
  func container() async throws {
    let transport = ScriptedTransport([.answer(200, document)])
    let environment = testEnvironment(
      [
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/t", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "other",
      ], files: ["/t": "Basic abc\n"], transport: transport)
    #expect(try await resolve(environment) == documentCredentials)
    #expect(transport.requests.first?.url == "http://169.254.170.23/v1/credentials")
    #expect(transport.requests.first?.headers["Authorization"] == "Basic abc")
    #expect(transport.requests.first?.usesProxy == false)
  }

  @Test(
    "The container's URL must be safe",
    arguments: [
      ("http://127.0.0.1:80/a?b=c", true), ("http://127.9.8.7/", true), ("http://localhost/", true),
      ("http://[::1]/", true), ("http://169.254.170.2/x", true), ("http://[fd00:ec2::23]/", true),
      ("https://anywhere.example/x", true), ("http://anywhere.example/", false), ("http://128.0.0.1/", false),
      ("http://127.0.0.1.example/", false), ("http://127.1/", false), ("ftp://localhost/", false), ("nonsense", false),
      ("http://localhost@evil.example/", false),
    ])
  func containerURL(_ text: String, _ isSafe: Bool) {
    let environment = testEnvironment(["AWS_CONTAINER_CREDENTIALS_FULL_URI": text])
    let result = ContainerCredentials.url(environment)
    #expect((try? result?.get()) == (isSafe ? text : nil))
  }

  @Test("The relative path of ECS is below its own address")
  func containerRelative() throws {
    let environment = testEnvironment(["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/x"])
    #expect(try ContainerCredentials.url(environment)?.get() == "http://169.254.170.2/v2/credentials/x")
  }

  @Test("A container's answer that is none fails the chain", arguments: [(500, "x"), (200, "<html>"), (200, "{}")])
  func containerFailure(_ status: Int, _ body: String) async {
    let environment = testEnvironment(
      ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x"], transport: ScriptedTransport([.answer(status, body)]))
    #expect(await failure(environment).contains("container endpoint: the "))
  }

  @Test("A token with a line break in it is refused")
  func containerToken() async {
    let environment = testEnvironment([
      "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "a\r\nX: y",
    ])
    #expect(await failure(environment).contains("holds a line break"))
  }

  @Test("Instance metadata is asked for a session, the role, and its credentials")
  func metadata() async throws {
    let transport = ScriptedTransport([.answer(200, "TOKEN"), .answer(200, "my role\n"), .answer(200, document)])
    #expect(try await resolve(testEnvironment(transport: transport)) == documentCredentials)
    let requests = transport.requests
    #expect(requests.map(\.method) == ["PUT", "GET", "GET"])
    #expect(requests[0].url == "http://169.254.169.254/latest/api/token")
    #expect(requests[0].headers["X-aws-ec2-metadata-token-ttl-seconds"] == "21600")
    #expect(requests[2].url == "http://169.254.169.254/latest/meta-data/iam/security-credentials/my%20role")
    #expect(requests[2].headers["X-aws-ec2-metadata-token"] == "TOKEN")
    #expect(requests.allSatisfy { !$0.usesProxy })
  }

  @Test("Instance metadata can be switched off, and lie elsewhere")
  func metadataSettings() async throws {
    let transport = ScriptedTransport([.answer(200, "T"), .answer(404, "")])
    #expect(
      await failure(testEnvironment(["AWS_EC2_METADATA_DISABLED": "True"], transport: transport))
        .hasSuffix("instance metadata: AWS_EC2_METADATA_DISABLED is true"))
    #expect(transport.requests.isEmpty)
    let elsewhere = ["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1338"]
    #expect(
      await failure(testEnvironment(elsewhere, transport: transport))
        .hasSuffix("instance metadata: the instance has no role"))
    #expect(transport.requests.first?.url == "http://127.0.0.1:1338/latest/api/token")
  }
}
