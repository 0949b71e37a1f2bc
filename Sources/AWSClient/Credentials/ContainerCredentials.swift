internal import JobModel

/// The endpoint that ECS and EKS give to a container.
///
/// Source: Reference Guide, "Container credential provider": `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` is below
/// 169.254.170.2; `AWS_CONTAINER_CREDENTIALS_FULL_URI` is any https URL, or http to this machine and to the
/// addresses of ECS and EKS alone, so that no token goes over a network in the clear.
struct ContainerCredentials: CredentialProvider {
  static let relativeVariable = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
  static let fullVariable = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
  private static let tokenFileVariable = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
  private static let tokenVariable = "AWS_CONTAINER_AUTHORIZATION_TOKEN"
  private static let allowedHosts: Set = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23", "::1", "localhost"]

  var environment: AWSEnvironment
  var name: String { "container endpoint" }

  func fetch() async -> CredentialAnswer {
    let url: String
    switch ContainerCredentials.url(environment) {
    case .success(let found): url = found
    case .failure(let error): return .failed(reason: error.message)
    case nil:
      return .nothing(
        reason: "\(ContainerCredentials.relativeVariable) and \(ContainerCredentials.fullVariable) are not set")
    }
    var request = HTTPRequest(
      method: "GET", url: url, headers: ["Accept": "application/json"], connectTimeout: .seconds(2),
      totalTimeout: .seconds(10), maximumResponseBytes: AWSEnvironment.maximumFileBytes, usesProxy: false)
    do throws(AWSEnvironmentError) {
      request.headers["Authorization"] = try authorization()
    } catch { return .failed(reason: error.message) }
    let response: HTTPResponse
    do throws(HTTPTransportError) { response = try await environment.transport.send(request) } catch {
      return .failed(reason: error.description)
    }
    guard response.status == 200 else { return .failed(reason: "the endpoint answered HTTP \(response.status)") }
    switch CredentialDocument.read(response.body) {
    case .success(let credentials): return .credentials(credentials)
    case .failure(let error): return .failed(reason: error.reason)
    }
  }

  /// Nil where neither variable is set.
  static func url(_ environment: AWSEnvironment) -> Result<String, AWSEnvironmentError>? {
    if let path = environment.variable(relativeVariable) {
      guard path.hasPrefix("/"), path.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
        return .failure(AWSEnvironmentError(message: "\(relativeVariable) is no path"))
      }
      return .success("http://169.254.170.2\(path)")
    }
    guard let text = environment.variable(fullVariable) else { return nil }
    let location = text.prefix { $0 != "?" }
    guard let endpoint = ServiceEndpoint(String(location)), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      return .failure(AWSEnvironmentError(message: "\(fullVariable) is no http or https URL"))
    }
    guard endpoint.scheme == "https" || isAllowedInTheClear(endpoint.bareHost) else {
      return .failure(
        AWSEnvironmentError(
          message: "\(fullVariable) names \(endpoint.bareHost), which must be reached over https: "
            + "http is for this machine and the addresses of ECS and EKS"))
    }
    return .success(text)
  }

  static func isAllowedInTheClear(_ host: String) -> Bool {
    if allowedHosts.contains(host) { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
    return parts.count == 4 && parts.allSatisfy { $0 != nil } && parts[0] == 127
  }

  /// The token file wins, and is read every time: EKS renews it.
  private func authorization() throws(AWSEnvironmentError) -> String? {
    let token: String
    let origin: String
    if let path = environment.variable(ContainerCredentials.tokenFileVariable) {
      token = try environment.readText(path).trimmedLine
      origin = ContainerCredentials.tokenFileVariable
    } else if let value = environment.variable(ContainerCredentials.tokenVariable) {
      token = value
      origin = ContainerCredentials.tokenVariable
    } else {
      return nil
    }
    guard token.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
      throw AWSEnvironmentError(message: "the token of \(origin) holds a line break or another control character")
    }
    return token
  }
}

extension String {
  /// Without white space around it, as a file of one line has it.
  var trimmedLine: String {
    let isSpace = { (byte: UInt8) in byte == 0x20 || (0x09...0x0D).contains(byte) }
    var bytes = Array(utf8)[...].drop(while: isSpace)
    while let last = bytes.last, isSpace(last) { bytes.removeLast() }
    return String(decoding: bytes, as: UTF8.self)
  }
}
