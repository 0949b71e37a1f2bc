internal import JobModel

/// The metadata service of EC2, version 2 alone: a session token first, then the data.
///
/// Source: EC2 user guide, "Use the Instance Metadata Service"; Reference Guide, "IMDS credential provider".
struct InstanceMetadata: CredentialProvider {
  private static let credentialsPath = "latest/meta-data/iam/security-credentials/"
  /// Six hours, the most that the service gives.
  private static let tokenLifetime = "21600"

  var environment: AWSEnvironment
  var name: String { "instance metadata" }

  struct Failure: Error, Equatable {
    var reason: String
    /// There is no metadata service here, or no role: nothing is configured.
    var isAbsence: Bool
  }

  func fetch() async -> CredentialAnswer {
    do throws(Failure) {
      let session = try await open()
      guard
        let role = try await session.text(InstanceMetadata.credentialsPath, absent: "the instance has no role")
          .split(whereSeparator: \.isNewline).first
      else { throw Failure(reason: "the instance has no role", isAbsence: true) }
      let path = InstanceMetadata.credentialsPath + PercentEncoding.encode(role)
      switch CredentialDocument.read(try await session.bytes(path, absent: "the role has no credentials")) {
      case .success(let credentials): return .credentials(credentials)
      case .failure(let error): throw Failure(reason: error.reason, isAbsence: false)
      }
    } catch {
      return error.isAbsence ? .nothing(reason: error.reason) : .failed(reason: error.reason)
    }
  }

  /// The region that the instance is in; nil where there is no metadata service.
  func region() async -> Result<String, Failure> {
    do throws(Failure) {
      let session = try await open()
      let text = try await session.text("latest/meta-data/placement/region", absent: "the service knows no region")
      guard AWSSettings.isRegionName(text.trimmedLine) else {
        throw Failure(reason: "the service's region is no region name", isAbsence: false)
      }
      return .success(text.trimmedLine)
    } catch { return .failure(error) }
  }

  private struct Session {
    var base: String
    var token: String
    var transport: any HTTPTransport

    func bytes(_ path: String, absent: String) async throws(Failure) -> [UInt8] {
      let response = try await InstanceMetadata.send(
        HTTPRequest(method: "GET", url: base + path, headers: ["X-aws-ec2-metadata-token": token]), transport)
      switch response.status {
      case 200: return response.body
      case 404: throw Failure(reason: absent, isAbsence: true)
      default: throw Failure(reason: "the service answered HTTP \(response.status)", isAbsence: false)
      }
    }

    func text(_ path: String, absent: String) async throws(Failure) -> String {
      String(decoding: try await bytes(path, absent: absent), as: UTF8.self)
    }
  }

  private func open() async throws(Failure) -> Session {
    guard !environment.flag("AWS_EC2_METADATA_DISABLED") else {
      throw Failure(reason: "AWS_EC2_METADATA_DISABLED is true", isAbsence: true)
    }
    let base = try endpoint()
    let response = try await InstanceMetadata.send(
      HTTPRequest(
        method: "PUT", url: base + "latest/api/token",
        headers: ["X-aws-ec2-metadata-token-ttl-seconds": InstanceMetadata.tokenLifetime]), environment.transport)
    let token = String(decoding: response.body, as: UTF8.self)
    guard response.status == 200, !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw Failure(
        reason: "the service gave no session token (HTTP \(response.status))", isAbsence: response.status != 200)
    }
    return Session(base: base, token: token, transport: environment.transport)
  }

  /// With a slash at its end.
  private func endpoint() throws(Failure) -> String {
    if let text = environment.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT") {
      guard let endpoint = ServiceEndpoint(text) else {
        throw Failure(reason: "AWS_EC2_METADATA_SERVICE_ENDPOINT is no endpoint", isAbsence: false)
      }
      return endpoint.path == "/" ? endpoint.url : endpoint.url + "/"
    }
    let mode = environment.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE")?.lowercased()
    return mode == "ipv6" ? "http://[fd00:ec2::254]/" : "http://169.254.169.254/"
  }

  /// Short times: away from EC2 nobody answers at all, and in a container a hop limit of 1 swallows the
  /// answer to the token's request.
  private static func send(_ request: HTTPRequest, _ transport: any HTTPTransport) async throws(Failure) -> HTTPResponse
  {
    var request = request
    request.connectTimeout = .seconds(1)
    request.totalTimeout = .seconds(5)
    request.maximumResponseBytes = AWSEnvironment.maximumFileBytes
    request.usesProxy = false
    do throws(HTTPTransportError) { return try await transport.send(request) } catch {
      let hint = error.code == .timeout ? " (in a container the instance's hop limit must be 2)" : ""
      throw Failure(reason: error.description + hint, isAbsence: true)
    }
  }
}
