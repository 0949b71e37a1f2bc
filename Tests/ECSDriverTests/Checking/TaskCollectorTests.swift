import JobModel
import Testing

@testable import ECSDriver

@Suite("The ECS tasks of a state machine")
struct TaskCollectorTests {
  private let resource: JSONValue = "arn:aws:states:::ecs:runTask.sync"

  private func machine(_ parameters: JSONValue) -> JSONValue {
    [
      "StartAt": "Run",
      "States": ["Run": ["Type": "Task", "Resource": resource, "Parameters": parameters, "End": true]],
    ]
  }

  @Test("Everything that the check asks about is read")
  func whole() {
    let collected = TaskCollector.tasks(
      of: machine([
        "Cluster": "batch", "TaskDefinition": "report:7", "PlatformVersion": "1.4.0", "EnableExecuteCommand": true,
        "CapacityProviderStrategy": [["CapacityProvider": "FARGATE_SPOT", "Weight": 1]],
        "NetworkConfiguration": [
          "AwsvpcConfiguration": ["Subnets": ["subnet-1"], "SecurityGroups": ["sg-1"], "AssignPublicIp": "ENABLED"]
        ],
        "Overrides": [
          "TaskRoleArn": "arn:t", "ExecutionRoleArn": "arn:e",
          "ContainerOverrides": [["Name": "app", "Environment": [["Name": "A", "Value.$": "$.a"]]]],
        ],
        "Tags": [["Key": "a", "Value": "b"]],
        "VolumeConfigurations": [["Name": "v", "ManagedEBSVolume": ["RoleArn": "arn:v"]]],
      ]), job: .sample)
    let expected = CheckedTask(
      job: .sample, cluster: "batch", taskDefinition: .named("report:7"),
      capacityProviderStrategy: ["FARGATE_SPOT"], platformVersion: "1.4.0", subnets: ["subnet-1"],
      securityGroups: ["sg-1"], assignPublicIp: true, containers: ["app"], overrideTaskRole: "arn:t",
      overrideExecutionRole: "arn:e", infrastructureRoles: ["arn:v"], enablesExecuteCommand: true, hasTags: true)
    #expect(collected == CollectedTasks(tasks: [expected]))
    #expect(collected.tasks.first?.isFargate == true)
  }

  @Test("Branches and iterations are looked into, the same task is kept once, and other tasks are left out")
  func nested() {
    let task: JSONValue = ["Type": "Task", "Resource": resource, "Parameters": ["TaskDefinition": "a"]]
    let other: JSONValue = ["Type": "Task", "Resource": resource, "Parameters": ["TaskDefinition": "b"]]
    let publish: JSONValue = ["Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Parameters": [:]]
    let collected = TaskCollector.tasks(
      of: [
        "States": [
          "Both": [
            "Type": "Parallel", "Branches": [["States": ["A": task]], ["States": ["A2": task, "P": publish]]],
          ],
          "Each": ["Type": "Map", "ItemProcessor": ["States": ["Inner": ["Branches": [["States": ["B": other]]]]]]],
          "Old": ["Type": "Map", "Iterator": ["States": ["A3": task]]],
        ]
      ], job: .sample)
    #expect(collected.tasks.map(\.taskDefinition) == [.named("a"), .named("b")])
    #expect(collected.tasks.map(\.cluster) == ["default", "default"])
    #expect(collected.undetermined.isEmpty)
  }

  @Test(
    "A field that the run works out is named, in either query language",
    arguments: [
      (["TaskDefinition.$": "$.d"], ["TaskDefinition"], 0), (["TaskDefinition": "{% $d %}"], ["TaskDefinition"], 0),
      (["TaskDefinition": "a", "Cluster.$": "$.c"], ["Cluster"], 0),
      (
        ["TaskDefinition": "a", "NetworkConfiguration": ["AwsvpcConfiguration": ["Subnets.$": "$.s"]]],
        ["NetworkConfiguration.AwsvpcConfiguration.Subnets"], 1
      ),
      (
        ["TaskDefinition": "a", "Overrides": ["TaskRoleArn": "{% $r %}", "ContainerOverrides": [["Name.$": "$.n"]]]],
        ["Overrides.TaskRoleArn", "Overrides.ContainerOverrides[0].Name"], 1
      ),
      (
        ["TaskDefinition": ["Family": "a", "ContainerDefinitions": [["Image.$": "$.i"]]]],
        ["TaskDefinition.ContainerDefinitions[0].Image"], 1
      ), ("text", ["Parameters"], 0),
    ] as [(JSONValue, [String], Int)])
  func dynamic(parameters: JSONValue, fields: [String], tasks: Int) {
    let collected = TaskCollector.tasks(of: machine(parameters), job: .sample)
    #expect(collected.undetermined == fields.map { UndeterminedField(job: .sample, state: "Run", field: $0) })
    #expect(collected.tasks.count == tasks)
  }

  @Test("A definition of the job file's own is read in either spelling, and the user's own keys are kept")
  func given() {
    let pascal: JSONValue = [
      "Family": "report",
      "ContainerDefinitions": [
        [
          "Name": "app", "DockerLabels": ["Team": "x"],
          "LogConfiguration": ["LogDriver": "awslogs", "Options": ["awslogs-group": "g", "Mode": "m"]],
        ]
      ],
    ]
    let camel: JSONValue = [
      "family": "report",
      "containerDefinitions": [
        [
          "name": "app", "dockerLabels": ["Team": "x"],
          "logConfiguration": ["logDriver": "awslogs", "options": ["awslogs-group": "g", "Mode": "m"]],
        ]
      ],
    ]
    for definition in [pascal, camel] {
      let collected = TaskCollector.tasks(of: machine(["TaskDefinition": definition]), job: .sample)
      #expect(collected.tasks.map(\.taskDefinition) == [.given(camel)])
    }
  }

  @Test(
    "What is no definition has no tasks", arguments: [nil, "text", ["States": []], ["States": ["A": 7]]] as [JSONValue])
  func garbage(machine: JSONValue) {
    #expect(TaskCollector.tasks(of: machine, job: .sample) == CollectedTasks())
  }
}

@Suite("Images and secrets as they are named")
struct ReferenceTests {
  @Test(
    "A private ECR image is taken apart",
    arguments: [
      ("111111111111.dkr.ecr.eu-central-1.amazonaws.com/a/b:1", "eu-central-1", "a/b", "imageTag", "1"),
      ("111111111111.dkr.ecr.cn-north-1.amazonaws.com.cn/a", "cn-north-1", "a", "imageTag", "latest"),
      ("111111111111.dkr.ecr-fips.us-east-1.amazonaws.com/a@sha256:f", "us-east-1", "a", "imageDigest", "sha256:f"),
      ("111111111111.dkr-ecr.eu-west-1.on.aws/a:1@sha256:f", "eu-west-1", "a", "imageDigest", "sha256:f"),
    ])
  func image(_ text: String, _ region: String, _ repository: String, _ member: String, _ value: String) throws {
    let image = try #require(ImageReference(text))
    #expect(image.registry == "111111111111" && image.region == region && image.repository == repository)
    #expect(image.imageID == (member, value))
  }

  @Test(
    "Another image is not",
    arguments: [
      "nginx", "nginx:1", "public.ecr.aws/x/y:1", "registry:5000/a", "111111111111.dkr.ecr.eu-central-1.amazonaws.com",
      "111111111111.dkr.ecr.eu-central-1.amazonaws.com/", "11.dkr.ecr.eu-central-1.amazonaws.com/a",
      "111111111111.dkr.ecr.eu-central-1.amazonaws.com/a:", "",
    ])
  func otherImage(_ text: String) { #expect(ImageReference(text) == nil) }

  @Test("A secret's ARN loses its key, a parameter's gains its slash")
  func secrets() {
    let parameter = "arn:aws:ssm:eu-central-1:111111111111:parameter"
    let name = ResourceName(FakeAWS.secret)
    for suffix in ["", ":password::", "::AWSCURRENT:"] {
      #expect(SecretReference(FakeAWS.secret + suffix) == name.map(SecretReference.secret))
    }
    #expect(
      SecretReference("\(parameter)/batch/key")
        == .parameter(name: "/batch/key", region: "eu-central-1", account: "111111111111"))
    #expect(
      SecretReference("\(parameter)/key") == .parameter(name: "key", region: "eu-central-1", account: "111111111111"))
    #expect(SecretReference("key") == .parameter(name: "key", region: nil, account: nil))
    #expect(SecretReference("arn:aws:s3:::bucket") == nil)
  }
}
