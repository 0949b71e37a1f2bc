import AWSClient
import JobModel
import Testing

@testable import ECSDriver

@Suite("The way from a subnet to the image")
struct CheckNetworkTests {
  struct Way: Sendable, CustomTestStringConvertible {
    var route: JSONObject?
    var isPublic = false
    var level: Finding.Level
    var words: String
    var asksForEndpoints: Bool
    var testDescription: String { words }
  }

  static let ways: [Way] = [
    Way(
      route: ["gatewayId": "igw-1"], isPublic: true, level: .ok, words: "by igw-1, with a public address",
      asksForEndpoints: false),
    Way(
      route: ["gatewayId": "igw-1"], level: .ok, words: "igw-1 wants a public address", asksForEndpoints: true),
    Way(route: ["natGatewayId": "nat-1"], level: .ok, words: "by NAT gateway nat-1", asksForEndpoints: false),
    Way(
      route: ["transitGatewayId": "tgw-1"], level: .ok, words: "by transit gateway tgw-1", asksForEndpoints: false),
    Way(
      route: ["networkInterfaceId": "eni-1", "instanceId": "i-1"], level: .ok, words: "by network interface eni-1",
      asksForEndpoints: false),
    Way(
      route: ["natGatewayId": "nat-1", "state": "blackhole"], level: .failed, words: "NAT gateway nat-1, which is gone",
      asksForEndpoints: false),
    Way(
      route: nil, level: .ok,
      words: "rtb-1 has no default route; its VPC has the endpoints it needs: ecr.api, ecr.dkr, logs, s3, "
        + "secretsmanager, ssm", asksForEndpoints: true),
  ]

  @Test("Each way out is told apart, and endpoints are asked for only where there is none", arguments: ways)
  func route(_ way: Way) async throws {
    let aws = FakeAWS.healthy()
    aws.answer("ec2.DescribeRouteTables", with: FakeAWS.routes(way.route))
    let findings = await aws.check([FakeAWS.task { $0.assignPublicIp = way.isPublic }])
    let about = findings.about("way out of subnet-1")
    #expect(about.count == 1 && about[0].level == way.level && about[0].sentence.contains(way.words), "\(about.text)")
    #expect(aws.calls(of: "ec2.DescribeVpcEndpoints").isEmpty == !way.asksForEndpoints)
  }

  @Test("A subnet's own route table wins over the main one")
  func ownTable() {
    let tables: [JSONValue] = [
      [
        "routeTableId": "rtb-main", "vpcId": "vpc-1", "associationSet": [["main": "true"]],
        "routeSet": [["destinationCidrBlock": "0.0.0.0/0", "natGatewayId": "nat-1"]],
      ],
      [
        "routeTableId": "rtb-own", "vpcId": "vpc-1", "associationSet": [["main": "false", "subnetId": "subnet-1"]],
        "routeSet": "",
      ],
    ]
    #expect(SubnetRoute.of(subnet: "subnet-1", vpc: "vpc-1", in: tables) == SubnetRoute(table: "rtb-own", way: .none))
    #expect(
      SubnetRoute.of(subnet: "subnet-2", vpc: "vpc-1", in: tables)
        == SubnetRoute(table: "rtb-main", way: .gateway("NAT gateway nat-1")))
    #expect(SubnetRoute.of(subnet: "subnet-3", vpc: "vpc-2", in: tables) == nil)
  }

  struct Lack: Sendable, CustomTestStringConvertible {
    var service: String
    /// Nil: there is no such endpoint.
    var changes: JSONObject?
    var words: String
    var remedy: String
    var testDescription: String { "\(service): \(words)" }
  }

  static let lacks: [Lack] =
    FakeAWS.endpoints.map {
      Lack(
        service: $0, changes: nil, words: "has no endpoint for com.amazonaws.eu-central-1.\($0)",
        remedy: $0 == "s3" ? "a gateway endpoint, associated with route table rtb-1" : "an interface endpoint")
    } + [
      Lack(
        service: "ecr.dkr", changes: ["privateDnsEnabled": "false"], words: "has no private DNS",
        remedy: "enable private DNS for vpce-ecr.dkr"),
      Lack(
        service: "logs", changes: ["state": "pendingAcceptance"], words: "is pendingAcceptance", remedy: "make an"),
      Lack(
        service: "s3", changes: ["routeTableIdSet": ["rtb-2"]], words: "is not in the subnet's route table rtb-1",
        remedy: "associate vpce-s3 with rtb-1"),
      Lack(
        service: "ssm", changes: ["vpcId": "vpc-2"], words: "has no endpoint for com.amazonaws.eu-central-1.ssm",
        remedy: "make an interface endpoint"),
    ]

  @Test("Each endpoint that is missing or useless is named with its remedy", arguments: lacks)
  func missing(_ lack: Lack) async {
    let aws = FakeAWS.healthy()
    let endpoints = FakeAWS.endpoints.compactMap { service -> JSONValue? in
      if service != lack.service { return FakeAWS.endpoint(service) }
      return lack.changes.map { FakeAWS.endpoint(service, $0) }
    }
    aws.answer("ec2.DescribeVpcEndpoints", with: ["vpcEndpointSet": .array(endpoints)])
    let about = await aws.check().about("way out of subnet-1")
    #expect(about.count == 1 && about[0].level == .failed, "\(about.text)")
    #expect(about.first?.sentence.contains(lack.words) == true, "\(about.text)")
    #expect(about.first?.remedy?.contains(lack.remedy) == true, "\(about.text)")
  }

  @Test("An interface endpoint for S3 serves as well, and ECS Exec wants one of its own")
  func alternatives() async {
    let aws = FakeAWS.healthy()
    let interface: JSONObject = ["vpcEndpointType": "Interface", "privateDnsEnabled": "true", "routeTableIdSet": ""]
    aws.answer(
      "ec2.DescribeVpcEndpoints",
      with: ["vpcEndpointSet": .array(FakeAWS.endpoints.map { FakeAWS.endpoint($0, $0 == "s3" ? interface : [:]) })])
    #expect(await aws.check().about("way out of subnet-1").map(\.level) == [.ok])
    let about = await aws.check([FakeAWS.task { $0.enablesExecuteCommand = true }]).about("way out of subnet-1")
    #expect(about.count == 1 && about[0].sentence.contains("ssmmessages, needed for ECS Exec"), "\(about.text)")
  }

  @Test("An image outside ECR cannot be pulled into an isolated subnet")
  func outside() async {
    let aws = FakeAWS.healthy()
    aws.answer(
      "ecs.DescribeTaskDefinition",
      with: ["taskDefinition": FakeAWS.changingContainer({ $0["image"] = "nginx:1" })])
    let about = await aws.check().about("way out of subnet-1")
    #expect(about.count == 1 && about[0].sentence.contains("nginx:1 cannot be pulled"), "\(about.text)")
  }

  @Test("On EC2 the instance does the pulling, so the task's subnet is not looked at for it")
  func instances() async {
    let aws = FakeAWS.healthy()
    let findings = await aws.check([FakeAWS.task { $0.launchType = "EC2" }])
    #expect(findings.about("way out of subnet-1").isEmpty)
    #expect(aws.calls(of: "ec2.DescribeRouteTables").isEmpty)
  }

  @Test("Subnets and groups must be of one VPC")
  func networks() async {
    let aws = FakeAWS.healthy()
    func subnet(_ id: String, _ vpc: String, free: Int) -> JSONValue {
      [
        "subnetId": .string(id), "vpcId": .string(vpc), "availabilityZone": "a",
        "availableIpAddressCount": .string(String(free)),
      ]
    }
    aws.answer(
      "ec2.DescribeSubnets",
      with: ["subnetSet": [subnet("subnet-1", "vpc-1", free: 0), subnet("subnet-2", "vpc-2", free: 1)]])
    let task = FakeAWS.task { $0.subnets = ["subnet-1", "subnet-2"] }
    let findings = await aws.check([task])
    #expect(findings.about("network of subnet-1, subnet-2").map(\.level) == [.failed], "\(findings.text)")
    #expect(findings.about("subnet subnet-1").map(\.level) == [.failed])
    #expect(findings.about("subnet subnet-2").first?.sentence.contains("1 free address,") == true)
    aws.answer("ec2.DescribeSecurityGroups", with: ["securityGroupInfo": [["groupId": "sg-1", "vpcId": "vpc-9"]]])
    let groups = await aws.check([FakeAWS.task()]).about("network of subnet-1")
    #expect(groups.first?.sentence == "security group sg-1 is in vpc-9, the subnets are in vpc-1")
  }

  @Test("EC2 is asked by filter, page by page")
  func pages() async {
    let aws = FakeAWS.healthy()
    aws.answer("ec2.DescribeSubnets") { input in
      input["NextToken"] == nil
        ? .success(["subnetSet": "", "nextToken": "2"])
        : .success(["subnetSet": [["subnetId": "subnet-1", "vpcId": "vpc-1"]]])
    }
    #expect(await aws.check().about("subnet subnet-1").map(\.level) == [.ok])
    let calls = aws.calls(of: "ec2.DescribeSubnets").map(\.input)
    let filter: JSONValue = [["Name": "subnet-id", "Value": ["subnet-1"]]]
    #expect(calls == [["Filter": filter], ["Filter": filter, "NextToken": "2"]])
  }
}
