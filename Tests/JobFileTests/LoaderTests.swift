import Foundation
import JobModel
import StatesLanguage
import Testing

@testable import JobFile

@Suite("Loading a job file from disk")
struct LoaderTests {
  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("jobfile-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  @Test("State machines are found beside the job file, whatever the working directory")
  func relative() throws {
    try withFolder { folder in
      let path = folder.appendingPathComponent("jobs.yaml")
      try Data("jobs: {a: {stateMachine: machines/a.json}}\n".utf8).write(to: path)
      #expect(JobFile.load(path: path.path).errors.first?.message.hasSuffix("there is no such file") == true)
      try FileManager.default.createDirectory(
        at: folder.appendingPathComponent("machines"), withIntermediateDirectories: true)
      try Data(sampleMachine.utf8).write(to: folder.appendingPathComponent("machines/a.json"))
      let job = try #require(JobFile.load(path: path.path).file?.jobs.first)
      #expect(try job.machine == JSONValue.parse(sampleMachine))
    }
  }

  @Test("A mistake in a state machine's file names that file as the caller can open it")
  func machinePath() throws {
    try withFolder { folder in
      let machine = folder.appendingPathComponent("a.json")
      try Data(#"{"StartAt": "A", "States": {}}"#.utf8).write(to: machine)
      for name in ["a.json", machine.path] {
        let path = folder.appendingPathComponent("jobs.yaml").path
        try Data("jobs: {a: {timeout: 1h, stateMachine: \(name)}}\n".utf8).write(to: URL(fileURLWithPath: path))
        let files = Set(JobFile.load(path: path).errors.map(\.file))
        #expect(files == [machine.path])
      }
    }
  }

  @Test("A calendar is found beside the job file, also where its folds part a character's bytes")
  func calendar() throws {
    try withFolder { folder in
      let path = folder.appendingPathComponent("jobs.yaml")
      try Data(
        """
        calendars: {holidays: {file: holidays.ics}}
        jobs: {a: {schedule: "@daily", calendar: holidays, timeout: 1h, task: {taskDefinition: a}}}

        """.utf8
      ).write(to: path)
      let calendar = folder.appendingPathComponent("holidays.ics")
      var bytes = Array("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:元".utf8)
      bytes.insert(contentsOf: Array("\r\n ".utf8), at: bytes.count - 1)
      bytes += Array("\r\nDTSTART;VALUE=DATE:20260101\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n".utf8)
      try Data(bytes).write(to: calendar)
      let job = try #require(JobFile.load(path: path.path).file?.jobs.first)
      #expect(job.calendar?.calendars.first?.dates == [CivilDate(year: 2026, month: 1, day: 1)])
      try Data("BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\n".utf8).write(to: calendar)
      #expect(
        JobFile.load(path: path.path).errors.map { "\($0.file):\($0.line)" } == ["\(calendar.path):3"])
    }
  }

  @Test("A file that is not there, a folder, and bytes that are no UTF-8 are told")
  func unreadable() throws {
    try withFolder { folder in
      let path = folder.appendingPathComponent("jobs.yaml")
      #expect(JobFile.load(path: path.path).errors.map(\.message) == ["there is no such file"])
      #expect(JobFile.load(path: folder.path).errors.map(\.message) == ["this is a folder, not a file"])
      try Data(Array("jobs:\n  a".utf8) + [0xE9, 0x3A]).write(to: path)
      let error = try #require(JobFile.load(path: path.path).errors.first)
      #expect(error.message == "the file is not UTF-8; save it as UTF-8")
      #expect("\(error.line):\(error.column)" == "2:4")
    }
  }
}

@Suite("State machines of jobs")
struct StateMachineJobTests {
  @Test("A definition may stand in the job file, or in a YAML file")
  func yaml() throws {
    let machine: JSONValue = ["TimeoutSeconds": 60, "StartAt": "A", "States": ["A": ["Type": "Succeed"]]]
    let inline = try onlyJob(
      """
      jobs:
        a:
          stateMachine:
            TimeoutSeconds: 60
            StartAt: A
            States: {A: {Type: Succeed}}
      """)
    #expect(inline.machine == machine)
    let file = "TimeoutSeconds: 60\nStartAt: A\nStates:\n  A: {Type: Succeed}\n"
    #expect(try onlyJob("jobs: {a: {stateMachine: a.yaml}}\n", files: ["a.yaml": file]).machine == machine)
  }

  @Test("A job's timeout is that of the whole execution")
  func timeout() throws {
    let definition = "{StartAt: A, States: {A: {Type: Succeed}}}"
    #expect(
      try onlyJob("jobs: {a: {timeout: 2h, stateMachine: \(definition)}}\n").machine["TimeoutSeconds"] == 7_200)
    let endless = try onlyJob("jobs: {a: {timeout: none, stateMachine: \(definition)}}\n")
    #expect(endless.machine.objectValue?.keys == ["StartAt", "States"])
    let warned = mistakes("defaults: {timeout: 1h}\njobs: {a: {stateMachine: \(definition)}}\n")
    #expect(warned.count == 1 && warned[0].hasPrefix("2:12 warning neither a `timeout`"))
  }

  @Test("A file's mistakes are shown in that file, once, though two jobs name it")
  func brokenFile() {
    let result = parse(
      "jobs: {a: {stateMachine: a.json}, b: {stateMachine: a.json}}\n", files: ["a.json": "{\n  \"StartAt\": ,\n}"])
    #expect(result.errors.map { "\($0.file):\($0.line):\($0.column)" } == ["a.json:2:14"])
    #expect(result.errors.first?.sourceLine == "  \"StartAt\": ,")
  }
}

@Suite("Machines under the states language's own rules")
struct StatesLanguageTests {
  @Test("Every machine that a task is lowered to is sound")
  func lowered() throws {
    let file = try #require(parse(DesignExampleTests.text, files: ["month-end.asl.json": sampleMachine]).file)
    for job in file.jobs {
      #expect(StateMachine.parse(job.machine.text).diagnostics == [])
    }
    let names = ["0", "a-b_c", String(repeating: "x", count: 64)]
    for name in names {
      let job = try onlyJob("jobs: {\(name): {timeout: 1h, task: {taskDefinition: a, container: $.x}}}\n")
      // The container's name looks like a path, and is none.
      let diagnostics = StateMachine.parse(job.machine.text).diagnostics
      #expect(diagnostics.allSatisfy { $0.severity == .warning && $0.message.hasPrefix("NO_DOLLAR") })
    }
  }

  @Test("A definition's mistakes stand on their own lines, in its file or in the job file")
  func mistakes() {
    let definition =
      "{\n  \"TimeoutSeconds\": 60,\n  \"StartAt\": \"A\",\n  \"States\": {\n    \"A\": {\"Type\": \"Task\", \"End\": true}\n  }\n}\n"
    let file = parse("jobs: {a: {stateMachine: a.json}}\n", files: ["a.json": definition])
    #expect(file.file == nil)
    #expect(Set(file.errors.map { "\($0.file):\($0.line)" }) == ["a.json:5"])
    let inline = parse(
      """
      jobs:
        a:
          stateMachine:
            TimeoutSeconds: 60
            StartAt: A
            States:
              A:
                Type: Task
                End: true
      """)
    #expect(inline.file == nil)
    #expect(inline.errors.allSatisfy { $0.file == "jobs.yaml" && (7...9).contains($0.line) }, "\(inline.errors)")
    #expect(inline.errors.allSatisfy { $0.path.hasPrefix("jobs.a.stateMachine.States.A") })
  }
}
