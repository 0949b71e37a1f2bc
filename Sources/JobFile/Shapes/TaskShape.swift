/// What `task:` takes: the parameters of RunTask, spelled as the ECS API spells them (ECS API reference,
/// RunTask, and the API model 2014-11-13), and jobd's short forms for one container.
enum TaskShape {
  static let task = Fields(
    parameters + sugar, example: "{taskDefinition: nightly-report, container: app, command: [report]}",
    hints: [
      "count": "a job is one task",
      "startedBy": "jobd sets it, to find its tasks again",
      "clientToken": "jobd sets it, so that no task is started twice",
      "referenceId": "jobd tells its tasks apart by `startedBy`",
      "name": "the container is named by `container`",
      "image": "the image belongs to the task definition, such as one under `taskDefinitions`",
      "secrets": "secrets belong to the task definition, such as one under `taskDefinitions`",
      "type": "it belongs to the job",
    ])

  /// As a default: nothing is required.
  static let defaults = task.optional

  private static let sugar: [Fields.Field] = [
    .text("container", "app"),
    .texts("command", "report", "[report, --full]"),
    Fields.Field(name: "environment", shape: .environment),
    .text("cpu", "1024", JobFileForm.cpu),
    .text("memory", "2048", JobFileForm.memory),
  ]

  private static let parameters: [Fields.Field] = [
    .text("taskDefinition", "nightly-report", JobFileForm.notEmpty).required,
    .text("cluster", "batch", JobFileForm.notEmpty),
    .word("launchType", ["EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"]),
    .list(
      "capacityProviderStrategy", atMost: 20,
      of: Fields(
        [
          Fields.Field.text("capacityProvider", "FARGATE_SPOT", JobFileForm.notEmpty).required,
          .whole("weight", 0...1_000, "1"), .whole("base", 0...100_000, "0"),
        ], example: "{capacityProvider: FARGATE_SPOT, weight: 1}")),
    .text("platformVersion", "LATEST", JobFileForm.notEmpty),
    .fields(
      "networkConfiguration",
      Fields(
        [
          Fields.Field.fields(
            "awsvpcConfiguration",
            Fields(
              [
                Fields.Field.texts("subnets", atMost: 16, "subnet-0a", "[subnet-0a, subnet-0b]").required,
                .texts("securityGroups", atMost: 5, "sg-0a", "[sg-0a]"),
                .word("assignPublicIp", ["ENABLED", "DISABLED"]),
              ], example: "{subnets: [subnet-0a], securityGroups: [sg-0a]}")
          ).required
        ], example: "{awsvpcConfiguration: {subnets: [subnet-0a]}}",
        hints: ["subnets": "it belongs under `awsvpcConfiguration`"])),
    .fields("overrides", overrides),
    .text("group", "nightly"),
    .word("propagateTags", ["TASK_DEFINITION", "NONE"]),
    .list("tags", atMost: 50, of: tag),
    .boolean("enableExecuteCommand"),
    .boolean("enableECSManagedTags"),
    .list(
      "placementConstraints", atMost: 10,
      of: Fields(
        [
          Fields.Field.word("type", ["distinctInstance", "memberOf"]).required,
          .text("expression", "attribute:ecs.os-type == linux"),
        ],
        example: "{type: memberOf, expression: \"attribute:ecs.os-type == linux\"}")),
    .list(
      "placementStrategy", atMost: 5,
      of: Fields(
        [Fields.Field.word("type", ["random", "spread", "binpack"]).required, .text("field", "instanceId")],
        example: "{type: spread, field: instanceId}")),
    .list("volumeConfigurations", atMost: 1, of: volume),
  ]

  private static let tag = Fields(
    [Fields.Field.text("key", "team", JobFileForm.notEmpty).required, .text("value", "data")],
    example: "{key: team, value: data}")

  private static let overrides = Fields(
    [
      .list("containerOverrides", of: containerOverride),
      .text("cpu", "1024", JobFileForm.cpu),
      .text("memory", "2048", JobFileForm.memory),
      .text("taskRoleArn", "arn:aws:iam::123456789012:role/report"),
      .text("executionRoleArn", "arn:aws:iam::123456789012:role/ecsTaskExecutionRole"),
      .fields(
        "ephemeralStorage",
        Fields([Fields.Field.whole("sizeInGiB", 20...200, "50").required], example: "{sizeInGiB: 50}")),
      .list(
        "inferenceAcceleratorOverrides",
        of: Fields(
          [.text("deviceName", "device_1"), .text("deviceType", "eia2.medium")],
          example: "{deviceName: device_1, deviceType: eia2.medium}")),
    ], example: "{containerOverrides: [{name: app, command: [report]}]}")

  private static let containerOverride = Fields(
    [
      Fields.Field.text("name", "app", JobFileForm.notEmpty).required,
      .texts("command", "report", "[report, --full]"),
      .list(
        "environment",
        of: Fields(
          [
            Fields.Field.text("name", "STAGE", JobFileForm.environmentName).required,
            Fields.Field(name: "value", shape: .text(example: "prod", check: .nothing)),
          ], example: "{name: STAGE, value: prod}")),
      .list(
        "environmentFiles",
        of: Fields(
          [
            Fields.Field.text("value", "arn:aws:s3:::bucket/job.env").required,
            Fields.Field.word("type", ["s3"]).required,
          ],
          example: "{value: \"arn:aws:s3:::bucket/job.env\", type: s3}")),
      .whole("cpu", 0...Int64(Int32.max), "512"),
      .whole("memory", 4...Int64(Int32.max), "1024"),
      .whole("memoryReservation", 4...Int64(Int32.max), "512"),
      .list(
        "resourceRequirements",
        of: Fields(
          [
            Fields.Field.text("value", "1").required,
            Fields.Field.word("type", ["GPU", "InferenceAccelerator"]).required,
          ],
          example: "{type: GPU, value: \"1\"}")),
    ], example: "{name: app, command: [report]}")

  private static let volume = Fields(
    [
      Fields.Field.text("name", "scratch", JobFileForm.notEmpty).required,
      .fields(
        "managedEBSVolume",
        Fields(
          [
            Fields.Field.text("roleArn", "arn:aws:iam::123456789012:role/ecsInfrastructureRole").required,
            .boolean("encrypted"), .text("kmsKeyId", "alias/aws/ebs"), .text("volumeType", "gp3"),
            .whole("sizeInGiB", 1...65_536, "100"), .text("snapshotId", "snap-0a"),
            .whole("volumeInitializationRate", 0...Int64(Int32.max), "100"),
            .whole("iops", 100...256_000, "3000"), .whole("throughput", 125...2_000, "125"),
            .list(
              "tagSpecifications",
              of: Fields(
                [
                  Fields.Field.word("resourceType", ["volume"]).required, .list("tags", atMost: 50, of: tag),
                  .word("propagateTags", ["TASK_DEFINITION", "NONE"]),
                ], example: "{resourceType: volume, tags: [{key: team, value: data}]}")),
            .fields(
              "terminationPolicy",
              Fields([Fields.Field.boolean("deleteOnTermination").required], example: "{deleteOnTermination: true}")),
            .word("filesystemType", ["ext3", "ext4", "xfs", "ntfs"]),
          ], example: "{sizeInGiB: 100, roleArn: \"arn:aws:iam::123456789012:role/ecsInfrastructureRole\"}")),
    ], example: "{name: scratch, managedEBSVolume: {sizeInGiB: 100}}")
}
