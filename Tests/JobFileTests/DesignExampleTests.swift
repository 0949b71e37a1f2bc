import JobModel
import Testing

@testable import JobFile

@Suite("The example of the documents")
struct DesignExampleTests {
  static let text = """
    region: ap-northeast-1
    timezone: Asia/Tokyo
    notifications:
      topicArn: arn:aws:sns:ap-northeast-1:123456789012:job-failures
    defaults:
      cluster: batch
      launchType: FARGATE
      networkConfiguration:
        awsvpcConfiguration: {subnets: [subnet-0a, subnet-0b], securityGroups: [sg-0a]}
      timeout: 1h
      retry: {maxAttempts: 3, interval: 30s, backoffRate: 2, maxDelay: 10m, jitter: full}
    jobs:
      nightly-report:
        schedule: cron(0 3 * * ? *)
        oncePer: day                     # a day that has SUCCEEDED is not run again
        task:
          taskDefinition: nightly-report
          container: app
          command: [report, --full]
          environment: {STAGE: prod}
      import-orders:
        schedule: "*/15 * * * *"
        overlap: skip
        task: {taskDefinition: "import-orders:42"}
      month-end:
        schedule: cron(0 4 L * ? *)
        stateMachine: month-end.asl.json
        input: {currency: JPY}
    """

  static let network: JSONValue = [
    "AwsvpcConfiguration": ["Subnets": ["subnet-0a", "subnet-0b"], "SecurityGroups": ["sg-0a"]]
  ]
  static let retry: JSONValue = [
    ["ErrorEquals": ["ECS.UnknownLaunch", "ECS.UnknownOutcome"], "MaxAttempts": 0],
    [
      "ErrorEquals": ["States.ALL"], "IntervalSeconds": 30, "MaxAttempts": 2, "BackoffRate": 2, "MaxDelaySeconds": 600,
      "JitterStrategy": "FULL",
    ],
  ]

  @Test("It is read whole, with every default filled in")
  func wholeFile() throws {
    let result = parse(Self.text, files: ["month-end.asl.json": sampleMachine])
    #expect(result.diagnostics == [])
    let file = try #require(result.file)
    #expect(file.region == "ap-northeast-1")
    #expect(file.timezone == "Asia/Tokyo")
    #expect(file.jobs.map(\.name.description) == ["nightly-report", "import-orders", "month-end"])
    for job in file.jobs {
      #expect(job.topicARN == "arn:aws:sns:ap-northeast-1:123456789012:job-failures")
      #expect(job.timezone == "Asia/Tokyo")
      #expect(job.catchUp == Job.CatchUp(mode: .latest, within: .seconds(86_400)))
    }
  }

  @Test("A task with a container is lowered to a machine of one state, with the run in its environment")
  func nightlyReport() throws {
    let job = try #require(parse(Self.text, files: ["month-end.asl.json": sampleMachine]).file?.jobs[0])
    let machine: JSONValue = [
      "StartAt": "nightly-report",
      "States": [
        "nightly-report": [
          "Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync",
          "Parameters": [
            "TaskDefinition": "nightly-report", "Cluster": "batch", "LaunchType": "FARGATE",
            "NetworkConfiguration": Self.network,
            "Overrides": [
              "ContainerOverrides": [
                [
                  "Name": "app", "Command": ["report", "--full"],
                  "Environment": [
                    ["Name": "STAGE", "Value": "prod"],
                    ["Name": "JOB_ID", "Value": "nightly-report"],
                    ["Name": "JOB_TYPE", "Value": "batch"],
                    ["Name": "JOBD_RUN", "Value.$": "$$.Jobd.Run"],
                    ["Name": "JOBD_SLOT", "Value.$": "$$.Jobd.Slot"],
                    ["Name": "JOBD_DAY", "Value.$": "$$.Jobd.Date"],
                    [
                      "Name": "JOBD_ATTEMPT",
                      "Value.$": "States.Format('{}', States.MathAdd($$.State.RetryCount, 1))",
                    ],
                  ],
                ]
              ]
            ],
          ],
          "TimeoutSeconds": 3600, "Retry": Self.retry, "End": true,
        ]
      ],
    ]
    let expected = try Job(
      name: #require(JobName("nightly-report")),
      schedules: [Job.Schedule(expression: "cron(0 3 * * ? *)", timezone: "Asia/Tokyo")], timezone: "Asia/Tokyo",
      machine: machine, oncePer: .day,
      subscriptions: [
        Subscription(receiver: .topic(arn: "arn:aws:sns:ap-northeast-1:123456789012:job-failures"))
      ])
    #expect(job == expected)
  }

  @Test("A task whose container nobody named gets no override")
  func importOrders() throws {
    let job = try #require(parse(Self.text, files: ["month-end.asl.json": sampleMachine]).file?.jobs[1])
    #expect(job.schedules == [Job.Schedule(expression: "*/15 * * * *", timezone: "Asia/Tokyo")])
    #expect(job.overlap == .skip)
    #expect(job.oncePer == .slot)
    #expect(
      try taskState(job)["Parameters"] == [
        "TaskDefinition": "import-orders:42", "Cluster": "batch", "LaunchType": "FARGATE",
        "NetworkConfiguration": Self.network,
      ])
  }

  @Test("A state machine is taken as it stands, and the defaults of tasks leave it alone")
  func monthEnd() throws {
    let job = try #require(parse(Self.text, files: ["month-end.asl.json": sampleMachine]).file?.jobs[2])
    #expect(try job.machine == JSONValue.parse(sampleMachine))
    #expect(job.input == ["currency": "JPY"])
  }
}
