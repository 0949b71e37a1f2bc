extension Launch {
  /// The ARN of the task definition's revision that the task runs, as AWS named it: in the stopped task, or in
  /// the answer to the launch. Nil until AWS has said it. In the API's spelling and in Step Functions'.
  public var taskDefinitionRevision: String? {
    let stopped = result.map { [$0] + ($0["tasks"]?.arrayValue ?? []) + ($0["Tasks"]?.arrayValue ?? []) } ?? []
    let started = ["Tasks", "tasks"].flatMap { submission?[$0]?.arrayValue ?? [] }
    return (stopped + started).lazy
      .compactMap { $0["taskDefinitionArn"]?.stringValue ?? $0["TaskDefinitionArn"]?.stringValue }
      .first { !$0.isEmpty }
  }
}
