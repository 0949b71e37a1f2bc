internal import AWSClient
internal import JobModel

/// Who asks, and where.
extension CheckRun {
  /// - Returns: whether it makes sense to ask anything else.
  func askIdentity() async -> Bool {
    let subject = "credentials"
    switch await ask(.sts, "GetCallerIdentity", [:]) {
    case .success(let answer):
      guard let account = answer["Account"]?.stringValue, let arn = answer["Arn"]?.stringValue else {
        tell(.unknown, subject, "AWS accepts the credentials and does not say whose they are")
        return true
      }
      identity = Identity(account: account, arn: arn)
      tell(.ok, subject, "\(arn) in account \(account)")
      return true
    case .failure(let error) where error.code == "NoCredentials":
      tell(
        .failed, subject, "there are none: \(clipped(error.message, to: 600))",
        remedy: "give jobd a role, a profile or keys (docs/operations.md); nothing else was asked")
    case .failure(let error) where error.kind == .notSent || error.kind == .ambiguous:
      tell(
        .failed, "region \(input.region)",
        "no answer from STS there: \(error.code): \(clipped(error.message, to: 300))",
        remedy: "check the region's name, the proxy and the way to AWS; nothing else was asked")
    case .failure(let error) where error.kind == .refused:
      tell(
        .failed, subject, "AWS does not accept them: \(error.code): \(clipped(error.message, to: 300))",
        remedy: CheckRun.credentialRemedy(error.code, region: input.region) + "; nothing else was asked")
    case .failure(let error):
      tellUnanswered(error, subject, "sts:GetCallerIdentity")
    }
    return false
  }

  private static func credentialRemedy(_ code: String, region: String) -> String {
    switch code {
    case "ExpiredToken", "ExpiredTokenException": "renew the session"
    case "SignatureDoesNotMatch", "InvalidSignatureException": "the secret key does not belong to the access key"
    case "RegionDisabledException": "enable the region \(region) for the account"
    default: "check the keys, and that the region \(region) is enabled for the account"
    }
  }

  /// The clusters, whose answer also shows whether the region answers.
  ///
  /// - Returns: whether it makes sense to ask anything else.
  func askClusters() async -> Bool {
    let clusters = Dictionary(grouping: tasks, by: \.cluster).sorted { $0.key < $1.key }
    var isRegionTold = false
    var rest = clusters[...]
    repeat {
      // At most 100 (ECS API, DescribeClusters); none asks for the default cluster.
      let batch = rest.prefix(100)
      rest = rest.dropFirst(batch.count)
      let result = await ask(
        .ecs, "DescribeClusters",
        batch.isEmpty ? [:] : ["clusters": .array(batch.map { .string($0.key) })])
      if !isRegionTold {
        guard tellRegion(result) else { return false }
        isRegionTold = true
      }
      for (cluster, tasks) in batch { tellCluster(cluster, jobs: tasks.jobs, result) }
    } while !rest.isEmpty
    return true
  }

  private func tellRegion(_ result: Result<JSONValue, AWSError>) -> Bool {
    let subject = "region \(input.region)"
    let disabled: Set = ["UnrecognizedClientException", "InvalidClientTokenId", "AuthFailure", "OptInRequired"]
    switch result {
    case .failure(let error) where disabled.contains(error.code):
      tell(
        .failed, subject, "ECS there does not know the account: \(error.code): \(clipped(error.message, to: 300))",
        remedy: "enable the region for the account, or name another; nothing else was asked")
      return false
    case .failure(let error) where error.kind == .notSent || error.kind == .ambiguous:
      tell(
        .failed, subject, "no answer from ECS there: \(error.code): \(clipped(error.message, to: 300))",
        remedy: "check the region's name and the way to AWS; nothing else was asked")
      return false
    default:
      tell(.ok, subject, "ECS answers")
      return true
    }
  }

  private func tellCluster(_ cluster: String, jobs: [JobName], _ result: Result<JSONValue, AWSError>) {
    let name = cluster.split(separator: "/").last.map(String.init) ?? cluster
    let subject = "cluster \(name)"
    switch result {
    case .failure(let error): tellUnanswered(error, subject, "ecs:DescribeClusters", jobs: jobs)
    case .success(let answer):
      let found = answer["clusters"].elements.first {
        $0["clusterArn"]?.stringValue == cluster || $0["clusterName"]?.stringValue == cluster
      }
      switch found?["status"]?.stringValue {
      case "ACTIVE": tell(.ok, subject, "ACTIVE", jobs: jobs)
      case nil:
        tell(
          .failed, subject, "there is none in \(input.region)", remedy: "check `cluster` and the region", jobs: jobs)
      case .some(let status):
        tell(
          .failed, subject, "it is \(status): no task can start in it", remedy: "make it anew, or name another",
          jobs: jobs)
      }
    }
  }
}
