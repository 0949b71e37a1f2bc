import Testing

@testable import AWSClient

@Suite("The shared configuration files")
struct SharedConfigurationTests {
  @Test("Profiles are read with comments, blank lines and odd spacing")
  func profiles() {
    let shared = SharedConfiguration(
      config: """
        # a comment
        [default]
        region = eu-west-1   # inline
        output=json;not a comment
        [profile  prod ]
        REGION=eu-central-1
        role_arn = arn:aws:iam::1:role/x ; comment

        [bare]
        region = ignored
        [sso-session s]
        region = ignored
        not a setting
        """,
      credentials: """
        [default]
        aws_access_key_id = A
        [prod]
        aws_access_key_id = B
        region = us-east-1
        """)
    #expect(
      shared.profiles["default"]?.values == [
        "region": "eu-west-1", "output": "json;not a comment", "aws_access_key_id": "A",
      ])
    #expect(
      shared.profiles["prod"]?.values == [
        "region": "us-east-1", "role_arn": "arn:aws:iam::1:role/x", "aws_access_key_id": "B",
      ])
    #expect(shared.profiles["bare"] == nil)
    #expect(shared.profiles["sso-session"] == nil)
  }

  @Test("[profile default] counts more than [default]")
  func prefixedDefault() {
    let shared = SharedConfiguration(
      config: "[default]\nregion=a\n[profile default]\noutput=b\n", credentials: "")
    #expect(shared.profiles["default"]?.values == ["output": "b"])
  }

  @Test("Indented settings belong to the setting above them")
  func nested() {
    let shared = SharedConfiguration(
      config: """
        [profile p]
        services = local
        s3 =
          max_concurrent_requests = 20
          use_accelerate_endpoint = true
        long = one
          two = three
        [services local]
        ecs =
          endpoint_url = http://127.0.0.1:1
        sns =
          endpoint_url = http://127.0.0.1:2
        """, credentials: "")
    #expect(shared.profiles["p"]?.nested["s3"]?["max_concurrent_requests"] == "20")
    #expect(shared.profiles["p"]?.values["long"] == "one\ntwo = three")
    #expect(shared.services["local"]?.nested["ecs"] == ["endpoint_url": "http://127.0.0.1:1"])
    #expect(shared.services["local"]?.nested["sns"] == ["endpoint_url": "http://127.0.0.1:2"])
  }

  @Test(
    "Nonsense is skipped",
    arguments: [
      "", "[", "]", "[]", "[ ]", "=", "= x", "a = b", "[profile]", "[profile a b]", " indented", "[default",
      "[default]\n  x = y\n=\n= =\n", "\r\n\r\n[default]\r\n", "\u{0}",
    ])
  func nonsense(_ text: String) {
    let shared = SharedConfiguration(config: text, credentials: text)
    #expect(shared.profiles.values.allSatisfy { $0.values.isEmpty || $0.values == ["x": "y"] })
  }
}
