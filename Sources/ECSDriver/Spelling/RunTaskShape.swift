/// RunTask's input (ECS API 2014-11-13, RunTask), less `clientToken`, which is jobd's own. Beyond the API the
/// task definition may stand there whole, as RegisterTaskDefinition takes it.
enum RunTaskShape {
  static let input: [Shape.Member] = [
    .init("capacityProviderStrategy", .list(.structure(capacityProvider))),
    .init("cluster", .string),
    .init("count", .integer),
    .init("enableECSManagedTags", .boolean),
    .init("enableExecuteCommand", .boolean),
    .init("group", .string),
    .init("launchType", .string),
    .init("networkConfiguration", .structure([.init("awsvpcConfiguration", .structure(awsvpc))])),
    .init("overrides", .structure(overrides)),
    .init("placementConstraints", .list(.structure([.init("type", .string), .init("expression", .string)]))),
    .init("placementStrategy", .list(.structure([.init("type", .string), .init("field", .string)]))),
    .init("platformVersion", .string),
    .init("propagateTags", .string),
    .init("referenceId", .string),
    .init("startedBy", .string),
    .init("tags", tags),
    .init("taskDefinition", .stringOr(RegisterTaskDefinitionShape.input), isRequired: true),
    .init("volumeConfigurations", .list(.structure(volume))),
  ]

  private static let strings: Shape = .list(.string)

  private static let tags: Shape = .list(.structure([.init("key", .string), .init("value", .string)]))

  private static let capacityProvider: [Shape.Member] = [
    .init("capacityProvider", .string, isRequired: true),
    .init("weight", .integer),
    .init("base", .integer),
  ]

  private static let awsvpc: [Shape.Member] = [
    .init("subnets", strings, isRequired: true),
    .init("securityGroups", strings),
    .init("assignPublicIp", .string),
  ]

  private static let typedValue: [Shape.Member] = [
    .init("value", .string, isRequired: true),
    .init("type", .string, isRequired: true),
  ]

  private static let container: [Shape.Member] = [
    .init("name", .string),
    .init("command", strings),
    .init("environment", .list(.structure([.init("name", .string), .init("value", .string)]))),
    .init("environmentFiles", .list(.structure(typedValue))),
    .init("cpu", .integer),
    .init("memory", .integer),
    .init("memoryReservation", .integer),
    .init("resourceRequirements", .list(.structure(typedValue))),
  ]

  private static let overrides: [Shape.Member] = [
    .init("containerOverrides", .list(.structure(container))),
    .init("cpu", .string),
    .init(
      "inferenceAcceleratorOverrides",
      .list(.structure([.init("deviceName", .string), .init("deviceType", .string)]))),
    .init("executionRoleArn", .string),
    .init("memory", .string),
    .init("taskRoleArn", .string),
    .init("ephemeralStorage", .structure([.init("sizeInGiB", .integer, isRequired: true)])),
  ]

  private static let volume: [Shape.Member] = [
    .init("name", .string, isRequired: true),
    .init("managedEBSVolume", .structure(elasticBlockStore)),
  ]

  private static let elasticBlockStore: [Shape.Member] = [
    .init("encrypted", .boolean),
    .init("kmsKeyId", .string),
    .init("volumeType", .string),
    .init("sizeInGiB", .integer),
    .init("snapshotId", .string),
    .init("volumeInitializationRate", .integer),
    .init("iops", .integer),
    .init("throughput", .integer),
    .init(
      "tagSpecifications",
      .list(
        .structure([
          .init("resourceType", .string, isRequired: true), .init("tags", tags), .init("propagateTags", .string),
        ]))),
    .init("roleArn", .string, isRequired: true),
    .init("terminationPolicy", .structure([.init("deleteOnTermination", .boolean, isRequired: true)])),
    .init("filesystemType", .string),
  ]
}
