import JobModel
import Testing

@testable import ECSDriver

@Suite("Preparing a launch")
struct LaunchPreparationTests {
  private func prepare(_ arguments: JSONValue, number: Int = 1, installation: String = "0123456789abcdef") throws
    -> Launch
  {
    try LaunchPreparation.launch(.sample(arguments, number: number), installation: installation, at: .reference)
  }

  private func rejection(_ arguments: JSONValue) -> TaskFailure? {
    do throws(TaskFailure) {
      _ = try LaunchPreparation.launch(.sample(arguments), installation: "i", at: .reference)
      return nil
    } catch {
      return error
    }
  }

  @Test("Arguments become RunTask's input, by its shape")
  func spelling() throws {
    let launch = try prepare([
      "Cluster": "batch", "TaskDefinition": "report:42", "LaunchType": "FARGATE", "EnableECSManagedTags": true,
      "NetworkConfiguration": ["AwsvpcConfiguration": ["Subnets": ["subnet-0a"], "AssignPublicIp": "ENABLED"]],
      "Overrides": [
        "ContainerOverrides": [
          [
            "Name": "app", "Command": ["report", "--Full"], "Cpu": 256,
            "Environment": [["Name": "STAGE", "Value": "Prod"]],
          ]
        ],
        "EphemeralStorage": ["SizeInGiB": 30],
      ],
      "Tags": [["Key": "Team", "Value": "Data"]],
      "VolumeConfigurations": [
        ["Name": "scratch", "ManagedEBSVolume": ["RoleArn": "r", "SizeInGiB": 10, "KmsKeyId": "k"]]
      ],
      "Group": nil,
    ])
    #expect(
      launch.request == [
        "cluster": "batch", "taskDefinition": "report:42", "launchType": "FARGATE", "enableECSManagedTags": true,
        "networkConfiguration": ["awsvpcConfiguration": ["subnets": ["subnet-0a"], "assignPublicIp": "ENABLED"]],
        "overrides": [
          "containerOverrides": [
            [
              "name": "app", "command": ["report", "--Full"], "cpu": 256,
              "environment": [["name": "STAGE", "value": "Prod"]],
            ]
          ],
          "ephemeralStorage": ["sizeInGiB": 30],
        ],
        "tags": [["key": "Team", "value": "Data"]],
        "volumeConfigurations": [
          ["name": "scratch", "managedEBSVolume": ["roleArn": "r", "sizeInGiB": 10, "kmsKeyId": "k"]]
        ],
        "count": 1, "startedBy": "jobd/01234567/nightly-report/20261121T030000Z/0/1",
        "clientToken": .string(launch.clientToken ?? ""),
      ])
    #expect(launch.cluster == "batch")
    #expect(launch.status == .intended)
  }

  @Test(
    "A mistake is named as Step Functions names it",
    arguments: [
      (
        ["TaskDefinition": "a", "cluster": "b"],
        #"The field "cluster" is not supported by Step Functions (did you mean "Cluster"?)"#
      ),
      (["TaskDefinition": "a", "Colour": "b"], #"The field "Colour" is not supported by Step Functions"#),
      (["Cluster": "b"], "The field 'TaskDefinition' is required but was missing"),
      (["TaskDefinition": nil], "The field 'TaskDefinition' is required but was missing"),
      (["TaskDefinition": 3], "The value for the field 'TaskDefinition' must be a STRING"),
      (["TaskDefinition": "a", "Count": 1.5], "The value for the field 'Count' must be an INTEGER"),
      (["TaskDefinition": "a", "EnableExecuteCommand": "true"], "must be a BOOLEAN"),
      (
        ["TaskDefinition": "a", "NetworkConfiguration": ["AwsvpcConfiguration": ["Subnets": "subnet-1"]]],
        "The value for the field 'NetworkConfiguration.AwsvpcConfiguration.Subnets' must be a LIST"
      ),
      (
        ["TaskDefinition": "a", "Overrides": ["ContainerOverrides": [["Environment": [["name": "x"]]]]]],
        #"The field "Overrides.ContainerOverrides[0].Environment[0].name" is not supported"#
      ),
      ("text", "must be a STRUCTURE"),
    ] as [(JSONValue, String)])
  func mistakes(arguments: JSONValue, expected: String) throws {
    let failure = try #require(rejection(arguments))
    #expect(failure.error == "States.Runtime")
    #expect(failure.cause.contains(expected), "\(failure.cause)")
    #expect(failure.diagnosis?.class == .refused)
  }

  @Test("All mistakes are reported at once")
  func allMistakes() throws {
    let cause = try #require(rejection(["A": 1, "B": 2])).cause
    #expect(cause.contains(#""A""#) && cause.contains(#""B""#) && cause.contains("TaskDefinition"))
  }

  @Test("Overrides over 8,192 characters are refused before they are sent")
  func overrides() throws {
    func command(_ length: Int) -> JSONValue {
      [
        "TaskDefinition": "a",
        "Overrides": ["ContainerOverrides": [["Command": [.string(String(repeating: "x", count: length))]]]],
      ]
    }
    #expect(rejection(command(8_100)) == nil)
    #expect(try #require(rejection(command(8_192))).error == "ECS.InvalidParameterException")
  }

  @Test("A count beyond ten tasks, or of none, is refused", arguments: [0, -1, 11] as [Int64])
  func count(count: Int64) throws {
    #expect(try #require(rejection(["TaskDefinition": "a", "Count": .integer(count)])).cause.contains("\(count)"))
  }

  @Test("StartedBy and ClientToken are jobd's own, whatever the arguments say")
  func ownIdentity() throws {
    let launch = try prepare(["TaskDefinition": "a", "StartedBy": "me", "ClientToken": "mine"])
    #expect(launch.request["startedBy"]?.stringValue == launch.startedBy)
    #expect(launch.request["clientToken"]?.stringValue == launch.clientToken)
    #expect(launch.cluster == "default")
  }

  @Test("The token depends on installation, run and launch number, and on nothing else")
  func token() throws {
    let token = try #require(try prepare(Fixture.arguments).clientToken)
    #expect(token.utf8.count == 64)
    #expect(token.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) })
    #expect(try prepare(["TaskDefinition": "other"]).clientToken == token)
    #expect(try prepare(Fixture.arguments, number: 2).clientToken != token)
    #expect(try prepare(Fixture.arguments, installation: "0123456789abcdee").clientToken != token)
  }

  @Test("The longest startedBy fits into ECS's 128 characters and its alphabet")
  func longestStartedBy() throws {
    let job = try #require(JobName(String(repeating: "j", count: 64)))
    let at = Instant(milliseconds: 253_402_300_799_999)
    let id = LaunchID(run: RunID(slot: SlotKey(job: job, scheduledAt: at), rerun: 9_999_999_999), number: 9_999_999_999)
    let text = LaunchIdentity.startedBy(id, installation: "a!b c.d/efghijkl")
    #expect(text.utf8.count <= 128)
    #expect(text.hasPrefix("jobd/abcdefgh/"))
  }

  @Test(
    "The resource is recognized in every partition",
    arguments: [
      ("arn:aws:states:::ecs:runTask", true), ("arn:aws:states:::ecs:runTask.sync", true),
      ("arn:aws-cn:states:::ecs:runTask.sync", true), ("arn:aws-us-gov:states:::ecs:runTask", true),
      ("arn:aws:states:::ecs:runTask.waitForTaskToken", true), ("arn:aws:states:::sns:publish", false),
      ("arn:aws:states:eu-central-1::ecs:runTask", false), ("", false),
    ])
  func handles(resource: String, expected: Bool) {
    #expect(Fixture().driver.handles(resource) == expected)
  }
}
