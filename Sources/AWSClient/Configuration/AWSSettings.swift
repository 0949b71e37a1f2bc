/// What is configured around the client, read once: profile, region, endpoints, trust.
///
/// Order of precedence, as the SDKs have it: what is given in code, the environment, the profile
/// (AWS SDKs and Tools Reference Guide, "Precedence of settings").
public struct AWSSettings: Sendable {
  public let profileName: String
  /// Whether somebody asked for the profile by name, in code or by `AWS_PROFILE`.
  let isProfileNamed: Bool
  let isProfileGivenInCode: Bool
  let shared: SharedConfiguration
  let configPath: String
  let credentialsPath: String
  let environment: AWSEnvironment

  /// Reads the shared files; a file that does not exist is empty, one that cannot be read is an error.
  ///
  /// - Parameter profile: nil takes `AWS_PROFILE`, then `default`.
  public init(environment: AWSEnvironment, profile: String? = nil) throws(AWSEnvironmentError) {
    let named = profile ?? environment.variable("AWS_PROFILE")
    self.environment = environment
    profileName = named ?? "default"
    isProfileNamed = named != nil
    isProfileGivenInCode = profile != nil
    let home = environment.homeDirectory ?? ""
    configPath = environment.variable("AWS_CONFIG_FILE").map(environment.expanded) ?? "\(home)/.aws/config"
    credentialsPath =
      environment.variable("AWS_SHARED_CREDENTIALS_FILE").map(environment.expanded) ?? "\(home)/.aws/credentials"
    shared = SharedConfiguration(
      config: String(decoding: try environment.readFile(configPath) ?? [], as: UTF8.self),
      credentials: String(decoding: try environment.readFile(credentialsPath) ?? [], as: UTF8.self))
  }

  var profile: SharedConfiguration.Section? { shared.profiles[profileName] }

  /// A setting by variable, then by the profile's key.
  func setting(_ variable: String, _ key: String) -> String? {
    environment.variable(variable) ?? profile?.values[key].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The region of the environment or the profile; nil where neither names one.
  public var region: String? {
    environment.variable("AWS_REGION") ?? setting("AWS_DEFAULT_REGION", "region")
  }

  /// A file of certificates to trust.
  public var caBundlePath: String? { setting("AWS_CA_BUNDLE", "ca_bundle").map(environment.expanded) }

  var usesFIPS: Bool { setting("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")?.lowercased() == "true" }
  var usesDualStack: Bool { setting("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")?.lowercased() == "true" }
}

/// Why the client cannot be set up.
public struct AWSConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What is wrong, where, and what helps.
  public var message: String

  public init(message: String) { self.message = message }

  public var description: String { message }
}

/// Where a service is.
extension AWSSettings {
  /// The endpoint that somebody configured, or the region's own.
  ///
  /// Precedence (Reference Guide, "Service-specific endpoints"): `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`,
  /// the profile's `services` section, the profile's `endpoint_url`; all of them off with
  /// `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS`.
  ///
  /// - Parameter override: given in code; wins over everything.
  public func endpoint(
    for service: AWSService, region: String, override: String? = nil
  ) throws(AWSConfigurationError) -> ServiceEndpoint {
    for (text, origin) in configuredEndpoints(service, override) {
      guard let endpoint = ServiceEndpoint(text) else {
        throw AWSConfigurationError(
          message: "\(origin) is no endpoint: \"\(redacted(text))\"; write http(s)://host[:port][/path]")
      }
      return endpoint
    }
    guard AWSSettings.isRegionName(region) else {
      throw AWSConfigurationError(message: "\"\(region)\" is no region name; write one such as eu-west-1")
    }
    return ServiceEndpoint(
      scheme: "https",
      host: service.isGlobal
        ? globalHost(service.hostLabel, region)
        : regionalHost(service, AWSSettings.signingRegion(of: service, region: region)))
  }

  /// A region becomes part of a host name.
  static func isRegionName(_ text: String) -> Bool {
    (1...63).contains(text.utf8.count) && text.utf8.first != UInt8(ascii: "-")
      && text.utf8.allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
          || $0 == UInt8(ascii: "-")
      }
  }

  private func configuredEndpoints(_ service: AWSService, _ override: String?) -> [(String, String)] {
    if let override { return [(override, "the given endpoint")] }
    guard setting("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls")?.lowercased() != "true"
    else { return [] }
    let specific = "AWS_ENDPOINT_URL_\(service.environmentSuffix)"
    let key = service.environmentSuffix.lowercased()
    let section = profile?.values["services"].flatMap { shared.services[$0] }
    let candidates: [(String?, String)] = [
      (environment.variable(specific), specific),
      (environment.variable("AWS_ENDPOINT_URL"), "AWS_ENDPOINT_URL"),
      (section?.nested[key]?["endpoint_url"], "endpoint_url of \(key) in a services section of \(configPath)"),
      (profile?.values["endpoint_url"], "endpoint_url of profile \(profileName) in \(configPath)"),
    ]
    return candidates.compactMap { text, origin in text.flatMap { $0.isEmpty ? nil : ($0, origin) } }
  }

  private func regionalHost(_ service: AWSService, _ region: String) -> String {
    // ECR's older names begin with "api.", the dual-stack ones are the service's name alone.
    let name = usesDualStack && !service.isDualStackOnly ? service.name : service.hostLabel
    let label = usesFIPS ? "\(name)-fips" : name
    switch (AWSSettings.partition(of: region), usesDualStack || service.isDualStackOnly) {
    case (.china, false): return "\(label).\(region).amazonaws.com.cn"
    case (.china, true): return "\(label).\(region).api.amazonwebservices.com.cn"
    case (_, true): return "\(label).\(region).api.aws"
    case (_, false): return "\(label).\(region).amazonaws.com"
    }
  }

  /// A partition's one endpoint, as IAM has them (AWS General Reference, "IAM endpoints").
  private func globalHost(_ name: String, _ region: String) -> String {
    let label = usesFIPS ? "\(name)-fips" : name
    switch (AWSSettings.partition(of: region), usesDualStack) {
    case (.standard, false): return "\(label).amazonaws.com"
    case (.standard, true): return "\(label).global.api.aws"
    case (.china, false): return usesFIPS ? "\(label).amazonaws.com.cn" : "\(label).cn-north-1.amazonaws.com.cn"
    case (.china, true): return "\(label).\(usesFIPS ? "" : "global.")api.amazonwebservices.com.cn"
    case (.government, false): return "\(name).us-gov.amazonaws.com"
    case (.government, true): return "\(name).us-gov.api.aws"
    }
  }

  /// The region that a call is signed with: of a service that its partition has only once, that one.
  static func signingRegion(of service: AWSService, region: String) -> String {
    if let home = service.homeRegion {
      return switch partition(of: region) {
      case .standard: home
      case .china: "cn-northwest-1"
      case .government: "us-gov-west-1"
      }
    }
    guard service.isGlobal else { return region }
    return switch partition(of: region) {
    case .standard: "us-east-1"
    case .china: "cn-north-1"
    case .government: "us-gov-west-1"
    }
  }

  enum Partition: Sendable {
    case standard
    case china
    case government
  }

  static func partition(of region: String) -> Partition {
    if region.hasPrefix("cn-") { return .china }
    return region.hasPrefix("us-gov-") ? .government : .standard
  }

  /// An endpoint in a message must not show a password that somebody wrote into it.
  private func redacted(_ text: String) -> String {
    guard let at = text.lastIndex(of: "@") else { return String(text.prefix(200)) }
    return "…" + text[at...].prefix(200)
  }
}
