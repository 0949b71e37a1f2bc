internal import AWSClient
internal import JobModel

/// The way from a subnet to the image, the logs and the secrets.
extension CheckRun {
  func askRoutes(_ placed: [CheckedTask], _ subnets: [String: Subnet]) async {
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
