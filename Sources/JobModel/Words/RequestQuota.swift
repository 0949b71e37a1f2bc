/// A quota of ECS requests, which AWS raises for an account that asks (Service Quotas): what stays below it
/// waits on this side ("Request throttling for the Amazon ECS API").
public enum RequestQuota: String, CaseIterable, Sendable {
  /// RunTask, StartTask, StopTask and the like.
  case clusterResourceModify
  /// DescribeTasks, ListTasks and the like.
  case clusterResourceRead
  case taskDefinitionRead
  case taskDefinitionModify
  /// RunTask calls on Fargate.
  case fargateRunTask
  /// Tasks that RunTask starts on Fargate.
  case fargateLaunches

  /// What every account has.
  public var standard: RequestRate {
    switch self {
    case .clusterResourceModify: RequestRate(burst: 100, perSecond: 40)
    case .clusterResourceRead, .fargateLaunches: RequestRate(burst: 100, perSecond: 20)
    case .taskDefinitionRead: RequestRate(burst: 50, perSecond: 20)
    case .taskDefinitionModify: RequestRate(burst: 20, perSecond: 1)
    case .fargateRunTask: RequestRate(burst: 20, perSecond: 20)
    }
  }
}

/// A token bucket's size and how fast it fills.
public struct RequestRate: Hashable, Sendable {
  /// The most at once.
  public var burst: Int
  public var perSecond: Int

  public init(burst: Int, perSecond: Int) {
    self.burst = burst
    self.perSecond = perSecond
  }
}
