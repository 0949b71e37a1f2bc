internal import JobModel

/// Where a subnet's traffic to the internet goes, read from DescribeRouteTables (EC2 API, RouteTable, Route).
struct SubnetRoute: Equatable, Sendable {
  enum Way: Equatable, Sendable {
    /// An internet gateway: only with a public address of one's own.
    case internetGateway(String)
    /// Anything else that takes the traffic further, such as `NAT gateway nat-1`.
    case gateway(String)
    /// The gateway that a default route points to is gone.
    case blackhole(String)
    case none
  }

  /// The table that holds for the subnet: its own, or the VPC's main one.
  var table: String
  var way: Way

  /// Nil where no table is known for the subnet.
  static func of(subnet: String, vpc: String, in tables: [JSONValue]) -> SubnetRoute? {
    let ofVPC = tables.filter { $0["vpcId"]?.stringValue == vpc }
    let own = ofVPC.first { table in
      table["associationSet"].elements.contains { $0["subnetId"]?.stringValue == subnet }
    }
    let main = ofVPC.first { table in
      table["associationSet"].elements.contains { $0["main"]?.stringValue == "true" }
    }
    guard let table = own ?? main, let id = table["routeTableId"]?.stringValue else { return nil }
    let route = table["routeSet"].elements.first { $0["destinationCidrBlock"]?.stringValue == "0.0.0.0/0" }
    return SubnetRoute(table: id, way: route.map(way) ?? .none)
  }

  /// A route's target is in a member of its own kind.
  private static let targets: [(member: String, name: String)] = [
    ("natGatewayId", "NAT gateway"), ("transitGatewayId", "transit gateway"), ("gatewayId", "gateway"),
    ("vpcPeeringConnectionId", "peering connection"), ("networkInterfaceId", "network interface"),
    ("instanceId", "instance"), ("localGatewayId", "local gateway"), ("carrierGatewayId", "carrier gateway"),
    ("coreNetworkArn", "core network"), ("egressOnlyInternetGatewayId", "egress-only internet gateway"),
  ]

  private static func way(_ route: JSONValue) -> Way {
    let target = targets.lazy.compactMap { target in
      route[target.member]?.stringValue.flatMap { $0.isEmpty ? nil : (target.name, $0) }
    }.first
    guard let (name, id) = target else { return .none }
    if route["state"]?.stringValue == "blackhole" { return .blackhole("\(name) \(id)") }
    return id.hasPrefix("igw-") ? .internetGateway(id) : .gateway("\(name) \(id)")
  }
}
