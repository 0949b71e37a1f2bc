@testable import ControlAPI
import JobModel
import Testing

@Suite("What is not shown")
struct RedactionTests {
  @Test("Names of variables stay, their values go, in either spelling")
  func environments() {
    let container: JSONValue = [
      "Name": "app", "Command": ["report"],
      "Environment": [["Name": "TOKEN", "Value": "hunter2"], ["Name": "JOBD_DAY", "Value.$": "$$.Execution.Id"]],
      "environment": [["name": "PASSWORD", "value": "hunter2"], ["name": "JOBD_DAY", "value": "2026-11-21"]],
    ]
    #expect(
      container.withoutSecretValues == [
        "Name": "app", "Command": ["report"],
        "Environment": [["Name": "TOKEN", "Value": "…"], ["Name": "JOBD_DAY", "Value.$": "$$.Execution.Id"]],
        "environment": [["name": "PASSWORD", "value": "…"], ["name": "JOBD_DAY", "value": "2026-11-21"]],
      ])
    let object: JSONValue = ["environment": ["TOKEN": "hunter2", "PORT": 5]]
    #expect(object.withoutSecretValues == ["environment": ["TOKEN": "…", "PORT": "…"]])
  }

  @Test("Options of awslogs are shown, those of other log drivers are not")
  func logOptions() {
    let awslogs: JSONValue = ["logConfiguration": ["logDriver": "awslogs", "options": ["awslogs-group": "/batch"]]]
    #expect(awslogs.withoutSecretValues == awslogs)
    let splunk: JSONValue = ["LogConfiguration": ["LogDriver": "splunk", "Options": ["splunk-token": "hunter2"]]]
    #expect(
      splunk.withoutSecretValues == ["LogConfiguration": ["LogDriver": "splunk", "Options": ["splunk-token": "…"]]])
    let other: JSONValue = ["Options": ["a": 1]]
    #expect(other.withoutSecretValues == other)
  }

  @Test("A document inside a string is looked into, another text stays as it is")
  func strings() {
    let parameters = #"{"Overrides":{"ContainerOverrides":[{"Environment":[{"Name":"A","Value":"hunter2"}]}]}}"#
    let event = Fixtures.event(
      3, "TaskScheduled", 0, details: ["taskScheduledEventDetails": ["parameters": .string(parameters)]])
    #expect(
      event.withoutSecretValues.details["taskScheduledEventDetails"]?["parameters"]?.stringValue
        == #"{"Overrides":{"ContainerOverrides":[{"Environment":[{"Name":"A","Value":"…"}]}]}}"#)
    let nested: JSONValue = ["Cause": .string(JSONValue.object(["input": .string(parameters)]).text)]
    #expect(!nested.text.withoutSecretValues.contains("hunter2"))
    for text in [#"{ "rows": 12 }"#, "{not JSON, \"Environment\": hunter", #"{"Environment":   []}"#, ""] {
      #expect(text.withoutSecretValues == text)
    }
  }

  @Test("A task's token is never shown, wherever it stands")
  func tokens() throws {
    let token = "jobd-task-cmVwb3J0LjIwMjYxMTIx_MDMwMDAwWi4w-CjEKaHVudGVyMg"
    for (text, shown) in [
      (token, "jobd-task-…"), ("x\(token).", "xjobd-task-…."), ("\(token) \(token)", "jobd-task-… jobd-task-…"),
      (#"{"MessageBody":{"T":"\#(token)"}}"#, #"{"MessageBody":{"T":"jobd-task-…"}}"#), ("jobd-task-", "jobd-task-…"),
      ("no token", "no token"),
    ] {
      #expect(text.withoutSecretValues == shown)
      #expect(JSONValue.string(text).withoutSecretValues == .string(shown))
    }
    var stored = Fixtures.run(.failed, ended: "2026-11-21T03:02:00Z")
    (stored.input, stored.output) = (#"{"a":"\#(token)"}"#, #"["\#(token)"]"#)
    (stored.error, stored.cause) = ("E \(token)", "The Parameters '{\"T\":\"\(token)\"}' could not be used")
    let diagnosis = Diagnosis(class: .unknown, sentence: "said \(token)", log: ["wrote \(token)"])
    var message = Fixtures.missedMessage
    message.subject = "failed: \(token)"
    var launch = Fixtures.launch(1, .failed, diagnosis: diagnosis)
    (launch.token, launch.request) = (token, ["T": .string(token)])
    let run = RunAnswer(
      stored, timezone: "UTC", now: Fixtures.now, launches: [LaunchAnswer(launch)], messages: [MessageAnswer(message)])
    let history = RunHistoryAnswer(
      run: Fixtures.runID,
      events: [
        Fixtures.event(1, "TaskScheduled", 0, details: ["x": ["parameters": .string(#"{"T":"\#(token)"}"#)]])
      ], isMore: false)
    for text in [try WireEncoder.json(run).text, try WireEncoder.json(history).text] {
      #expect(text.contains("jobd-task-…"))
      #expect(!text.contains("cmVwb3J0"))
    }
  }

  @Test("No error about a token's answer shows the token")
  func tokenErrors() async {
    let server = InProcess()
    for body in [#"{"token":"hunter2","x":1}"#, #"{"token":["hunter2"]}"#, #"{"token":""}"#, "{}"] {
      let response = await server.respond("POST", "/v1/tasks/heartbeat", body)
      #expect(response.status == 400)
      #expect(!response.body.text.contains("hunter2"))
    }
    let long = String(repeating: "x", count: 70_000)
    #expect(await server.respond("POST", "/v1/tasks/fail", #"{"token":"\#(long)"}"#).status == 400)
    #expect(server.service.calls.isEmpty)
  }

  private static let secretMachine: JSONValue = [
    "StartAt": "Run",
    "States": [
      "Run": [
        "Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "End": true,
        "Parameters": [
          "TaskDefinition": ["ContainerDefinitions": [["Environment": [["Name": "A", "Value": "hunter2"]]]]],
          "Overrides": ["ContainerOverrides": [["Environment": [["Name": "B", "Value": "hunter2"]]]]],
        ],
      ]
    ],
  ]

  @Test("No answer about a job or a run shows the value of a variable")
  func answers() throws {
    let task = #"{"Overrides":{"ContainerOverrides":[{"Environment":[{"Name":"B","Value":"hunter2"}]}]}}"#
    let job = JobAnswer(
      Job(name: Fixtures.job, schedules: [], timezone: "UTC", machine: Self.secretMachine), now: Fixtures.now)
    var stored = Fixtures.run(.succeeded, ended: "2026-11-21T03:02:00Z")
    (stored.output, stored.cause, stored.definition) = (task, task, Self.secretMachine.text)
    let run = RunAnswer(
      stored, timezone: "UTC", now: Fixtures.now, launches: [LaunchAnswer(Fixtures.launch(1, .succeeded))])
    let history = RunHistoryAnswer(
      run: Fixtures.runID, events: [Fixtures.event(1, "TaskSubmitted", 0, details: ["x": ["output": .string(task)]])],
      isMore: false)
    let texts = [
      try WireEncoder.json(job).text, try WireEncoder.json(run).text, try WireEncoder.json(history).text,
      try WireEncoder.json(RunMachineAnswer(stored)).text,
    ]
    for text in texts {
      #expect(!text.contains("hunter2"))
    }
    #expect(texts[0].contains(#"{"Name":"A","Value":"…"}"#))
    #expect(run.output?["Overrides"]?["ContainerOverrides"]?[0]?["Environment"]?[0]?["Name"] == "B")
  }
}
