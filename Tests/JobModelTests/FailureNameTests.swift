import JobModel
import Testing

@Suite("Names for Retry and Catch")
struct FailureNameTests {
  @Test(
    "A name that can occur, or that nobody here can judge, has no problem",
    arguments: [
      "ECS.OutOfMemory", "ECS.ExitCode", "ECS.ExitCode.75", "ECS.ExitCode.-1073741510", "ECS.StoppedReason.1",
      "AmazonECS.Unknown", "States.TaskFailed", "States.ALL", "ECS.SomethingThatIsNewException", "DynamoDB.Whatever",
      "Ecs.ClusterNotFoundException", "Ecs.EcsException", "Jobd.UnknownOutcome",
      "MyError", "",
    ])
  func known(name: String) { #expect(FailureName.problem(with: name) == nil) }

  @Test(
    "A misspelt one is told with what was probably meant",
    arguments: [
      ("ECS.OutOfMemroy", "ECS.OutOfMemory"), ("ecs.outofmemory", "ECS.OutOfMemory"),
      ("ECS.CapacityUnavailabe", "ECS.CapacityUnavailable"),
      ("ECS.ClusterNotFoundExeption", "ECS.ClusterNotFoundException"), ("AmazonECS.Unkown", "AmazonECS.Unknown"),
      ("ECS.ExitCode.", "ECS.ExitCode"),
    ])
  func misspelt(name: String, meant: String) {
    #expect(
      FailureName.problem(with: name) == "\(name) is no error that ECS or jobd gives; did you mean \(meant)?")
  }

  @Test("One that nothing resembles is told, too", arguments: ["ECS.Banana", "ECS.StoppedReason.0", "Jobd.Sleepy"])
  func unknown(name: String) {
    #expect(FailureName.problem(with: name)?.hasPrefix("\(name) is no error that ECS or jobd gives") == true)
  }

  @Test("What ends the run is caught by nothing", arguments: ["Jobd.Stopped", "Jobd.Unrecoverable"])
  func endings(name: String) { #expect(FailureName.problem(with: name)?.contains("no Catch sees it") == true) }
}
