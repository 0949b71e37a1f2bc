/// RegisterTaskDefinition's input (ECS API 2014-11-13, RegisterTaskDefinition).
enum RegisterTaskDefinitionShape {
  static let input: [Shape.Member] = [
    .init("family", .string, isRequired: true),
    .init("taskRoleArn", .string),
    .init("executionRoleArn", .string),
    .init("networkMode", .string),
    .init("containerDefinitions", .list(.structure(container)), isRequired: true),
    .init("volumes", .list(.structure(volume))),
    .init("placementConstraints", .list(.structure([.init("type", .string), .init("expression", .string)]))),
    .init("requiresCompatibilities", .list(.string)),
    .init("cpu", .string),
    .init("memory", .string),
    .init("tags", .list(.structure([.init("key", .string), .init("value", .string)]))),
    .init("pidMode", .string),
    .init("ipcMode", .string),
    .init("proxyConfiguration", .structure(proxy)),
    .init(
      "inferenceAccelerators",
      .list(
        .structure([.init("deviceName", .string, isRequired: true), .init("deviceType", .string, isRequired: true)]))),
    .init("ephemeralStorage", .structure([.init("sizeInGiB", .integer, isRequired: true)])),
    .init("runtimePlatform", .structure([.init("cpuArchitecture", .string), .init("operatingSystemFamily", .string)])),
    .init("enableFaultInjection", .boolean),
  ]

  private static let container: [Shape.Member] = [
    .init("name", .string),
    .init("image", .string),
    .init("repositoryCredentials", .structure([.init("credentialsParameter", .string, isRequired: true)])),
    .init("cpu", .integer),
    .init("memory", .integer),
    .init("memoryReservation", .integer),
    .init("links", .list(.string)),
    .init("portMappings", .list(.structure(portMapping))),
    .init("essential", .boolean),
    .init(
      "restartPolicy",
      .structure([
        .init("enabled", .boolean, isRequired: true), .init("ignoredExitCodes", .list(.integer)),
        .init("restartAttemptPeriod", .integer),
      ])),
    .init("entryPoint", .list(.string)),
    .init("command", .list(.string)),
    .init("environment", .list(.structure(nameAndValue))),
    .init(
      "environmentFiles",
      .list(.structure([.init("value", .string, isRequired: true), .init("type", .string, isRequired: true)]))),
    .init(
      "mountPoints",
      .list(.structure([.init("sourceVolume", .string), .init("containerPath", .string), .init("readOnly", .boolean)]))),
    .init("volumesFrom", .list(.structure([.init("sourceContainer", .string), .init("readOnly", .boolean)]))),
    .init("linuxParameters", .structure(linuxParameters)),
    .init("secrets", .list(.structure(secret))),
    .init(
      "dependsOn",
      .list(
        .structure([.init("containerName", .string, isRequired: true), .init("condition", .string, isRequired: true)]))),
    .init("startTimeout", .integer),
    .init("stopTimeout", .integer),
    .init("versionConsistency", .string),
    .init("hostname", .string),
    .init("user", .string),
    .init("workingDirectory", .string),
    .init("disableNetworking", .boolean),
    .init("privileged", .boolean),
    .init("readonlyRootFilesystem", .boolean),
    .init("dnsServers", .list(.string)),
    .init("dnsSearchDomains", .list(.string)),
    .init(
      "extraHosts",
      .list(.structure([.init("hostname", .string, isRequired: true), .init("ipAddress", .string, isRequired: true)]))),
    .init("dockerSecurityOptions", .list(.string)),
    .init("interactive", .boolean),
    .init("pseudoTerminal", .boolean),
    .init("dockerLabels", .map),
    .init(
      "ulimits",
      .list(
        .structure([
          .init("name", .string, isRequired: true), .init("softLimit", .integer, isRequired: true),
          .init("hardLimit", .integer, isRequired: true),
        ]))),
    .init("logConfiguration", .structure(logConfiguration)),
    .init("healthCheck", .structure(healthCheck)),
    .init("systemControls", .list(.structure([.init("namespace", .string), .init("value", .string)]))),
    .init(
      "resourceRequirements",
      .list(.structure([.init("value", .string, isRequired: true), .init("type", .string, isRequired: true)]))),
    .init("firelensConfiguration", .structure([.init("type", .string, isRequired: true), .init("options", .map)])),
    .init("credentialSpecs", .list(.string)),
  ]

  private static let volume: [Shape.Member] = [
    .init("name", .string),
    .init("host", .structure([.init("sourcePath", .string)])),
    .init("dockerVolumeConfiguration", .structure(dockerVolume)),
    .init("efsVolumeConfiguration", .structure(elasticFileSystem)),
    .init("s3filesVolumeConfiguration", .structure(s3Files)),
    .init("fsxWindowsFileServerVolumeConfiguration", .structure(windowsFileServer)),
    .init("configuredAtLaunch", .boolean),
  ]

  private static let proxy: [Shape.Member] = [
    .init("type", .string),
    .init("containerName", .string, isRequired: true),
    .init("properties", .list(.structure(nameAndValue))),
  ]

  private static let portMapping: [Shape.Member] = [
    .init("containerPort", .integer),
    .init("hostPort", .integer),
    .init("protocol", .string),
    .init("name", .string),
    .init("appProtocol", .string),
    .init("containerPortRange", .string),
  ]

  private static let nameAndValue: [Shape.Member] = [
    .init("name", .string),
    .init("value", .string),
  ]

  private static let linuxParameters: [Shape.Member] = [
    .init("capabilities", .structure([.init("add", .list(.string)), .init("drop", .list(.string))])),
    .init("devices", .list(.structure(device))),
    .init("initProcessEnabled", .boolean),
    .init("sharedMemorySize", .integer),
    .init(
      "tmpfs",
      .list(
        .structure([
          .init("containerPath", .string, isRequired: true), .init("size", .integer, isRequired: true),
          .init("mountOptions", .list(.string)),
        ]))),
    .init("maxSwap", .integer),
    .init("swappiness", .integer),
  ]

  private static let secret: [Shape.Member] = [
    .init("name", .string, isRequired: true),
    .init("valueFrom", .string, isRequired: true),
  ]

  private static let logConfiguration: [Shape.Member] = [
    .init("logDriver", .string, isRequired: true),
    .init("options", .map),
    .init("secretOptions", .list(.structure(secret))),
  ]

  private static let healthCheck: [Shape.Member] = [
    .init("command", .list(.string), isRequired: true),
    .init("interval", .integer),
    .init("timeout", .integer),
    .init("retries", .integer),
    .init("startPeriod", .integer),
  ]

  private static let dockerVolume: [Shape.Member] = [
    .init("scope", .string),
    .init("autoprovision", .boolean),
    .init("driver", .string),
    .init("driverOpts", .map),
    .init("labels", .map),
  ]

  private static let elasticFileSystem: [Shape.Member] = [
    .init("fileSystemId", .string, isRequired: true),
    .init("rootDirectory", .string),
    .init("transitEncryption", .string),
    .init("transitEncryptionPort", .integer),
    .init("authorizationConfig", .structure([.init("accessPointId", .string), .init("iam", .string)])),
  ]

  private static let s3Files: [Shape.Member] = [
    .init("fileSystemArn", .string, isRequired: true),
    .init("rootDirectory", .string),
    .init("transitEncryptionPort", .integer),
    .init("accessPointArn", .string),
  ]

  private static let windowsFileServer: [Shape.Member] = [
    .init("fileSystemId", .string, isRequired: true),
    .init("rootDirectory", .string, isRequired: true),
    .init(
      "authorizationConfig",
      .structure([.init("credentialsParameter", .string, isRequired: true), .init("domain", .string, isRequired: true)]
      ), isRequired: true),
  ]

  private static let device: [Shape.Member] = [
    .init("hostPath", .string, isRequired: true),
    .init("containerPath", .string),
    .init("permissions", .list(.string)),
  ]
}
