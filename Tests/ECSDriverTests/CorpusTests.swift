import AWSClient
import JobModel
import TestSupport
import Testing

@testable import ECSDriver

@Suite("Recorded bodies of ECS", .enabled(if: Corpora.isThere))
struct CorpusTests {
  private func body(_ name: String) throws -> JSONValue { try JSONValue.parse(try Corpora.text("ecs/\(name)")) }

  @Test("Every body is read, and judged as its row expects")
  func judged() throws {
    let rows = try Corpora.lines("ecs/index.jsonl")
    #expect(!rows.isEmpty)
    for row in rows {
      let file = try #require(row["file"]?.stringValue)
      let expect = try #require(row["expect"]?.stringValue)
      let body = try body(file)
      switch row["op"]?.stringValue {
      case "DescribeTasks": try judge(body["tasks"]?[0] ?? .null, expect, file)
      case "StopTask": try judge(body["task"] ?? .null, "failure: " + expect, file)
      case "RunTask":
        let answer = RunTaskAnswer(body)
        #expect(answer.tasks.isEmpty && !answer.failures.isEmpty, "\(file)")
        #expect(LaunchFailures.failures(answer.failures).aliases.contains("ECS.CapacityUnavailable"), "\(file)")
      case "StepFunctions ecs:runTask.sync output", "StepFunctions ecs:runTask output":
        #expect(Judgement.verdict(of: body, essential: nil) == .succeeded, "\(file)")
      case "StepFunctions States.TaskFailed cause (JSON string in AWS)": try judge(body, "failure", file)
      default: try judgeError(body, expect, file)
      }
    }
  }

  private func judge(_ task: JSONValue, _ expect: String, _ file: String) throws {
    if expect.hasPrefix("still running") || expect.hasPrefix("not yet STOPPED") {
      return try expectGoesOn(task, file)
    }
    let verdict = Judgement.verdict(of: task, essential: nil)
    guard case .failed(let diagnosis, _) = verdict else {
      #expect(expect.hasPrefix("success"), "\(file)")
      return
    }
    #expect(expect.hasPrefix("failure"), "\(file): \(diagnosis.sentence)")
    if expect.contains("OOM") { #expect(diagnosis.class == .outOfMemory) }
    if expect.contains("main exit 2") { #expect(diagnosis.sentence.contains("\"main\" exited with code 2")) }
    if expect.contains("TaskFailedToStart") { #expect(diagnosis.class == .image) }
    if file.contains("secret") { #expect(diagnosis.class == .secrets) }
    if file.contains("host-terminated") { #expect(diagnosis.class == .stopped) }
  }

  private func expectGoesOn(_ task: JSONValue, _ file: String) throws {
    var state = ObserverState()
    var generator = RandomGenerator(SeededRandom(seed: 1))
    let key = ObserverState.Key(cluster: "jobs", arn: try #require(taskARN(task)))
    state.watch(key, age: .zero, at: .zero)
    let batch = try #require(state.takeBatches(at: .seconds(2)).first)
    let ends = state.answered(batch, ["tasks": [task]], at: .seconds(2), using: &generator)
    #expect(ends.isEmpty && state.count == 1, "\(file)")
  }

  private func judgeError(_ body: JSONValue, _ expect: String, _ file: String) throws {
    let code = try #require(body["__type"]?.stringValue)
    let message = try #require(body["message"]?.stringValue)
    if expect == "do not retry" {
      #expect(LaunchFailures.refused(.refused(code, message)).error == "ECS.\(code)", "\(file)")
    }
  }

  @Test("A stopped task becomes what Step Functions has as output")
  func spelling() throws {
    let task = try #require(try body("describetasks-stopped-exit0-fargate.json")["tasks"]?[0])
    let expected = try body("sfn-runtask-sync-output-exit0.json")
    #expect(withoutTimes(AnswerSpelling.stateSpelling(task)) == expected)
    let failed = try #require(try body("describetasks-cannotpull.json")["tasks"]?[0])
    #expect(
      withoutTimes(AnswerSpelling.stateSpelling(failed)) == (try body("sfn-runtask-sync-cause-cannotpull.json")))
  }

  @Test("Instants become whole milliseconds since 1970")
  func instants() throws {
    let real = try body("sfn-runtask-output-spot-real-times.json")
    #expect(real["CreatedAt"] == 1_680_596_442_871)
    #expect(AnswerSpelling.stateSpelling(["createdAt": 1_680_596_442.871])["CreatedAt"] == real["CreatedAt"])
    #expect(AnswerSpelling.stateSpelling(["stoppedAt": 1_680_596_442])["StoppedAt"] == 1_680_596_442_000)
  }

  /// The recording has the word "time" in place of every instant.
  private func withoutTimes(_ value: JSONValue) -> JSONValue {
    guard let object = value.objectValue else { return value }
    return .object(
      JSONObject(
        object.map { key, value in
          (key: key, value: key.hasSuffix("At") && value.integerValue != nil ? "time" : value)
        }))
  }
}
