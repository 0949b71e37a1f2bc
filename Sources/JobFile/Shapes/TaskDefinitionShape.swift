/// The keys of a task definition in the job file (ECS API 2014-11-13, RegisterTaskDefinition): those of the
/// task, and right beside them those of its main container.
enum TaskDefinitionShape {
  static let definition = Fields(
    task + ContainerShape.short,
    example: "{image: report, cpu: 1 vCPU, memory: 2 GB, executionRoleArn: \(roleExample)}",
    hints: [
      "family": "the family is the key above", "name": "the main container is named by `container`",
      "essential": "the main container always is", "memoryReservation": "it belongs to a container of `sidecars`",
      "containers": "write `sidecars`, or `containerDefinitions` in ECS's spelling",
      "taskDefinition": "this is one itself; a job names it by its key",
      "cluster": "it belongs to the job's `task`", "networkConfiguration": "it belongs to the job's `task`",
      "launchType": "it belongs to the job's `task`; here it is `requiresCompatibilities`",
    ].merging(ofTheRevision.map { ($0, "ECS says it of a revision; remove it") }) { $1 })

  /// The keys of the task alone.
  static let taskKeys = Set(task.map(\.name))

  /// Under `sidecars` and `containerDefinitions`.
  static let sidecars = Shape.list(
    of: .fields(ContainerShape.sidecar), atMost: 9, example: "[\(ContainerShape.sidecar.example)]")
  static let containers = Shape.list(
    of: .fields(ContainerShape.definition), atMost: 10, example: "[\(ContainerShape.definition.example)]")

  private static let ofTheRevision = [
    "taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities", "registeredAt", "registeredBy",
    "deregisteredAt",
  ]

  private static let roleExample = "arn:aws:iam::123456789012:role/ecsTaskExecutionRole"

  private static let task: [Fields.Field] = [
    .text("container", "app", JobFileForm.familyName),
    .text("cpu", "1024", JobFileForm.cpu),
    .text("memory", "2048", JobFileForm.memory),
    .text("taskRoleArn", "arn:aws:iam::123456789012:role/report", JobFileForm.roleARN),
    .text("executionRoleArn", roleExample, JobFileForm.roleARN),
    .fields(
      "runtimePlatform",
      Fields(
        [
          .word("cpuArchitecture", ["X86_64", "ARM64"]),
          .word(
            "operatingSystemFamily",
            [
              "LINUX", "WINDOWS_SERVER_2016_FULL", "WINDOWS_SERVER_2019_FULL", "WINDOWS_SERVER_2019_CORE",
              "WINDOWS_SERVER_2004_CORE", "WINDOWS_SERVER_20H2_CORE", "WINDOWS_SERVER_2022_CORE",
              "WINDOWS_SERVER_2022_FULL", "WINDOWS_SERVER_2025_CORE", "WINDOWS_SERVER_2025_FULL",
            ]),
        ], example: "{cpuArchitecture: ARM64}")),
    .fields(
      "ephemeralStorage",
      Fields([Fields.Field.whole("sizeInGiB", 20...200, "50").required], example: "{sizeInGiB: 50}")),
    .list("volumes", of: volume),
    Fields.Field(name: "sidecars", shape: .skipped),
    Fields.Field(name: "containerDefinitions", shape: .skipped),
    .word("networkMode", ["awsvpc", "bridge", "host", "none"]),
    Fields.Field(
      name: "requiresCompatibilities",
      shape: .list(
        of: .word(["FARGATE", "EC2", "EXTERNAL", "MANAGED_INSTANCES"]), atMost: 4, example: "[FARGATE]")),
    .word("pidMode", ["host", "task"]), .word("ipcMode", ["host", "task", "none"]),
    .boolean("enableFaultInjection"),
    .list(
      "placementConstraints", atMost: 10,
      of: Fields(
        [Fields.Field.word("type", ["memberOf"]).required, .text("expression", "attribute:ecs.os-type == linux")],
        example: "{type: memberOf, expression: \"attribute:ecs.os-type == linux\"}")),
    .list(
      "inferenceAccelerators",
      of: Fields(
        [
          Fields.Field.text("deviceName", "device_1").required, Fields.Field.text("deviceType", "eia2.medium").required,
        ], example: "{deviceName: device_1, deviceType: eia2.medium}")),
    .fields(
      "proxyConfiguration",
      Fields(
        [
          Fields.Field.text("containerName", "envoy", JobFileForm.notEmpty).required, .word("type", ["APPMESH"]),
          .list(
            "properties",
            of: Fields(
              [.text("name", "AppPorts"), .text("value", "8080")], example: "{name: AppPorts, value: \"8080\"}")),
        ], example: "{containerName: envoy}")),
    .list(
      "tags", atMost: 50,
      of: Fields(
        [Fields.Field.text("key", "team", JobFileForm.notEmpty).required, .text("value", "data")],
        example: "{key: team, value: data}")),
  ]

  private static let volume = Fields(
    [
      Fields.Field.text("name", "scratch", JobFileForm.notEmpty).required,
      .fields("host", Fields([.text("sourcePath", "/mnt/scratch")], example: "{sourcePath: /mnt/scratch}")),
      .fields(
        "dockerVolumeConfiguration",
        Fields(
          [
            .word("scope", ["task", "shared"]), .boolean("autoprovision"), .text("driver", "local"),
            Fields.Field(name: "driverOpts", shape: .labels), Fields.Field(name: "labels", shape: .labels),
          ], example: "{scope: task}")),
      .fields(
        "efsVolumeConfiguration",
        Fields(
          [
            Fields.Field.text("fileSystemId", "fs-0a").required, .text("rootDirectory", "/reports"),
            .word("transitEncryption", ["ENABLED", "DISABLED"]), .whole("transitEncryptionPort", 0...65_535, "2049"),
            .fields(
              "authorizationConfig",
              Fields(
                [.text("accessPointId", "fsap-0a"), .word("iam", ["ENABLED", "DISABLED"])], example: "{iam: ENABLED}")),
          ], example: "{fileSystemId: fs-0a}")),
      .fields(
        "s3filesVolumeConfiguration",
        Fields(
          [
            Fields.Field.text("fileSystemArn", "arn:aws:s3files:…").required, .text("rootDirectory", "/reports"),
            .whole("transitEncryptionPort", 0...65_535, "2049"), .text("accessPointArn", "arn:aws:s3files:…"),
          ], example: "{fileSystemArn: \"arn:aws:s3files:…\"}")),
      .fields(
        "fsxWindowsFileServerVolumeConfiguration",
        Fields(
          [
            Fields.Field.text("fileSystemId", "fs-0a").required, Fields.Field.text("rootDirectory", "share").required,
            Fields.Field.fields(
              "authorizationConfig",
              Fields(
                [
                  Fields.Field.text("credentialsParameter", SecretReference.example).required,
                  Fields.Field.text("domain", "corp.example.com").required,
                ], example: "{credentialsParameter: \"\(SecretReference.example)\", domain: corp.example.com}")
            ).required,
          ], example: "{fileSystemId: fs-0a, rootDirectory: share, authorizationConfig: {…}}")),
      .boolean("configuredAtLaunch"),
    ], example: "{name: scratch}")
}
