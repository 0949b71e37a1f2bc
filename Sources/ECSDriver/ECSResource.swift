/// The resources of a Task state that this driver performs.
enum ECSResource: Equatable, Sendable {
  /// `ecs:runTask`: over as soon as ECS has taken the request.
  case runTask
  /// `ecs:runTask.sync`: over when the tasks have stopped.
  case runTaskSync
  /// `ecs:runTask.waitForTaskToken`: over when somebody brings the token back that the tasks were given.
  case runTaskWithToken

  /// Partitions in which Step Functions spells its integrations (`arn:aws:states:::ecs:runTask`).
  private static let partitions = ["aws", "aws-cn", "aws-us-gov"]

  init?(_ resource: String) {
    for partition in ECSResource.partitions {
      switch resource {
      case "arn:\(partition):states:::ecs:runTask": self = .runTask
      case "arn:\(partition):states:::ecs:runTask.sync": self = .runTaskSync
      case "arn:\(partition):states:::ecs:runTask.waitForTaskToken": self = .runTaskWithToken
      default: continue
      }
      return
    }
    return nil
  }
}
