internal import JobModel

/// A profile of the shared files: keys, a role to assume from another profile or place, a web identity,
/// or a program.
///
/// Source: Reference Guide, "Assume role credential provider" and "Process credential provider".
struct ProfileCredentials: CredentialProvider {
  /// Profiles that may lead to one another.
  private static let chainLength = 10

  var settings: AWSSettings
  var service: TokenService
  /// What `credential_source` may name.
  var sources: [String: any CredentialProvider]

  var name: String { "profile \"\(settings.profileName)\"" }

  func fetch() async -> CredentialAnswer {
    guard settings.profile != nil else {
      let places = "\(settings.configPath) nor \(settings.credentialsPath)"
      let reason = "it is neither in \(places)"
      return settings.isProfileNamed ? .failed(reason: reason) : .nothing(reason: reason)
    }
    return await resolve(settings.profileName, visited: [])
  }

  private func resolve(_ name: String, visited: [String]) async -> CredentialAnswer {
    guard let values = settings.shared.profiles[name]?.values else {
      return .failed(reason: "source_profile \"\(name)\" does not exist")
    }
    guard visited.count < ProfileCredentials.chainLength else {
      return .failed(reason: "more than \(ProfileCredentials.chainLength) profiles lead to one another")
    }
    // The first profile's role comes before its keys; keys of a source profile end the chain.
    if !visited.isEmpty, let keys = keys(values, name) { return keys }
    if visited.contains(name) { return .failed(reason: "source_profile \"\(name)\" leads back to itself") }
    if let arn = value("role_arn", values) { return await assume(arn, values, name, visited) }
    if let keys = keys(values, name) { return keys }
    if let command = value("credential_process", values) { return await run(command) }
    if value("sso_session", values) ?? value("sso_start_url", values) != nil {
      return .failed(
        reason: "profile \"\(name)\" uses IAM Identity Center, which a daemon cannot log in to: "
          + "use credential_process or a role")
    }
    let reason = "profile \"\(name)\" has no keys, role_arn or credential_process"
    return visited.isEmpty ? .nothing(reason: reason) : .failed(reason: reason)
  }

  private func value(_ key: String, _ values: [String: String]) -> String? {
    values[key].flatMap { $0.isEmpty ? nil : $0 }
  }

  private func keys(_ values: [String: String], _ name: String) -> CredentialAnswer? {
    let key = value("aws_access_key_id", values)
    let secret = value("aws_secret_access_key", values)
    switch (key, secret) {
    case (let key?, let secret?):
      return .credentials(
        AWSCredentials(accessKeyID: key, secretAccessKey: secret, sessionToken: value("aws_session_token", values)))
    case (nil, nil): return nil
    default: return .failed(reason: "profile \"\(name)\" has only one of aws_access_key_id and aws_secret_access_key")
    }
  }

  private func assume(
    _ arn: String, _ values: [String: String], _ name: String, _ visited: [String]
  ) async -> CredentialAnswer {
    let role = TokenService.Role(
      arn: arn, sessionName: value("role_session_name", values), externalID: value("external_id", values),
      durationSeconds: value("duration_seconds", values).flatMap { Int64($0) })
    if value("mfa_serial", values) != nil {
      return .failed(reason: "profile \"\(name)\" wants a code of mfa_serial, which a daemon cannot ask for")
    }
    if let file = value("web_identity_token_file", values) {
      return await service.assume(role, webIdentityTokenFile: file)
    }
    let base: CredentialAnswer
    switch (value("source_profile", values), value("credential_source", values)) {
    case (let profile?, nil):
      base =
        profile == name
        ? keys(values, name) ?? .failed(reason: "profile \"\(name)\" is its own source_profile and has no keys")
        : await resolve(profile, visited: visited + [name])
    case (nil, let source?):
      guard let provider = sources[source] else {
        let known = sources.keys.sorted().joined(separator: ", ")
        return .failed(reason: "credential_source \"\(source)\" of profile \"\(name)\" is none of \(known)")
      }
      base = await provider.fetch()
    default:
      return .failed(
        reason: "profile \"\(name)\" has role_arn and needs one of source_profile, credential_source and "
          + "web_identity_token_file")
    }
    switch base {
    case .credentials(let credentials): return await service.assume(role, with: credentials)
    case .nothing(let reason), .failed(let reason):
      return .failed(reason: "the source of the role of profile \"\(name)\" has nothing: \(reason)")
    }
  }

  private func run(_ command: String) async -> CredentialAnswer {
    let output: [UInt8]
    do throws(AWSEnvironmentError) { output = try await settings.environment.runProcess(command) } catch {
      return .failed(reason: "credential_process: \(error.message)")
    }
    switch CredentialDocument.read(output, requiringVersion: true) {
    case .success(let credentials): return .credentials(credentials)
    case .failure(let error): return .failed(reason: "credential_process: \(error.reason)")
    }
  }
}

extension AWSSettings {
  /// Every provider, in the order in which they are asked. A profile that was given in code is the only one.
  func credentialChain(region: String?) -> CredentialChain {
    let service = TokenService(settings: self, region: region)
    let keys = EnvironmentCredentials(environment: environment)
    let container = ContainerCredentials(environment: environment)
    let metadata = InstanceMetadata(environment: environment)
    let profile = ProfileCredentials(
      settings: self, service: service,
      sources: ["Environment": keys, "EcsContainer": container, "Ec2InstanceMetadata": metadata])
    if isProfileGivenInCode { return CredentialChain(providers: [profile]) }
    return CredentialChain(providers: [keys, WebIdentityCredentials(service: service), profile, container, metadata])
  }
}
