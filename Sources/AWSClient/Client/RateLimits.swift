internal import JobModel

/// ECS's documented request limits, and a share of CloudWatch Logs': which buckets a call takes from, and how
/// much.
///
/// They hold for the account in a region, all callers together ("Request throttling for the Amazon ECS API"),
/// so staying below them alone does not keep AWS from throttling.
enum RateLimits {
  enum Bucket: String, Hashable, Sendable, CaseIterable {
    /// RunTask, StartTask, StopTask and the like.
    case clusterResourceModify = "cluster-resource-modify"
    /// DescribeTasks, ListTasks and the like.
    case clusterResourceRead = "cluster-resource-read"
    case taskDefinitionRead = "task-definition-read"
    case taskDefinitionModify = "task-definition-modify"
    /// RunTask calls on Fargate.
    case fargateCalls = "fargate-run-task"
    /// Tasks that RunTask starts on Fargate.
    case fargateLaunches = "fargate-launches"
    /// GetLogEvents and the like. Their quota is low and cannot be raised, and people who look at logs share it
    /// ("CloudWatch Logs quotas"): a part of it is enough.
    case logsRead = "logs-read"

    var burst: Double {
      switch self {
      case .clusterResourceModify, .clusterResourceRead, .fargateLaunches: 100
      case .taskDefinitionRead: 50
      case .taskDefinitionModify, .fargateCalls: 20
      case .logsRead: 5
      }
    }

    /// A second.
    var rate: Double {
      switch self {
      case .clusterResourceModify: 40
      case .clusterResourceRead, .taskDefinitionRead, .fargateCalls, .fargateLaunches: 20
      case .taskDefinitionModify: 1
      case .logsRead: 5
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
      let modify = Cost(bucket: .clusterResourceModify, tokens: 1)
      guard isFargate(input) else { return [modify] }
      let count = Double(max(1, min(10, input["count"]?.integerValue ?? 1)))
      return [
        modify, Cost(bucket: .fargateCalls, tokens: 1), Cost(bucket: .fargateLaunches, tokens: count),
      ]
    case "StartTask", "StopTask": return [Cost(bucket: .clusterResourceModify, tokens: 1)]
    case "DescribeTasks", "ListTasks", "DescribeContainerInstances", "ListContainerInstances":
      return [Cost(bucket: .clusterResourceRead, tokens: 1)]
    case "DescribeTaskDefinition", "ListTaskDefinitions", "ListTaskDefinitionFamilies":
      return [Cost(bucket: .taskDefinitionRead, tokens: 1)]
    case "RegisterTaskDefinition", "DeregisterTaskDefinition", "DeleteTaskDefinitions":
      return [Cost(bucket: .taskDefinitionModify, tokens: 1)]
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
