internal import AWSClient
internal import JobModel

/// Where messages go, and where those of ECS come from.
extension CheckRun {
  func askTopics() async {
    for (arn, topics) in Dictionary(grouping: input.topics, by: \.arn).sorted(by: { $0.key < $1.key }) {
      let jobs = Set(topics.flatMap(\.jobs)).sorted()
      let subject = "topic \(arn.split(separator: ":").last ?? "")"
      guard let name = ResourceName(arn), name.service == "sns", !name.region.isEmpty else {
        tell(.failed, subject, "\(arn) is no topic's ARN", remedy: "check `topicArn`", jobs: jobs)
        continue
      }
      switch await ask(.sns, "GetTopicAttributes", ["TopicArn": .string(arn)], region: name.region) {
      case .success(let answer):
        let key = CheckRun.attribute("KmsMasterKeyId", answer)
        tell(
          .ok, subject,
          "it is there, in \(name.region)"
            + key.map { "; jobd needs kms:GenerateDataKey and kms:Decrypt on its key \($0)" }.orEmpty, jobs: jobs)
      case .failure(let error) where error.code == "NotFound" || error.code == "NotFoundException":
        tell(
          .failed, subject, "there is none in account \(name.account), \(name.region)",
          remedy: "check `topicArn`, or make the topic", jobs: jobs)
      case .failure(let error): tellUnanswered(error, subject, "sns:GetTopicAttributes", jobs: jobs)
      }
    }
  }

  func askQueue() async {
    guard let url = input.queueURL else { return }
    let subject = "queue \(url.split(separator: "/").last ?? "")"
    let missing: Set = [
      "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "NonExistentQueue", "QueueDoesNotExistException",
    ]
    let result = await ask(
      .sqs, "GetQueueAttributes", ["QueueUrl": .string(url), "AttributeNames": ["QueueArn"]],
      region: QueueAddress(url)?.region)
    switch result {
    case .success: tell(.ok, subject, "it is there")
    case .failure(let error) where missing.contains(error.code):
      tell(.failed, subject, "there is no queue at \(url)", remedy: "check the URL and the region, or make the queue")
    case .failure(let error): tellUnanswered(error, subject, "sqs:GetQueueAttributes")
    }
  }

  /// A map of the Query protocol: `<Attributes><entry><key/><value/></entry></Attributes>`.
  private static func attribute(_ name: String, _ answer: JSONValue) -> String? {
    let entry = answer["Attributes"]?["entry"]
    let entries = entry?.arrayValue ?? [entry].compactMap { $0 }
    return entries.first { $0["key"]?.stringValue == name }?["value"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
  }
}
