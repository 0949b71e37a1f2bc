internal import AWSClient
internal import JobModel

/// Subnets, security groups, and the way from them to the image.
extension CheckRun {
  /// What tasks share that stand in the same place.
  private struct Place: Hashable, Comparable {
    var subnets: [String]
    var securityGroups: [String]

    static func < (left: Place, right: Place) -> Bool {
      (left.subnets + left.securityGroups).lexicographicallyPrecedes(right.subnets + right.securityGroups)
    }
  }

  private struct Subnet {
    var id: String
    var vpc: String
  }

  func askNetworks() async {
    let placed = tasks.filter { !$0.subnets.isEmpty }
    guard !placed.isEmpty else { return }
    let subnets = await askSubnets(placed)
    let groups = await askSecurityGroups(placed)
    let places = Dictionary(grouping: placed) { Place(subnets: $0.subnets, securityGroups: $0.securityGroups) }
    for (place, tasks) in places.sorted(by: { $0.key < $1.key }) {
      tellPlace(place, subnets, groups, jobs: tasks.jobs)
    }
    // On EC2 the instance pulls images, writes logs and reads secrets, wherever it stands.
    let own = placed.filter { !$0.isOnInstances }
    if !subnets.isEmpty, !own.isEmpty, !Task.isCancelled { await askRoutes(own, subnets) }
  }

  /// By a filter, which shows what exists; asked by name, one that does not exist hides the others.
  private func describe(
    _ operation: String, filter: String, _ values: [String], set: String
  ) async -> Result<[JSONValue], AWSError> {
    var found: [JSONValue] = []
    var rest = values[...]
    while !rest.isEmpty {
      // A filter takes at most 200 values.
      let batch = rest.prefix(200)
      rest = rest.dropFirst(batch.count)
      var request: JSONObject = ["Filter": [["Name": .string(filter), "Value": .array(batch.map { .string($0) })]]]
      for _ in 0..<50 {
        switch await ask(.ec2, operation, .object(request)) {
        case .failure(let error): return .failure(error)
        case .success(let answer):
          found += answer[set].elements
          guard let next = answer["nextToken"]?.stringValue, !next.isEmpty else {
            request["NextToken"] = nil
            break
          }
          request["NextToken"] = .string(next)
        }
        if request["NextToken"] == nil { break }
      }
    }
    return .success(found)
  }

  private func askSubnets(_ placed: [CheckedTask]) async -> [String: Subnet] {
    let wanted = Set(placed.flatMap(\.subnets)).sorted()
    func jobs(_ subnet: String) -> [JobName] { placed.filter { $0.subnets.contains(subnet) }.jobs }
    switch await describe("DescribeSubnets", filter: "subnet-id", wanted, set: "subnetSet") {
    case .failure(let error):
      tellUnanswered(error, "subnets \(wanted.joined(separator: ", "))", "ec2:DescribeSubnets", jobs: placed.jobs)
      return [:]
    case .success(let found):
      var subnets: [String: Subnet] = [:]
      for id in wanted {
        guard let json = found.first(where: { $0["subnetId"]?.stringValue == id }) else {
          tell(
            .failed, "subnet \(id)", "there is none in \(input.region)", remedy: "check `subnets` and the region",
            jobs: jobs(id))
          continue
        }
        subnets[id] = Subnet(id: id, vpc: json["vpcId"]?.stringValue ?? "")
        tellAddresses(id, json, jobs: jobs(id))
      }
      return subnets
    }
  }

  private func tellAddresses(_ id: String, _ json: JSONValue, jobs: [JobName]) {
    let place = "in \(json["vpcId"]?.stringValue ?? "a VPC"), \(json["availabilityZone"]?.stringValue ?? "a zone")"
    let free = json["availableIpAddressCount"]?.stringValue.flatMap { Int($0) }
    let remedy = "free addresses, or name a larger subnet beside it"
    switch free {
    case nil: tell(.ok, "subnet \(id)", place, jobs: jobs)
    case 0?: tell(.failed, "subnet \(id)", "\(place): it has no free address", remedy: remedy, jobs: jobs)
    case let free? where free < max(10, jobs.count):
      tell(
        .warning, "subnet \(id)", "\(place): \(free) free address\(free == 1 ? "" : "es"), and each task takes one",
        remedy: remedy, jobs: jobs)
    case let free?: tell(.ok, "subnet \(id)", "\(place), \(free) free addresses", jobs: jobs)
    }
  }

  /// The VPC of each security group that exists.
  private func askSecurityGroups(_ placed: [CheckedTask]) async -> [String: String] {
    let wanted = Set(placed.flatMap(\.securityGroups)).sorted()
    guard !wanted.isEmpty else { return [:] }
    func jobs(_ group: String) -> [JobName] { placed.filter { $0.securityGroups.contains(group) }.jobs }
    switch await describe("DescribeSecurityGroups", filter: "group-id", wanted, set: "securityGroupInfo") {
    case .failure(let error):
      tellUnanswered(
        error, "security groups \(wanted.joined(separator: ", "))", "ec2:DescribeSecurityGroups", jobs: placed.jobs)
      return [:]
    case .success(let found):
      var groups: [String: String] = [:]
      for id in wanted {
        guard let json = found.first(where: { $0["groupId"]?.stringValue == id }) else {
          tell(
            .failed, "security group \(id)", "there is none in \(input.region)",
            remedy: "check `securityGroups` and the region", jobs: jobs(id))
          continue
        }
        groups[id] = json["vpcId"]?.stringValue ?? ""
        tell(.ok, "security group \(id)", "in \(json["vpcId"]?.stringValue ?? "a VPC")", jobs: jobs(id))
      }
      return groups
    }
  }

  private func tellPlace(
    _ place: Place, _ subnets: [String: Subnet], _ groups: [String: String], jobs: [JobName]
  ) {
    let subject = "network of \(place.subnets.joined(separator: ", "))"
    let vpcs = Set(place.subnets.compactMap { subnets[$0]?.vpc }).sorted()
    if vpcs.count > 1 {
      tell(
        .failed, subject, "its subnets are in several VPCs: \(vpcs.joined(separator: ", "))",
        remedy: "name subnets of one VPC", jobs: jobs)
    }
    guard let vpc = vpcs.first, vpcs.count == 1 else { return }
    for group in place.securityGroups {
      guard let other = groups[group], other != vpc else { continue }
      tell(
        .failed, subject, "security group \(group) is in \(other), the subnets are in \(vpc)",
        remedy: "name a security group of \(vpc)", jobs: jobs)
    }
  }

  // MARK: The way to the image

  private func askRoutes(_ placed: [CheckedTask], _ subnets: [String: Subnet]) async {
    let vpcs = Set(subnets.values.map(\.vpc)).sorted()
    let tables: [JSONValue]
    switch await describe("DescribeRouteTables", filter: "vpc-id", vpcs, set: "routeTableSet") {
    case .failure(let error):
      tellUnanswered(error, "way to the image", "ec2:DescribeRouteTables", jobs: placed.jobs)
      return
    case .success(let found): tables = found
    }
    /// DescribeVpcEndpoints's answer, asked for once the first isolated subnet is met.
    var endpoints: Result<[JSONValue], AWSError>?
    for (id, subnet) in subnets.sorted(by: { $0.key < $1.key }) {
      let route = SubnetRoute.of(subnet: id, vpc: subnet.vpc, in: tables)
      for isPublic in [true, false] {
        let here = placed.filter { $0.subnets.contains(id) && $0.assignPublicIp == isPublic }
        guard !here.isEmpty else { continue }
        guard let route else {
          tell(.unknown, "way out of \(id)", "no route table is known for it", jobs: here.jobs)
          continue
        }
        guard let reason = tellWay(route, id, isPublic: isPublic, jobs: here.jobs) else { continue }
        if endpoints == nil {
          endpoints = await describe("DescribeVpcEndpoints", filter: "vpc-id", vpcs, set: "vpcEndpointSet")
        }
        switch endpoints {
        case .failure(let error)?:
          tellUnanswered(error, "way out of \(id)", "ec2:DescribeVpcEndpoints", jobs: here.jobs)
        case .success(let all)?:
          let own = all.filter { $0["vpcId"]?.stringValue == subnet.vpc }
          tellEndpoints(own, route, subnet, reason, here)
        case nil: break
        }
      }
    }
  }

  /// - Returns: why the subnet is isolated; nil where it is not, or where no endpoint would help.
  private func tellWay(_ route: SubnetRoute, _ id: String, isPublic: Bool, jobs: [JobName]) -> String? {
    let subject = "way out of \(id)"
    switch route.way {
    case .internetGateway(let gateway) where isPublic:
      tell(.ok, subject, "by \(gateway), with a public address", jobs: jobs)
      return nil
    case .internetGateway(let gateway):
      return "\(gateway) wants a public address, and `assignPublicIp` is not ENABLED"
    case .gateway(let gateway):
      tell(.ok, subject, "by \(gateway); what is beyond it was not looked at", jobs: jobs)
      return nil
    case .blackhole(let gateway):
      tell(
        .failed, subject, "its default route leads to \(gateway), which is gone",
        remedy: "mend the default route of \(route.table)", jobs: jobs)
      return nil
    case .none: return "\(route.table) has no default route"
    }
  }

  private func tellEndpoints(
    _ endpoints: [JSONValue], _ route: SubnetRoute, _ subnet: Subnet, _ reason: String, _ here: [CheckedTask]
  ) {
    let subject = "way out of \(subnet.id)"
    var wants: [EndpointNeed: Set<JobName>] = [:]
    var outside: [String: Set<JobName>] = [:]
    for task in here {
      guard let facts = definitions.first(where: { $0.reference == task.taskDefinition })?.facts else { continue }
      for need in EndpointNeed.needs(of: facts, enablesExecuteCommand: task.enablesExecuteCommand) {
        wants[need, default: []].insert(task.job)
      }
      for image in facts.images where ImageReference(image.image) == nil {
        outside[image.image, default: []].insert(task.job)
      }
    }
    for (image, jobs) in outside.sorted(by: { $0.key < $1.key }) {
      tell(
        .failed, subject, "\(reason), so that the image \(image) cannot be pulled",
        remedy: "copy the image to ECR, or give the subnet a NAT gateway", jobs: jobs.sorted())
    }
    var missing = 0
    for (need, jobs) in wants.sorted(by: { $0.key < $1.key }) {
      guard
        let problem = need.problem(
          endpoints: endpoints, table: route.table, region: input.region, vpc: subnet.vpc)
      else { continue }
      missing += 1
      tell(.failed, subject, "\(reason), and \(problem.sentence)", remedy: problem.remedy, jobs: jobs.sorted())
    }
    guard missing == 0, outside.isEmpty else { return }
    let services = wants.keys.sorted().map(\.service).joined(separator: ", ")
    tell(
      .ok, subject,
      "\(reason); " + (services.isEmpty ? "its tasks need none" : "its VPC has the endpoints it needs: \(services)"),
      jobs: here.jobs)
  }
}
