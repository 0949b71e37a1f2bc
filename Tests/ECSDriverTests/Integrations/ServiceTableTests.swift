import AWSClient
import JobModel
import Testing

@testable import ECSDriver

@Suite("The table of services")
struct ServiceTableTests {
  @Test("Every service, action and structure of it can be read")
  func whole() throws {
    #expect(ServiceTable.names.count > 150)
    var actions = 0
    for name in ServiceTable.names {
      let model = try #require(ServiceTable.service(name))
      #expect(model.clientName.lowercased() == name)
      #expect(!model.service.name.isEmpty && !model.service.hostLabel.isEmpty, "\(name)")
      let counts = model.structureCounts
      for number in 0..<counts.inputs { check(model.inputStructure(number), counts.inputs, "\(name) <\(number)") }
      for number in 0..<counts.outputs { check(model.outputStructure(number), counts.outputs, "\(name) >\(number)") }
      for operation in model.actionNames {
        actions += 1
        let spelled = operation.prefix(1).lowercased() + operation.dropFirst()
        guard case .callable(let action) = try #require(model.action(spelled), "\(name) \(spelled)") else { continue }
        check(action.input, counts.inputs, "\(name) \(operation) input")
        check(action.output, counts.outputs, "\(name) \(operation) output")
      }
    }
    #expect(actions > 8_000)
    #expect(ServiceTableText.text.utf8CodeUnitCount < 1_000_000, "the program and its build must stay small")
  }

  private func check(_ members: [ServiceMember], _ structures: Int, _ place: String) {
    var names: Set<String> = []
    for member in members {
      #expect(names.insert(ServiceSpelling.sdk.stateName(member.name)).inserted, "\(place) \(member.name) twice")
      #expect(member.name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }, "\(place) \(member.name)")
      if let number = structure(member.type) { #expect((0..<structures).contains(number), "\(place) \(member.name)") }
    }
  }

  private func structure(_ type: ServiceType) -> Int? {
    switch type {
    case .structure(let number): number
    case .list(let inner, _, _), .map(let inner, _, _, _): structure(inner)
    default: nil
    }
  }

  @Test(
    "Known services are reached as AWS's documents say",
    arguments: [
      (
        "dynamodb",
        AWSService(
          name: "dynamodb", environmentSuffix: "DYNAMODB",
          wireProtocol: .json(version: "1.0", targetPrefix: "DynamoDB_20120810"))
      ),
      ("sqs", .sqs), ("sns", .sns), ("ecs", .ecs), ("ec2", .ec2), ("iam", .iam), ("cloudwatchlogs", .logs),
      ("secretsmanager", .secretsManager), ("ssm", .ssm), ("ecr", .ecr), ("sts", .sts),
      (
        "sfn",
        AWSService(
          name: "states", environmentSuffix: "SFN",
          wireProtocol: .json(version: "1.0", targetPrefix: "AWSStepFunctions"))
      ),
      (
        "costexplorer",
        AWSService(
          name: "ce", homeRegion: "us-east-1", environmentSuffix: "COST_EXPLORER",
          wireProtocol: .json(version: "1.1", targetPrefix: "AWSInsightsIndexService"))
      ),
      (
        "sagemaker",
        AWSService(
          name: "sagemaker", hostLabel: "api.sagemaker", environmentSuffix: "SAGEMAKER",
          wireProtocol: .json(version: "1.1", targetPrefix: "SageMaker"))
      ),
      (
        "resourcegroupstaggingapi",
        AWSService(
          name: "tagging", environmentSuffix: "RESOURCE_GROUPS_TAGGING_API",
          wireProtocol: .json(version: "1.1", targetPrefix: "ResourceGroupsTaggingAPI_20170126"))
      ),
    ])
  func known(name: String, service: AWSService) throws {
    #expect(try #require(ServiceTable.service(name)).service == service)
  }

  @Test(
    "An error code has the exception that the SDK makes of it, or none",
    arguments: [
      ("dynamodb", "ResourceNotFoundException", "ResourceNotFoundException"), ("dynamodb", "ValidationException", nil),
      ("sns", "NotFound", "NotFoundException"), ("sns", "AuthorizationError", "AuthorizationErrorException"),
      ("sqs", "QueueDoesNotExist", "QueueDoesNotExistException"),
      ("rds", "DBInstanceNotFound", "DbInstanceNotFoundException"),
      ("rds", "DBInstanceNotFoundFault", "DbInstanceNotFoundException"),
      ("sfn", "StateMachineDoesNotExist", "StateMachineDoesNotExistException"), ("ec2", "InvalidVpcID.NotFound", nil),
    ] as [(String, String, String?)])
  func exceptions(name: String, code: String, exception: String?) throws {
    #expect(try #require(ServiceTable.service(name)).exception(code) == exception)
  }

  @Test("A place among the names is a digit and further ones of base 36")
  func places() {
    let names = ServiceTableNames((0..<400).map { "N\($0)x" }.joined(separator: " "))
    #expect(
      ["0", "9", "00", "0z", "10", "9z", "000", "00t"].map { names.name($0[...]) }
        == ["N0x", "N9x", "N10x", "N45x", "N46x", "N369x", "N370x", "N399x"])
    #expect(names.name("Other") == "Other")
  }

  @Test(
    "Types are read with their names on the wire",
    arguments: [
      ("s", ServiceType.string), ("12", .structure(12)), ("[s", .list(.string, element: nil, isFlat: false)),
      ("]{3", .list(.map(.structure(3), key: "key", value: "value", isFlat: false), element: nil, isFlat: true)),
      ("[(Tag)7", .list(.structure(7), element: "Tag", isFlat: false)),
      ("}(Name,Value)x", .map(.blob, key: "Name", value: "Value", isFlat: true)),
    ])
  func types(text: String, type: ServiceType) { #expect(ServiceType(text[...]) == type) }

  @Test(
    "A member is spelled as the SDK for Java calls it, with a capital first",
    arguments: [
      ("clusterArn", "ClusterArn"), ("TableName", "TableName"), ("DBInstanceIdentifier", "DbInstanceIdentifier"),
      ("MD5OfMessageBody", "Md5OfMessageBody"), ("ETag", "ETag"), ("enableECSManagedTags", "EnableECSManagedTags"),
      ("ARN", "Arn"), ("S", "S"), ("SS", "Ss"), ("x", "X"), ("", ""), ("IPv6", "IPv6"),
      ("SSESpecification", "SseSpecification"),
    ])
  func spelling(api: String, state: String) {
    #expect(ServiceSpelling.sdk.stateName(api) == state)
    #expect(ServiceSpelling.api.stateName(api) == api.prefix(1).uppercased() + api.dropFirst())
  }
}
