internal import AWSClient
internal import JobModel

/// Subnets and security groups.
extension CheckRun {
  /// What tasks share that stand in the same place.
  private struct Place: Hashable, Comparable {
    var subnets: [String]
    var securityGroups: [String]

    static func < (left: Place, right: Place) -> Bool {
      (left.subnets + left.securityGroups).lexicographicallyPrecedes(right.subnets + right.securityGroups)
    }
  }

  /// A subnet that is there.
  struct Subnet {
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
  func describe(
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
}
