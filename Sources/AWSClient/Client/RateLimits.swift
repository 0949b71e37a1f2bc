internal import JobModel

/// ECS's documented request limits, and a share of CloudWatch Logs': which buckets a call takes from, and how
/// much.
///
/// They hold for the account in a region, all callers together ("Request throttling for the Amazon ECS API"),
/// so staying below them alone does not keep AWS from throttling.
enum RateLimits {
  enum Bucket: Hashable, Sendable {
    case quota(RequestQuota)
    /// GetLogEvents and the like. Their quota is low and cannot be raised, and people who look at logs share it
    /// ("CloudWatch Logs quotas"): a part of it is enough.
    case logsRead

    /// - Parameter quotas: those that are not as usual.
    func rate(_ quotas: [RequestQuota: RequestRate]) -> RequestRate {
      switch self {
      case .quota(let quota): quotas[quota] ?? quota.standard
      case .logsRead: RequestRate(burst: 5, perSecond: 5)
      }
    }
  }

  struct Cost: Equatable, Sendable {
    var bucket: Bucket
    var tokens: Double
  }

  static func costs(_ service: AWSService, _ operation: String, _ input: JSONValue) -> [Cost] {
    if service.name == AWSService.logs.name, AWSCallOptions.isReading(operation) {
      return [Cost(bucket: .logsRead, tokens: 1)]
    }
    guard service.name == AWSService.ecs.name else { return [] }
    switch operation {
    case "RunTask":
      let modify = Cost(bucket: .quota(.clusterResourceModify), tokens: 1)
      guard isFargate(input) else { return [modify] }
      let count = Double(max(1, min(10, input["count"]?.integerValue ?? 1)))
      return [
        modify, Cost(bucket: .quota(.fargateRunTask), tokens: 1),
        Cost(bucket: .quota(.fargateLaunches), tokens: count),
      ]
    case "StartTask", "StopTask": return [Cost(bucket: .quota(.clusterResourceModify), tokens: 1)]
    case "DescribeTasks", "ListTasks", "DescribeContainerInstances", "ListContainerInstances":
      return [Cost(bucket: .quota(.clusterResourceRead), tokens: 1)]
    case "DescribeTaskDefinition", "ListTaskDefinitions", "ListTaskDefinitionFamilies":
      return [Cost(bucket: .quota(.taskDefinitionRead), tokens: 1)]
    case "RegisterTaskDefinition", "DeregisterTaskDefinition", "DeleteTaskDefinitions":
      return [Cost(bucket: .quota(.taskDefinitionModify), tokens: 1)]
    default: return []
    }
  }

  /// Neither given: the cluster's default strategy decides, which nobody here knows.
  private static func isFargate(_ input: JSONValue) -> Bool {
    if input["launchType"]?.stringValue == "FARGATE" { return true }
    return (input["capacityProviderStrategy"]?.arrayValue ?? []).contains {
      $0["capacityProvider"]?.stringValue?.hasPrefix("FARGATE") == true
    }
  }
}
