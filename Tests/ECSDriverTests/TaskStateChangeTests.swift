import JobModel
import TestSupport
import Testing

@testable import ECSDriver

@Suite("Reading task state changes out of messages")
struct TaskStateChangeTests {
  private let arn = SampleEvent.arn(1)

  /// With the members and spellings of the ECS developer guide's example.
  private let recorded = """
    {"version": "0", "id": "3317b2af-7005-947d-b652-f55e762e571a", "detail-type": "ECS Task State Change",
     "source": "aws.ecs", "account": "111122223333", "time": "2020-01-23T17:57:58Z", "region": "us-west-2",
     "resources": ["arn:aws:ecs:us-west-2:111122223333:task/FargateCluster/c13b4cb40f1f4fe4a2971f76ae5a47ad"],
     "detail": {
       "attachments": [{"id": "1789bcae", "type": "eni", "status": "ATTACHED",
                        "details": [{"name": "subnetId", "value": "subnet-abcd1234"}]}],
       "availabilityZone": "us-west-2c",
       "clusterArn": "arn:aws:ecs:us-west-2:111122223333:cluster/FargateCluster",
       "containers": [{"containerArn": "arn:aws:ecs:us-west-2:111122223333:container/cf159fd6", "lastStatus": "STOPPED",
                       "name": "FargateApp", "exitCode": 75, "runtimeId": "c13b4cb4",
                       "taskArn": "arn:aws:ecs:us-west-2:111122223333:task/FargateCluster/c13b4cb40f1f4fe4a2971f76ae5a47ad",
                       "networkInterfaces": [], "cpu": "0"}],
       "createdAt": "2020-01-23T17:57:34.402Z", "launchType": "FARGATE", "cpu": "256", "memory": "512",
       "desiredStatus": "STOPPED", "lastStatus": "STOPPED", "overrides": {"containerOverrides": [{"name": "FargateApp"}]},
       "connectivity": "CONNECTED", "connectivityAt": "2020-01-23T17:57:38.453Z",
       "stoppedReason": "Essential container in task exited", "stopCode": "EssentialContainerExited",
       "stoppedAt": "2020-01-23T17:57:58.103Z", "updatedAt": "2020-01-23T17:57:58.103Z",
       "taskArn": "arn:aws:ecs:us-west-2:111122223333:task/FargateCluster/c13b4cb40f1f4fe4a2971f76ae5a47ad",
       "taskDefinitionArn": "arn:aws:ecs:us-west-2:111122223333:task-definition/sample-fargate:1",
       "version": 4, "platformVersion": "1.3.0"}}
    """

  @Test("An event is the task as DescribeTasks shows it: instants are seconds since 1970")
  func event() throws {
    let change = try TaskStateChange.read(recorded)
    #expect(change.arn == "arn:aws:ecs:us-west-2:111122223333:task/FargateCluster/c13b4cb40f1f4fe4a2971f76ae5a47ad")
    #expect(change.status == "STOPPED" && change.version == 4 && change.isConclusive)
    #expect(change.sentAt == Instant("2020-01-23T17:57:58Z"))
    #expect(change.task["createdAt"] == 1_579_802_254.402)
    #expect(change.task["stoppedAt"] == 1_579_802_278.103)
    #expect(change.task["updatedAt"] == nil, "DescribeTasks has no such member")
    #expect(change.task["attachments"]?[0]?["details"]?[0]?["value"] == "subnet-abcd1234")
    #expect(AnswerSpelling.stateSpelling(change.task)["StoppedAt"] == 1_579_802_278_103)
    guard case .failed(let diagnosis, let aliases) = Judgement.verdict(of: change.task, essential: nil) else {
      Issue.record("a task that exited with 75 has not succeeded")
      return
    }
    #expect(aliases == ["ECS.ExitCode", "ECS.ExitCode.75"] && diagnosis.exitCodes == ["FargateApp": 75])
  }

  @Test("It may come in SNS's envelope")
  func topic() throws {
    let envelope: JSONValue = [
      "Type": "Notification", "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
      "TopicArn": "arn:aws:sns:us-west-2:111122223333:tasks", "Message": .string(recorded),
      "Timestamp": "2020-01-23T17:57:58.900Z", "SignatureVersion": "1",
    ]
    #expect(try TaskStateChange.read(envelope.text) == TaskStateChange.read(recorded))
  }

  @Test(
    "Anything else is no task's change, and it says why",
    arguments: [
      ("", "no JSON"), ("{", "no JSON"), ("17", "a JSON number"), ("null", "a JSON null"),
      (#"[{"source": "aws.ecs"}]"#, "a JSON array"), ("{}", "no EventBridge event"),
      (#"{"taskArn": "arn", "lastStatus": "STOPPED"}"#, "the rule's target must send the whole event"),
      (#"{"source": "aws.s3", "detail-type": "Object Created", "detail": {}}"#, "\"Object Created\" of aws.s3"),
      (#"{"source": "aws.ecs", "detail-type": "ECS Service Action", "detail": {}}"#, "\"ECS Service Action\""),
      (
        #"{"source": "me", "detail-type": "ECS Task State Change", "detail": {"taskArn": "a", "lastStatus": "STOPPED"}}"#,
        "of me"
      ),
      (
        #"{"source": "aws.ecs", "detail-type": "ECS Task State Change", "detail": {"lastStatus": "STOPPED"}}"#,
        "taskArn"
      ),
      (#"{"source": "aws.ecs", "detail-type": "ECS Task State Change", "detail": {"taskArn": "a"}}"#, "lastStatus"),
      (#"{"source": "aws.ecs", "detail-type": "ECS Task State Change"}"#, "`detail`"),
      (#"{"Type": "Notification", "Message": "hello"}"#, "no JSON"),
      (
        #"{"Type": "Notification", "Message": "{\"Type\": \"Notification\", \"Message\": \"{}\"}"}"#,
        "no EventBridge event"
      ),
    ])
  func others(body: String, why: String) throws {
    let error = try #require(throws: NotATaskChange.self) { try TaskStateChange.read(body) }
    #expect(error.why.contains(why))
  }

  @Test("A deeply nested message is refused, and a long name is cut")
  func hostile() throws {
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: NotATaskChange.self) { try TaskStateChange.read(deep) }
    let long: JSONValue = ["source": .string(String(repeating: "s", count: 10_000)), "detail-type": "x"]
    let error = try #require(throws: NotATaskChange.self) { try TaskStateChange.read(long.text) }
    #expect(error.why.count < 200)
  }

  @Test("A time that cannot be read stays as it is")
  func unreadableTime() throws {
    var task = try #require(SampleEvent.task(arn, "RUNNING", version: 1).objectValue)
    task["startedAt"] = "yesterday"
    let change = try TaskStateChange.read(SampleEvent.body(.object(task), time: "now"))
    #expect(change.task["startedAt"] == "yesterday" && change.sentAt == nil)
  }

  @Test(
    "An end is conclusive where the verdict needs no more",
    arguments: [
      (["stopCode": "EssentialContainerExited", "containers": [["name": "a", "exitCode": 0]]], true),
      (["stoppedReason": "Essential container in task exited", "containers": [["name": "a", "exitCode": 1]]], true),
      (["stopCode": "TaskFailedToStart", "stoppedReason": "CannotPullContainerError", "containers": []], true),
      (["stopCode": "UserInitiated", "containers": [["name": "a"]]], true),
      (["stopCode": "EssentialContainerExited", "containers": [["name": "a"]]], false),
      (["stopCode": "EssentialContainerExited", "containers": [["name": "a", "exitCode": 0], ["name": "b"]]], false),
      (["stopCode": "EssentialContainerExited", "containers": []], false),
      (["stopCode": "EssentialContainerExited"], false),
      (["containers": [["name": "a", "exitCode": 0]]], false),
    ] as [(JSONValue, Bool)])
  func conclusive(members: JSONValue, isConclusive: Bool) throws {
    var task = try #require(members.objectValue)
    task["taskArn"] = .string(arn)
    task["lastStatus"] = "STOPPED"
    #expect(try TaskStateChange.read(SampleEvent.body(.object(task))).isConclusive == isConclusive)
    task["lastStatus"] = "DEPROVISIONING"
    #expect(try TaskStateChange.read(SampleEvent.body(.object(task))).isConclusive == false)
  }
}
