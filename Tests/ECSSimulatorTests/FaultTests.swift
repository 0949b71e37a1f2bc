import AWSClient
import JobModel
import TestSupport
import Testing

@testable import ECSSimulator

@Suite("Fault rules")
struct FaultRuleTests {
  @Test("A rule is read with its effect's own keys")
  func parse() throws {
    let text = """
      {"rules": [
        {"operation": "RunTask", "effect": "throttle", "times": 3, "skip": 1, "cluster": "batch"},
        {"effect": "failure", "reason": "RESOURCE:CPU", "startsAnyway": true, "family": "report", "times": null},
        {"effect": "hang", "state": "PROVISIONING", "probability": 0.5, "seed": 9},
        {"operation": "Publish", "effect": "error", "status": 503, "afterWork": true},
        {"effect": "stop", "kind": "spot", "seconds": 1.5}
      ]}
      """
    let failure = TaskEffect.failure(reason: "RESOURCE:CPU", detail: nil, startsAnyway: true)
    let expected: [FaultRule] = [
      FaultRule(operation: "RunTask", cluster: "batch", skip: 1, times: 3, effect: .throttle),
      FaultRule(operation: "RunTask", family: "report", times: nil, effect: .task(failure)),
      FaultRule(operation: "RunTask", probability: 0.5, seed: 9, effect: .task(.hang(.provisioning))),
      FaultRule(
        operation: "Publish",
        effect: .error(
          status: 503, code: "ServerException", message: "Service Unavailable. Please try again later.",
          afterWork: true)),
      FaultRule(operation: "RunTask", effect: .task(.stop(.spot, after: .milliseconds(1_500)))),
    ]
    #expect(try FaultRule.parse(try JSONValue.parse(text)) == expected)
  }

  @Test(
    "A mistake is named with its rule",
    arguments: [
      (#"{}"#, "must be {"), (#"{"rules": [1]}"#, "rules[0]"), (#"{"rules": [{}]}"#, "'effect' must be one of"),
      (#"{"rules": [{"effect": "throttle"}, {"effect": "fire"}]}"#, "rules[1]"),
      (#"{"rules": [{"effect": "throttle", "seconds": 3}]}"#, "unknown key 'seconds'"),
      (#"{"rules": [{"effect": "delay"}]}"#, "'seconds' is missing"),
      (#"{"rules": [{"effect": "delay", "seconds": -1}]}"#, "'seconds' must be from 0"),
      (#"{"rules": [{"effect": "hang", "state": "ASLEEP"}]}"#, "PROVISIONING"),
      (#"{"rules": [{"effect": "stop"}]}"#, "maintenance"),
      (#"{"rules": [{"effect": "throttle", "times": -1}]}"#, "must not be negative"),
      (#"{"rules": [{"effect": "throttle", "probability": 2}]}"#, "from 0 to 1"),
      (#"{"rules": [{"effect": "drop", "afterWork": "yes"}]}"#, "true or false"),
      (#"{"rules": [{"effect": "error", "status": 200}]}"#, "from 400 to 599"),
    ])
  func mistakes(text: String, part: String) throws {
    let json = try JSONValue.parse(text)
    let error = #expect(throws: FaultParseError.self) { try FaultRule.parse(json) }
    #expect(error?.description.contains(part) == true)
  }

  @Test("A rule strikes after `skip` matches, `times` times, and only what it matches")
  func counting() {
    var book = FaultBook()
    _ = book.add([FaultRule(operation: "RunTask", family: "report", skip: 1, times: 2, effect: .throttle)])
    let match = RequestFacts(operation: "RunTask", family: "report")
    let others = [RequestFacts(operation: "StopTask", family: "report"), RequestFacts(operation: "RunTask")]
    let struck = (0..<5).map { _ in others.flatMap { book.strike($0) }.isEmpty && !book.strike(match).isEmpty }
    #expect(struck == [false, true, true, false, false])
  }

  @Test("A probability is drawn from the rule's own seed")
  func probability() {
    func draw(_ seed: UInt64) -> [Bool] {
      var book = FaultBook()
      _ = book.add([FaultRule(operation: "*", times: nil, probability: 0.3, seed: seed, effect: .garbage)])
      return (0..<1_000).map { _ in !book.strike(RequestFacts(operation: "ListTasks")).isEmpty }
    }
    #expect(draw(1) == draw(1))
    #expect(draw(1) != draw(2))
    #expect((200...400).contains(draw(3).count { $0 }))
  }

  @Test("There is a bound to the number of rules")
  func bound() {
    var book = FaultBook()
    let rule = FaultRule(operation: "*", effect: .throttle)
    #expect(book.add(Array(repeating: rule, count: 1_000))?.count == 1_000)
    #expect(book.add([rule]) == nil)
  }
}

@Suite("Fates of tasks")
struct TaskFateTests {
  @Test("A task hangs in the state that was named, and can be stopped there")
  func hang() throws {
    for state in [TaskState.pending, .activating] {
      var fixture = try Fixture(LifeCycleDelays(activating: .seconds(1)))
      let arn = try fixture.run(fates: [.hang(state)])
      fixture.advance(.seconds(86_400))
      #expect(try fixture.status(arn) == state.rawValue)
      try fixture.call("StopTask", ["cluster": "batch", "task": .string(arn)])
      #expect(try fixture.status(arn) == "STOPPED")
    }
  }

  @Test("A slow start takes its time")
  func slow() throws {
    var fixture = try Fixture()
    let arn = try fixture.run(fates: [.slow(.pending, .seconds(90))])
    fixture.advance(.seconds(89))
    #expect(try fixture.status(arn) == "PENDING")
    fixture.advance(.seconds(1))
    #expect(try fixture.status(arn) == "STOPPED")
  }

  @Test("MISSING at first holds for describing and for listing")
  func missing() throws {
    var fixture = try Fixture()
    let arn = try fixture.run(Fixture.simulating("after=never"), fates: [.missing(.seconds(5))])
    #expect(try fixture.status(arn) == "MISSING")
    #expect(try fixture.call("ListTasks", ["cluster": "batch"])["taskArns"] == [])
    fixture.advance(.seconds(5))
    #expect(try fixture.status(arn) == "RUNNING")
  }

  @Test("Every kind of stop has its code, and no exit code but out of memory's", arguments: StopFault.allCases)
  func stop(_ fault: StopFault) throws {
    var fixture = try Fixture()
    let arn = try fixture.run(
      Fixture.simulating("after=never term=ignore"), fates: [.stop(fault, after: .seconds(3))])
    #expect(try fixture.status(arn) == (fault.isBeforeStart ? "STOPPED" : "RUNNING"))
    fixture.advance(.seconds(60))
    let task = try fixture.task(arn)
    #expect(task["lastStatus"]?.stringValue == "STOPPED")
    #expect(task["stopCode"]?.stringValue == fault.cause.code)
    #expect(task["stoppedReason"]?.stringValue == fault.cause.reason)
    #expect((task["startedAt"] == nil) == fault.isBeforeStart)
    let exitCode = task["containers"]?[0]?["exitCode"]?.integerValue
    #expect(exitCode == (fault.isBeforeStart ? nil : 137))
  }

  @Test("Exit codes can be absent")
  func noExitCode() throws {
    var fixture = try Fixture()
    let task = try fixture.task(try fixture.run(fates: [.noExitCode]))
    #expect(task["lastStatus"]?.stringValue == "STOPPED")
    #expect(task["containers"]?[0]?["exitCode"] == nil)
  }
}
