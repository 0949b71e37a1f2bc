internal import JobModel

/// One family of reasons for which ECS stops a task or a container: the table that turns ECS's text
/// into a class, a name for Retry and Catch, and a remedy.
///
/// Sources: ECS developer guide, "Stopped tasks error codes", "CannotPullContainer task errors",
/// "ResourceInitializationError", and texts of real tasks. The first row that matches decides, so the
/// more specific rows stand first. Markers are compared without regard to case; all of a row's must occur.
///
/// The names are ``FailureName``'s; docs/errors.md lists them with their classes.
struct ReasonRule: Sendable {
  var markers: [String]
  var diagnosis: Diagnosis.Class
  var alias: FailureName
  var remedy: String?

  init(_ markers: String..., is diagnosis: Diagnosis.Class, alias: FailureName, remedy: String? = nil) {
    self.markers = markers
    self.diagnosis = diagnosis
    self.alias = alias
    self.remedy = remedy
  }

  static func rule(for text: String) -> ReasonRule? {
    let text = text.lowercased()
    return rules.first { $0.markers.allSatisfy(text.contains) }
  }

  private static let otherCPU =
    "the image was built for another CPU: build it for the task's, or set `runtimePlatform.cpuArchitecture` "
    + "in the task definition"
  private static let memory = "raise `memory` of the container or the task, or let the program use less"
  private static let registryWay =
    "give the task a way to the registry (NAT gateway, VPC endpoints for ecr.api, ecr.dkr and S3, or a public IP)"
  private static let secrets =
    "check that the secret exists, that the execution role may read it, and that the task can reach it"
  private static let network = "retry; check the subnets' free addresses and the account's network interfaces"

  static let rules: [ReasonRule] = platform + resources + images + containers + stops

  private static let platform: [ReasonRule] = [
    .init("exec format error", is: .architectureMismatch, alias: .architectureMismatch, remedy: otherCPU),
    .init(
      "descriptor matching platform", is: .architectureMismatch, alias: .architectureMismatch, remedy: otherCPU),
    .init("no matching manifest for", is: .architectureMismatch, alias: .architectureMismatch, remedy: otherCPU),
    .init(
      "does not match the specified platform", is: .architectureMismatch, alias: .architectureMismatch,
      remedy: otherCPU),
    .init("outofmemory", is: .outOfMemory, alias: .outOfMemory, remedy: memory),
    .init("out of memory", is: .outOfMemory, alias: .outOfMemory, remedy: memory),
    .init("killed due to memory usage", is: .outOfMemory, alias: .outOfMemory, remedy: memory),
  ]

  /// Before the rows for images: "unable to pull secrets or registry auth" speaks of either.
  private static let resources: [ReasonRule] = [
    .init("secret from asm", is: .secrets, alias: .secretsUnavailable, remedy: secrets),
    .init("secrets from ssm", is: .secrets, alias: .secretsUnavailable, remedy: secrets),
    .init("secrets manager", is: .secrets, alias: .secretsUnavailable, remedy: secrets),
    .init("invalid ssm parameters", is: .secrets, alias: .secretsUnavailable, remedy: secrets),
    .init("parameter store", is: .secrets, alias: .secretsUnavailable, remedy: secrets),
    .init("registry auth from", is: .image, alias: .cannotPullContainer, remedy: registryWay),
    .init("getauthorizationtoken", is: .image, alias: .cannotPullContainer, remedy: registryWay),
    .init("ecr: get", is: .image, alias: .cannotPullContainer, remedy: registryWay),
    .init("secrets or registry auth", is: .secrets, alias: .secretsUnavailable, remedy: secrets),
    .init("unable to pull secrets", is: .secrets, alias: .secretsUnavailable, remedy: secrets),
    .init("unable to retrieve secret", is: .secrets, alias: .secretsUnavailable, remedy: secrets),
    .init("fetching secret data", is: .secrets, alias: .secretsUnavailable, remedy: secrets),
    .init(
      "resourceinitializationerror", "log", is: .failedToStart, alias: .resourceInitialization,
      remedy: "create the log group, and let the execution role and the network reach CloudWatch Logs"),
    .init(
      "resourceinitializationerror", "efs", is: .failedToStart, alias: .resourceInitialization,
      remedy: "check the file system's mount targets, its security groups and the task role"),
    .init(
      "resourceinitializationerror", "environment file", is: .failedToStart, alias: .resourceInitialization,
      remedy: "check the environment file in S3 and that the execution role may read it"),
    .init("network interface provisioning", is: .failedToStart, alias: .resourceInitialization, remedy: network),
    .init("ephemeralstorage provisioning", is: .failedToStart, alias: .resourceInitialization, remedy: "retry"),
    .init("resourceinitializationerror", is: .failedToStart, alias: .resourceInitialization),
  ]

  private static let images: [ReasonRule] = [
    .init(
      "cannotpull", "timeout", is: .image, alias: .cannotPullContainer, remedy: registryWay),
    .init("cannotpull", "i/o timeout", is: .image, alias: .cannotPullContainer, remedy: registryWay),
    .init(
      "toomanyrequests", is: .image, alias: .cannotPullContainer,
      remedy: "the registry limits pulls: authenticate, or mirror the image in ECR"),
    .init(
      "no space left on device", is: .image, alias: .cannotPullContainer,
      remedy: "raise `ephemeralStorage`, or make the image smaller"),
    .init(
      "cannotpull", is: .image, alias: .cannotPullContainer,
      remedy: "check the image's name and tag, and that the execution role may pull it"),
    .init(
      "pull access denied", is: .image, alias: .cannotPullContainer,
      remedy: "check the image's name and tag, and that the execution role may pull it"),
  ]

  private static let containers: [ReasonRule] = [
    .init(
      "executable file not found", is: .failedToStart, alias: .containerStartFailed,
      remedy: "the command is not in the image: check `command` and the image's entry point"),
    .init(
      "cannotstartcontainer", "no such file or directory", is: .failedToStart, alias: .containerStartFailed,
      remedy: "the command is not in the image: check `command` and the image's entry point"),
    .init(
      "permission denied", "cannotstartcontainer", is: .failedToStart, alias: .containerStartFailed,
      remedy: "the command is not executable in the image"),
    .init("cannotcreatecontainer", is: .failedToStart, alias: .containerStartFailed),
    .init("cannotstartcontainer", is: .failedToStart, alias: .containerStartFailed),
    .init("cannotinspectcontainer", is: .failedToStart, alias: .containerStartFailed),
    .init("cannotcreatevolume", is: .failedToStart, alias: .containerStartFailed),
    .init("cannotstopcontainer", is: .stopped, alias: .taskStopped),
    .init("containerruntime", is: .failedToStart, alias: .containerStartFailed, remedy: "retry"),
    .init("dockertimeouterror", is: .failedToStart, alias: .containerStartFailed, remedy: "retry"),
    .init("could not transition to", is: .failedToStart, alias: .containerStartFailed, remedy: "retry"),
  ]

  private static let stops: [ReasonRule] = [
    .init(
      "spot", "interrupt", is: .spot, alias: .spotInterruption,
      remedy: "retry, or run it on FARGATE rather than FARGATE_SPOT"),
    .init(
      "capacity is unavailable", is: .capacity, alias: .capacityUnavailable,
      remedy: "retry later, or name subnets in more availability zones"),
    .init("insufficient capacity", is: .capacity, alias: .capacityUnavailable, remedy: "retry later"),
    .init("resource:", is: .capacity, alias: .capacityUnavailable, remedy: "retry later or add capacity"),
    .init("unable to place", is: .capacity, alias: .capacityUnavailable, remedy: "retry later or add capacity"),
    .init(
      "maintenance", is: .stopped, alias: .maintenance,
      remedy: "ECS does not replace standalone tasks: run it again"),
    .init("host ec2", is: .stopped, alias: .hostTerminated, remedy: "run it again"),
    .init("instance", "terminated", is: .stopped, alias: .hostTerminated, remedy: "run it again"),
    .init("instance", "deregister", is: .stopped, alias: .hostTerminated, remedy: "run it again"),
    .init("health check", is: .stopped, alias: .healthCheckFailed),
    .init("scaling activity", is: .stopped, alias: .taskStopped),
    .init("stopped by", is: .stopped, alias: .taskStopped),
    .init("task stopped", is: .stopped, alias: .taskStopped),
  ]
}
