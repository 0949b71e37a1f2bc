internal import JobModel

/// The VPC endpoints that a task needs in a subnet without a way to the internet.
///
/// Source: ECS developer guide, "Amazon ECS interface VPC endpoints"; ECR user guide, "Amazon ECR interface VPC
/// endpoints"; "Using Amazon ECS Exec".
struct EndpointNeed: Hashable, Sendable, Comparable {
  /// As endpoint services end: `ecr.api`.
  var service: String
  var purpose: String

  static func < (left: EndpointNeed, right: EndpointNeed) -> Bool { left.service < right.service }

  static func needs(of facts: CheckedDefinition, enablesExecuteCommand: Bool) -> [EndpointNeed] {
    var needs: [EndpointNeed] = []
    func add(_ condition: Bool, _ service: String, _ purpose: String) {
      if condition, !needs.contains(where: { $0.service == service }) {
        needs.append(EndpointNeed(service: service, purpose: purpose))
      }
    }
    let secrets = facts.secrets.compactMap(SecretReference.init)
    let isInECR = !facts.ecrImages.isEmpty
    add(isInECR, "ecr.api", "to log in to ECR")
    add(isInECR, "ecr.dkr", "to pull the image's manifest")
    add(isInECR, "s3", "to pull the image's layers")
    add(facts.readsEnvironmentFiles, "s3", "to read environment files")
    add(facts.usesAWSLogs, "logs", "to write logs")
    add(
      secrets.contains { if case .secret = $0 { true } else { false } }, "secretsmanager", "to read secrets")
    add(
      secrets.contains { if case .parameter = $0 { true } else { false } }, "ssm", "to read parameters")
    add(enablesExecuteCommand, "ssmmessages", "for ECS Exec")
    return needs.sorted()
  }

  /// What keeps a task in a subnet from reaching the service through the VPC's endpoints; nil where nothing does.
  ///
  /// - Parameters:
  ///   - endpoints: DescribeVpcEndpoints's of the VPC.
  ///   - table: the subnet's route table.
  func problem(endpoints: [JSONValue], table: String, region: String, vpc: String) -> (
    sentence: String, remedy: String
  )? {
    // China's names begin with "cn.com.amazonaws".
    let suffix = "amazonaws.\(region).\(service)"
    let name = "com.\(suffix)"
    let own = endpoints.filter { $0["serviceName"]?.stringValue?.hasSuffix(".\(suffix)") == true }
    let usable = own.filter { $0["state"]?.stringValue?.lowercased() == "available" }
    let isReached = usable.contains { endpoint in
      if endpoint["vpcEndpointType"]?.stringValue == "Gateway" {
        return endpoint["routeTableIdSet"].elements.contains { $0.stringValue == table }
      }
      return endpoint["privateDnsEnabled"]?.stringValue == "true"
    }
    if isReached { return nil }
    let kind = service == "s3" ? "a gateway endpoint, associated with route table \(table)" : "an interface endpoint"
    guard let first = usable.first else {
      let state = own.first?["state"]?.stringValue
      return (
        state.map { "the endpoint for \(name) is \($0)" } ?? "\(vpc) has no endpoint for \(name), needed \(purpose)",
        "make \(kind) for \(name) in \(vpc)\(service == "s3" ? "" : " with private DNS")"
      )
    }
    let id = first["vpcEndpointId"]?.stringValue ?? "the endpoint"
    if first["vpcEndpointType"]?.stringValue == "Gateway" {
      return (
        "\(id) for \(name) is not in the subnet's route table \(table), needed \(purpose)",
        "associate \(id) with \(table)"
      )
    }
    return (
      "\(id) for \(name) has no private DNS, so the service's usual name leads past it", "enable private DNS for \(id)"
    )
  }
}
