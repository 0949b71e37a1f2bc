import Testing

@testable import AWSClient

@Suite("Regions and endpoints")
struct EndpointTests {
  static let config = """
    [default]
    region = eu-west-1
    endpoint_url = http://profile:1
    services = local
    ca_bundle = ~/ca.pem
    [services local]
    ecs =
      endpoint_url = http://services-ecs:2
    """

  private func endpoint(
    _ service: AWSService, _ variables: [String: String], config: String = EndpointTests.config,
    region: String = "eu-west-1", override: String? = nil
  ) throws -> String {
    let environment = testEnvironment(variables, files: ["/home/u/.aws/config": config])
    return try AWSSettings(environment: environment).endpoint(for: service, region: region, override: override).url
  }

  @Test("The more specific, then the nearer, wins")
  func precedence() throws {
    let both = ["AWS_ENDPOINT_URL_ECS": "http://env-ecs:3", "AWS_ENDPOINT_URL": "http://env:4/"]
    #expect(try endpoint(.ecs, both, override: "http://code:5") == "http://code:5/")
    #expect(try endpoint(.ecs, both) == "http://env-ecs:3/")
    #expect(try endpoint(.sns, both) == "http://env:4/")
    #expect(try endpoint(.ecs, [:]) == "http://services-ecs:2/")
    #expect(try endpoint(.sns, [:]) == "http://profile:1/")
    #expect(
      try endpoint(.ecs, both.merging(["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "TRUE"]) { $1 })
        == "https://ecs.eu-west-1.amazonaws.com/")
  }

  @Test("A region's own endpoint follows its partition and flags")
  func regional() throws {
    let rows: [(String, [String: String], String)] = [
      ("eu-west-1", [:], "ecs.eu-west-1.amazonaws.com"),
      ("cn-north-1", [:], "ecs.cn-north-1.amazonaws.com.cn"),
      ("us-gov-west-1", [:], "ecs.us-gov-west-1.amazonaws.com"),
      ("us-east-1", ["AWS_USE_FIPS_ENDPOINT": "true"], "ecs-fips.us-east-1.amazonaws.com"),
      ("us-east-1", ["AWS_USE_DUALSTACK_ENDPOINT": "true"], "ecs.us-east-1.api.aws"),
      ("cn-north-1", ["AWS_USE_DUALSTACK_ENDPOINT": "true"], "ecs.cn-north-1.api.amazonwebservices.com.cn"),
    ]
    for (region, variables, host) in rows {
      #expect(try endpoint(.ecs, variables, config: "", region: region) == "https://\(host)/")
    }
  }

  @Test("IAM has one endpoint a partition, ECR a host of its own, and both follow the flags")
  func partitions() throws {
    let fips = ["AWS_USE_FIPS_ENDPOINT": "true"]
    let dual = ["AWS_USE_DUALSTACK_ENDPOINT": "true"]
    let rows: [(AWSService, String, [String: String], String)] = [
      (.iam, "eu-west-1", [:], "iam.amazonaws.com"), (.iam, "eu-west-1", fips, "iam-fips.amazonaws.com"),
      (.iam, "eu-west-1", dual, "iam.global.api.aws"), (.iam, "cn-north-1", [:], "iam.cn-north-1.amazonaws.com.cn"),
      (.iam, "cn-northwest-1", dual, "iam.global.api.amazonwebservices.com.cn"),
      (.iam, "us-gov-east-1", [:], "iam.us-gov.amazonaws.com"),
      (.iam, "us-gov-east-1", fips, "iam.us-gov.amazonaws.com"),
      (.ecr, "eu-west-1", [:], "api.ecr.eu-west-1.amazonaws.com"),
      (.ecr, "eu-west-1", fips, "api.ecr-fips.eu-west-1.amazonaws.com"),
      (.ecr, "eu-west-1", dual, "ecr.eu-west-1.api.aws"),
      (.ecr, "cn-north-1", [:], "api.ecr.cn-north-1.amazonaws.com.cn"),
    ]
    for (service, region, variables, host) in rows {
      #expect(try endpoint(service, variables, config: "", region: region) == "https://\(host)/")
    }
    let regions = ["eu-west-1": "us-east-1", "cn-northwest-1": "cn-north-1", "us-gov-east-1": "us-gov-west-1"]
    for (region, signing) in regions {
      #expect(AWSSettings.signingRegion(of: .iam, region: region) == signing)
      #expect(AWSSettings.signingRegion(of: .ecr, region: region) == region)
    }
  }

  @Test(
    "A service with one home is there, in whichever region the client is",
    arguments: [
      ("eu-west-1", "https://ce.us-east-1.amazonaws.com/", "us-east-1"),
      ("us-east-1", "https://ce.us-east-1.amazonaws.com/", "us-east-1"),
      ("cn-north-1", "https://ce.cn-northwest-1.amazonaws.com.cn/", "cn-northwest-1"),
      ("us-gov-east-1", "https://ce.us-gov-west-1.amazonaws.com/", "us-gov-west-1"),
    ])
  func home(region: String, url: String, signed: String) throws {
    let service = AWSService(
      name: "ce", homeRegion: "us-east-1", environmentSuffix: "COST_EXPLORER",
      wireProtocol: .json(version: "1.1", targetPrefix: "AWSInsightsIndexService"))
    let settings = try AWSSettings(environment: testEnvironment())
    #expect(try settings.endpoint(for: service, region: region).url == url)
    #expect(AWSSettings.signingRegion(of: service, region: region) == signed)
  }

  @Test("A service of the newer domain is only there")
  func newDomain() throws {
    let service = AWSService(
      name: "cassandra", hostLabel: "cassandra-streams", isDualStackOnly: true, environmentSuffix: "KEYSPACESSTREAMS",
      wireProtocol: .json(version: "1.0", targetPrefix: "KeyspacesStreams"))
    let settings = try AWSSettings(environment: testEnvironment())
    #expect(
      try settings.endpoint(for: service, region: "eu-west-1").url == "https://cassandra-streams.eu-west-1.api.aws/")
    let own = try AWSSettings(environment: testEnvironment(["AWS_ENDPOINT_URL_KEYSPACESSTREAMS": "http://localhost:1"]))
    #expect(try own.endpoint(for: service, region: "eu-west-1").url == "http://localhost:1/")
  }

  @Test("A wrong endpoint is named with its origin, without its password")
  func wrong() throws {
    #expect(
      throws: AWSConfigurationError(
        message: "AWS_ENDPOINT_URL is no endpoint: \"…@host\"; write http(s)://host[:port][/path]")
    ) { try endpoint(.sns, ["AWS_ENDPOINT_URL": "http://user:secret@host"], config: "") }
    #expect(throws: AWSConfigurationError.self) { try endpoint(.sns, [:], config: "", region: "evil.example/") }
  }

  @Test(
    "An endpoint is taken apart",
    arguments: [
      ("http://127.0.0.1:8080", "127.0.0.1:8080", "/"), ("HTTPS://Host.Example:443/base/", "host.example", "/base"),
      ("http://[::1]:80/", "[::1]", "/"), ("https://[fd00::1]:8443/a/b", "[fd00::1]:8443", "/a/b"),
    ])
  func parsed(_ text: String, _ host: String, _ path: String) throws {
    let endpoint = try #require(ServiceEndpoint(text))
    #expect(endpoint.hostHeader == host)
    #expect(endpoint.path == path)
  }

  @Test(
    "What is no endpoint is refused",
    arguments: [
      "", "host", "://", "http://", "ftp://host", "http://host:0", "http://host:65536", "http://host:x", "http://[::1",
      "http://[::1]x", "http://a b", "http://a?b", "http://a#b", "http://u@a", "http://a\\b", "http://:80", "http://hö",
    ])
  func refused(_ text: String) { #expect(ServiceEndpoint(text) == nil) }

  @Test("The region is the given one, the environment's, the profile's, the instance's")
  func region() async throws {
    func region(
      _ variables: [String: String], config: String = "", given: String? = nil,
      _ transport: ScriptedTransport = ScriptedTransport([.unreachable])
    ) async throws -> String {
      let files = ["/home/u/.aws/config": config]
      return try await AWSSettings(environment: testEnvironment(variables, files: files, transport: transport))
        .findRegion(given: given)
    }
    let both = ["AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-2"]
    #expect(try await region(both, given: "ap-northeast-1") == "ap-northeast-1")
    #expect(try await region(both, config: EndpointTests.config) == "us-east-1")
    #expect(try await region(["AWS_DEFAULT_REGION": "us-east-2"], config: EndpointTests.config) == "us-east-2")
    #expect(try await region([:], config: EndpointTests.config) == "eu-west-1")
    let metadata = ScriptedTransport([.answer(200, "token"), .answer(200, "sa-east-1\n")])
    #expect(try await region([:], metadata) == "sa-east-1")
    await #expect(throws: AWSConfigurationError.self) { try await region([:]) }
    await #expect(throws: AWSConfigurationError.self) { try await region([:], given: "a/b") }
  }

  @Test("Files may lie elsewhere, and a profile may be named")
  func files() throws {
    let environment = testEnvironment(
      ["AWS_PROFILE": "p", "AWS_CONFIG_FILE": "~/conf", "AWS_SHARED_CREDENTIALS_FILE": "/cred"],
      files: ["/home/u/conf": "[profile p]\nregion = eu-north-1\n", "/cred": "[p]\nca_bundle = ~/x.pem\n"])
    let settings = try AWSSettings(environment: environment)
    #expect(settings.region == "eu-north-1")
    #expect(settings.caBundlePath == "/home/u/x.pem")
    #expect(try AWSSettings(environment: environment, profile: "q").region == nil)
  }
}
