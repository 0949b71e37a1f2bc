internal import AWSClient
internal import JobModel

/// Where the containers' output goes.
extension CheckRun {
  private struct LogGroup: Hashable {
    var name: String
    var region: String
    /// Whether the driver makes it when it is missing.
    var isMade: Bool
  }

  func askLogGroups() async {
    var groups: [LogGroup: Set<JobName>] = [:]
    for definition in definitions {
      for logging in definition.facts.logging where logging.driver == "awslogs" {
        tellOptions(logging, definition)
        guard let name = logging.options["awslogs-group"] else { continue }
        let group = LogGroup(
          name: name, region: logging.options["awslogs-region"] ?? input.region,
          isMade: logging.options["awslogs-create-group"]?.lowercased() == "true")
        groups[group, default: []].formUnion(definition.tasks.jobs)
      }
    }
    for (group, jobs) in groups.sorted(by: { ($0.key.name, $0.key.region) < ($1.key.name, $1.key.region) }) {
      await askLogGroup(group, jobs: jobs.sorted())
    }
  }

  /// What the awslogs driver must be told (ECS developer guide, "Send Amazon ECS logs to CloudWatch").
  private func tellOptions(_ logging: CheckedDefinition.Logging, _ definition: Definition) {
    let jobs = definition.tasks.jobs
    let container = "container \"\(logging.container)\""
    if logging.options["awslogs-group"] == nil {
      tell(
        .failed, definition.subject, "the log driver of \(container) has no awslogs-group",
        remedy: "set `awslogs-group` in its `logConfiguration.options`", jobs: jobs)
    }
    if logging.options["awslogs-region"] == nil, definition.arn == nil {
      tell(
        .failed, definition.subject, "the log driver of \(container) has no awslogs-region",
        remedy: "set `awslogs-region: \(input.region)` in its `logConfiguration.options`", jobs: jobs)
    }
    guard logging.options["awslogs-stream-prefix"] == nil else { return }
    tell(
      definition.runsOnFargate ? .failed : .warning, definition.subject,
      "the log driver of \(container) has no awslogs-stream-prefix"
        + (definition.runsOnFargate ? ", which Fargate wants" : ", so that a task's stream cannot be told by its ARN"),
      remedy: "set `awslogs-stream-prefix` in its `logConfiguration.options`", jobs: jobs)
  }

  private func askLogGroup(_ group: LogGroup, jobs: [JobName]) async {
    let subject = "log group \(group.name)"
    // A prefix is all that can be asked for; the group itself is the first in the answer's order.
    let result = await ask(
      .logs, "DescribeLogGroups", ["logGroupNamePrefix": .string(group.name)], region: group.region)
    switch result {
    case .failure(let error): tellUnanswered(error, subject, "logs:DescribeLogGroups", jobs: jobs)
    case .success(let answer):
      let exists = answer["logGroups"].elements.contains { $0["logGroupName"]?.stringValue == group.name }
      if exists {
        tell(.ok, subject, "it is there, in \(group.region)", jobs: jobs)
      } else if group.isMade {
        tell(
          .warning, subject, "it is not there yet; the first task makes it (awslogs-create-group)",
          remedy: "the execution role needs logs:CreateLogGroup for that, which AmazonECSTaskExecutionRolePolicy lacks",
          jobs: jobs)
      } else {
        tell(
          .failed, subject, "there is none in \(group.region): no task can start that writes to it",
          remedy: "make it (aws logs create-log-group --log-group-name \(group.name)), or set "
            + "`awslogs-create-group: \"true\"`", jobs: jobs)
      }
    }
  }
}
