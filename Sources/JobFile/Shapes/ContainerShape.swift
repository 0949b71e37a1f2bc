/// The keys of a container (ECS API 2014-11-13, ContainerDefinition), spelled as ECS spells them, with jobd's
/// short forms for the environment, the secrets and the log.
enum ContainerShape {
  /// The main container's, which stand right in the task definition, and every sidecar's.
  static let short: [Fields.Field] =
    [
      .text("image", imageExample, JobFileForm.notEmpty),
      Fields.Field(name: "environment", shape: .environment),
      Fields.Field(name: "secrets", shape: .secrets),
      .text("logGroup", "/ecs/nightly-report", JobFileForm.notEmpty),
      .fields("logs", logs),
    ] + common

  static let sidecar = Fields(
    [Fields.Field.text("name", "proxy", JobFileForm.familyName).required] + sizes
      + short.map { $0.name == "image" ? $0.required : $0 },
    example: "{name: proxy, image: envoyproxy/envoy}")

  /// An element of `containerDefinitions`: nothing in it is short.
  static let definition = Fields(
    [
      Fields.Field.text("name", "app", JobFileForm.familyName).required,
      Fields.Field.text("image", imageExample, JobFileForm.notEmpty).required,
    ] + sizes + [
      .list(
        "environment",
        of: Fields(
          [
            Fields.Field.text("name", "STAGE", JobFileForm.environmentName).required,
            Fields.Field(name: "value", shape: .text(example: "prod", check: .nothing)),
          ], example: "{name: STAGE, value: prod}")),
      .list("secrets", of: secret),
    ] + common, example: "{name: app, image: \(imageExample)}",
    hints: [
      "logs": "here it is `logConfiguration`, as in ECS", "logGroup": "here it is `logConfiguration`, as in ECS",
    ])

  private static let imageExample = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/report:1.4"
  private static let seconds: ClosedRange<Int64> = 0...Int64(Int32.max)

  private static let sizes: [Fields.Field] = [
    .boolean("essential"), .whole("cpu", 0...196_608, "256"), .whole("memory", 4...Int64(Int32.max), "512"),
    .whole("memoryReservation", 4...Int64(Int32.max), "256"),
  ]

  private static let logs = Fields(
    [
      Fields.Field.text("group", "/ecs/nightly-report", JobFileForm.notEmpty).required,
      .text("streamPrefix", "nightly", JobFileForm.notEmpty), .text("region", "ap-northeast-1", JobFileForm.region),
      .boolean("createGroup"),
    ], example: "{group: /ecs/nightly-report}")

  static let secret = Fields(
    [
      Fields.Field.text("name", "DB_PASSWORD", JobFileForm.environmentName).required,
      Fields.Field.text("valueFrom", SecretReference.example, SecretReference.written).required,
    ], example: "{name: DB_PASSWORD, valueFrom: \"\(SecretReference.example)\"}")

  private static let common: [Fields.Field] = process + files + health + network + docker

  private static let process: [Fields.Field] = [
    .texts("entryPoint", "/entry", "[/entry, --]"),
    .texts("command", "report", "[report, --full]"),
    .list(
      "environmentFiles", atMost: 10,
      of: Fields(
        [
          Fields.Field.text("value", "arn:aws:s3:::bucket/job.env").required,
          Fields.Field.word("type", ["s3"]).required,
        ], example: "{value: \"arn:aws:s3:::bucket/job.env\", type: s3}")),
    .text("user", "1000:1000"), .text("workingDirectory", "/work"),
    .whole("startTimeout", seconds, "60"), .whole("stopTimeout", seconds, "60"),
    .list(
      "ulimits",
      of: Fields(
        [
          Fields.Field.word(
            "name",
            [
              "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss",
              "rtprio",
              "rttime", "sigpending", "stack",
            ]
          ).required,
          Fields.Field.whole("softLimit", -1...Int64(Int32.max), "65536").required,
          Fields.Field.whole("hardLimit", -1...Int64(Int32.max), "65536").required,
        ], example: "{name: nofile, softLimit: 65536, hardLimit: 65536}")),
    .list(
      "resourceRequirements",
      of: Fields(
        [
          Fields.Field.text("value", "1").required,
          Fields.Field.word("type", ["GPU", "InferenceAccelerator"]).required,
        ], example: "{type: GPU, value: \"1\"}")),
    .fields(
      "restartPolicy",
      Fields(
        [
          Fields.Field.boolean("enabled").required,
          Fields.Field(
            name: "ignoredExitCodes",
            shape: .list(of: .whole(0...255, example: "3"), atMost: 50, example: "[0, 3]")),
          .whole("restartAttemptPeriod", 60...1_800, "300"),
        ], example: "{enabled: true}")),
  ]

  private static let files: [Fields.Field] = [
    .boolean("readonlyRootFilesystem"),
    .list(
      "mountPoints",
      of: Fields(
        [
          Fields.Field.text("sourceVolume", "scratch", JobFileForm.notEmpty).required,
          Fields.Field.text("containerPath", "/scratch", JobFileForm.notEmpty).required, .boolean("readOnly"),
        ], example: "{sourceVolume: scratch, containerPath: /scratch}")),
    .list(
      "volumesFrom",
      of: Fields(
        [Fields.Field.text("sourceContainer", "app", JobFileForm.notEmpty).required, .boolean("readOnly")],
        example: "{sourceContainer: app}")),
    .fields(
      "linuxParameters",
      Fields(
        [
          .fields(
            "capabilities",
            Fields(
              [.texts("add", "SYS_PTRACE", "[SYS_PTRACE]"), .texts("drop", "ALL", "[ALL]")], example: "{drop: [ALL]}")),
          .list(
            "devices",
            of: Fields(
              [
                Fields.Field.text("hostPath", "/dev/fuse").required, .text("containerPath", "/dev/fuse"),
                Fields.Field(
                  name: "permissions",
                  shape: .list(of: .word(["read", "write", "mknod"]), atMost: 3, example: "[read, write]")),
              ], example: "{hostPath: /dev/fuse}")),
          .boolean("initProcessEnabled"), .whole("sharedMemorySize", 0...Int64(Int32.max), "64"),
          .list(
            "tmpfs",
            of: Fields(
              [
                Fields.Field.text("containerPath", "/tmp").required,
                Fields.Field.whole("size", 1...Int64(Int32.max), "64").required,
                .texts("mountOptions", "noexec", "[noexec]"),
              ], example: "{containerPath: /tmp, size: 64}")),
          .whole("maxSwap", 0...Int64(Int32.max), "0"), .whole("swappiness", 0...100, "60"),
        ], example: "{initProcessEnabled: true}")),
  ]

  private static let health: [Fields.Field] = [
    .list(
      "dependsOn",
      of: Fields(
        [
          Fields.Field.text("containerName", "proxy", JobFileForm.notEmpty).required,
          Fields.Field.word("condition", ["START", "COMPLETE", "SUCCESS", "HEALTHY"]).required,
        ], example: "{containerName: proxy, condition: HEALTHY}")),
    .fields(
      "healthCheck",
      Fields(
        [
          Fields.Field.texts("command", "CMD-SHELL", "[CMD-SHELL, \"test -e /ready\"]").required,
          .whole("interval", 5...300, "30"), .whole("timeout", 2...60, "5"), .whole("retries", 1...10, "3"),
          .whole("startPeriod", 0...300, "10"),
        ], example: "{command: [CMD-SHELL, \"test -e /ready\"]}")),
    .fields(
      "logConfiguration",
      Fields(
        [
          Fields.Field.word(
            "logDriver",
            ["json-file", "syslog", "journald", "gelf", "fluentd", "awslogs", "splunk", "awsfirelens"]
          ).required,
          Fields.Field(name: "options", shape: .labels), .list("secretOptions", of: secret),
        ], example: "{logDriver: awslogs, options: {awslogs-group: /ecs/nightly-report}}")),
    .fields(
      "firelensConfiguration",
      Fields(
        [
          Fields.Field.word("type", ["fluentd", "fluentbit"]).required,
          Fields.Field(name: "options", shape: .labels),
        ], example: "{type: fluentbit}")),
  ]

  private static let network: [Fields.Field] = [
    .list(
      "portMappings",
      of: Fields(
        [
          .whole("containerPort", 0...65_535, "8080"), .whole("hostPort", 0...65_535, "8080"),
          .word("protocol", ["tcp", "udp"]), .text("name", "http"), .word("appProtocol", ["http", "http2", "grpc"]),
          .text("containerPortRange", "8080-8090"),
        ], example: "{containerPort: 8080}")),
    .text("hostname", "report"), .boolean("disableNetworking"), .texts("dnsServers", "10.0.0.2", "[10.0.0.2]"),
    .texts("dnsSearchDomains", "internal", "[internal]"),
    .list(
      "extraHosts",
      of: Fields(
        [Fields.Field.text("hostname", "db").required, Fields.Field.text("ipAddress", "10.0.0.7").required],
        example: "{hostname: db, ipAddress: 10.0.0.7}")),
    .texts("links", "db", "[db]"),
  ]

  private static let docker: [Fields.Field] = [
    Fields.Field(name: "dockerLabels", shape: .labels),
    .boolean("privileged"), .boolean("interactive"), .boolean("pseudoTerminal"),
    .texts("dockerSecurityOptions", "no-new-privileges", "[no-new-privileges]"),
    .list(
      "systemControls",
      of: Fields(
        [Fields.Field.text("namespace", "net.core.somaxconn").required, Fields.Field.text("value", "1024").required],
        example: "{namespace: net.core.somaxconn, value: \"1024\"}")),
    .fields(
      "repositoryCredentials",
      Fields(
        [Fields.Field.text("credentialsParameter", SecretReference.example).required],
        example: "{credentialsParameter: \"\(SecretReference.example)\"}")),
    .texts("credentialSpecs", "credentialspec:arn:aws:s3:::bucket/spec.json", "[\"credentialspec:arn:…\"]"),
    .word("versionConsistency", ["enabled", "disabled"]),
  ]
}
