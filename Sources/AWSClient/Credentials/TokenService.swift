internal import JobModel

/// The calls of STS that turn something else into credentials.
struct TokenService: Sendable {
  /// For the session's name in CloudTrail, where nobody gave one.
  static let defaultSessionName = "jobd"

  var settings: AWSSettings
  /// The client's region; STS is asked there.
  var region: String?

  struct Role: Equatable, Sendable {
    var arn: String
    var sessionName: String?
    var externalID: String?
    var durationSeconds: Int64?
  }

  func assume(_ role: Role, with source: AWSCredentials) async -> CredentialAnswer {
    var input = roleInput(role)
    if let externalID = role.externalID { input["ExternalId"] = .string(externalID) }
    return await credentials("AssumeRole", .object(input), source)
  }

  func assume(_ role: Role, webIdentityTokenFile path: String) async -> CredentialAnswer {
    var input = roleInput(role)
    do throws(AWSEnvironmentError) {
      input["WebIdentityToken"] = .string(try settings.environment.readText(path).trimmedLine)
    } catch { return .failed(reason: error.message) }
    return await credentials("AssumeRoleWithWebIdentity", .object(input), nil)
  }

  private func roleInput(_ role: Role) -> JSONObject {
    var input: JSONObject = ["RoleArn": .string(role.arn)]
    input["RoleSessionName"] = .string(role.sessionName ?? TokenService.defaultSessionName)
    if let seconds = role.durationSeconds { input["DurationSeconds"] = .integer(seconds) }
    return input
  }

  private func credentials(
    _ operation: String, _ input: JSONValue, _ source: AWSCredentials?
  ) async -> CredentialAnswer {
    let endpoint: ServiceEndpoint
    do throws(AWSConfigurationError) { endpoint = try self.endpoint() } catch {
      return .failed(reason: error.message)
    }
    let call = SingleCall(
      service: .sts, operation: operation, input: input, endpoint: endpoint,
      signingRegion: region ?? "us-east-1", connectTimeout: .seconds(3), totalTimeout: .seconds(15),
      mayBeRepeated: true)
    let outcome = await call.perform(
      settings.environment.transport, credentials: source, at: settings.environment.time.now())
    switch outcome.result {
    case .failure(let error):
      return .failed(reason: "STS \(operation) at \(endpoint.host): \(error.code): \(error.message)")
    case .success(let answer):
      return read(answer.output, operation)
    }
  }

  /// Without a region there is one endpoint for the whole partition.
  private func endpoint() throws(AWSConfigurationError) -> ServiceEndpoint {
    if let region { return try settings.endpoint(for: .sts, region: region) }
    let regional = try settings.endpoint(for: .sts, region: "us-east-1")
    return regional.host == "sts.us-east-1.amazonaws.com"
      ? ServiceEndpoint(scheme: "https", host: "sts.amazonaws.com") : regional
  }

  private func read(_ output: JSONValue, _ operation: String) -> CredentialAnswer {
    let found = output["Credentials"]
    guard let key = found?["AccessKeyId"]?.stringValue, let secret = found?["SecretAccessKey"]?.stringValue,
      let token = found?["SessionToken"]?.stringValue,
      let expiresAt = found?["Expiration"]?.stringValue.flatMap({ Instant($0) }),
      !key.isEmpty, !secret.isEmpty
    else { return .failed(reason: "STS \(operation): the answer holds no whole credentials") }
    return .credentials(
      AWSCredentials(accessKeyID: key, secretAccessKey: secret, sessionToken: token, expiresAt: expiresAt))
  }
}

/// `AWS_WEB_IDENTITY_TOKEN_FILE` and `AWS_ROLE_ARN`, as EKS sets them for a service account.
struct WebIdentityCredentials: CredentialProvider {
  var service: TokenService
  var name: String { "web identity" }

  func fetch() async -> CredentialAnswer {
    let environment = service.settings.environment
    guard let file = environment.variable("AWS_WEB_IDENTITY_TOKEN_FILE") else {
      return .nothing(reason: "AWS_WEB_IDENTITY_TOKEN_FILE is not set")
    }
    guard let arn = environment.variable("AWS_ROLE_ARN") else {
      return .failed(reason: "AWS_WEB_IDENTITY_TOKEN_FILE is set, AWS_ROLE_ARN is not")
    }
    let role = TokenService.Role(arn: arn, sessionName: environment.variable("AWS_ROLE_SESSION_NAME"))
    return await service.assume(role, webIdentityTokenFile: file)
  }
}
