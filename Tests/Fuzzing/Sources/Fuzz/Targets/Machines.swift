import JobModel
@testable import StatesLanguage

extension FuzzTarget {
  /// A definition in the Amazon States Language, an input, and what its tasks report, a letter each; run for some
  /// events, with a copy beside it that is stored and read again before every one.
  static let machine = FuzzTarget(name: "machine") { input in
    let parts = input.parts(3)
    let (machine, diagnostics) = StateMachine.parse(parts[0])
    require((machine == nil) == diagnostics.contains { $0.severity == .error }, "a machine or an error: \(diagnostics)")
    let lines = parts[0].utf8.count { $0 == UInt8(ascii: "\n") } + 1
    for diagnostic in diagnostics {
      require((1...lines).contains(diagnostic.line), "a line of \(lines): \(diagnostic)")
    }
    guard let definition = try? JSONValue.parse(parts[0]) else { return }
    let graph = MachineGraph(definition)
    _ = MermaidRendering(graph)
    _ = DotRendering(graph)
    guard let machine else { return }
    let value = (try? JSONValue.parse(parts[1])) ?? [:]
    var twins = Twins(machine, input: value)
    twins.begin()
    twins.run(reports: Array(parts[2].utf8.prefix(64)))
    let progress = MachineProgress(graph, history: twins.history)
    _ = MermaidRendering(graph, progress: progress)
    twins.redrive()
  }

  /// The rows of a stored execution, as a JSON object of values by name.
  static let storedScopes = FuzzTarget(name: "stored-scopes") { input in
    let parts = input.parts(2)
    guard let object = (try? JSONValue.parse(parts[0]))?.objectValue else { return }
    let rows = Dictionary(object.map { ($0.key, $0.value.utf8) }, uniquingKeysWith: { $1 })
    if let entry = try? ExecutionEntry(scopes: rows) {
      if entry.problem(in: everyState) == nil {
        var twins = Twins(everyState, input: entry.input, entry: entry, isAlone: true)
        twins.begin()
        twins.run(reports: Array(parts[1].utf8.prefix(16)))
      }
    }
    guard let execution = try? Execution(machine: everyState, scopes: rows) else { return }
    require(reread(execution) == execution, "stored and read again it is the same")
    var twins = Twins(execution, isAlone: true)
    twins.run(reports: Array(parts[1].utf8.prefix(16)))
  }

  /// A machine with states of every type, for scopes that are made up.
  private static let everyState: StateMachine = {
    let text = #"""
      {"StartAt": "T", "States": {
        "T": {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "TimeoutSeconds": 9, "HeartbeatSeconds": 3,
          "Parameters": {"x.$": "$"}, "Retry": [{"ErrorEquals": ["A"], "MaxAttempts": 2, "JitterStrategy": "FULL"}],
          "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.e", "Next": "W"}], "Next": "P"},
        "W": {"Type": "Wait", "Seconds": 5, "Next": "M"},
        "P": {"Type": "Parallel", "Next": "M", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "W"}], "Branches": [
          {"StartAt": "B", "States": {"B": {"Type": "Wait", "Seconds": 1, "End": true}}},
          {"StartAt": "C", "States": {"C": {"Type": "Pass", "Assign": {"v": 1}, "End": true}}}]},
        "M": {"Type": "Map", "ItemsPath": "$.i", "MaxConcurrency": 2, "ToleratedFailureCount": 1, "Next": "D",
          "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "I", "States": {
            "I": {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.waitForTaskToken",
              "Parameters": {"t.$": "$$.Task.Token"}, "End": true}}}},
        "D": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": true, "Next": "F"}], "Default": "S"},
        "S": {"Type": "Succeed"}, "F": {"Type": "Fail", "Error": "e"}}}
      """#
    guard let machine = StateMachine.parse(text).machine else { preconditionFailure("the machine has mistakes") }
    return machine
  }()

  static func reread(_ execution: Execution) -> Execution? {
    guard var copy = try? Execution(machine: execution.machine, scopes: execution.rows()) else { return nil }
    copy.limits = execution.limits
    return copy
  }
}

/// An execution that stays in memory, and one that is stored and read again before every event, as after a crash: both
/// must want the same.
private struct Twins {
  private var kept: Execution
  private var stored: Execution
  private var rows: [String: [UInt8]] = [:]
  private var keptRandom = RandomGenerator(SeededRandom(seed: 1))
  private var storedRandom = RandomGenerator(SeededRandom(seed: 1))
  private var now = Instant(seconds: 1_700_000_000)
  private(set) var history: [HistoryEvent] = []
  private let machine: StateMachine
  /// Rows that are made up may contradict each other, so that it matters in which order they are read; then only one
  /// execution runs.
  private var isAlone = false

  /// Events after which an execution is left alone.
  private static let mostEvents = 40

  init(_ machine: StateMachine, input: JSONValue, entry: ExecutionEntry? = nil, isAlone: Bool = false) {
    self.machine = machine
    self.isAlone = isAlone
    kept = Execution(machine: machine, input: input, context: Twins.context(input, entry), entry: entry)
    kept.limits.events = 400
    kept.limits.payloadBytes = 20_000
    stored = kept
  }

  init(_ execution: Execution, isAlone: Bool) {
    machine = execution.machine
    self.isAlone = isAlone
    kept = execution
    kept.limits.events = 400
    kept.limits.payloadBytes = 20_000
    stored = kept
    rows = kept.rows()
  }

  private static func context(_ input: JSONValue, _ entry: ExecutionEntry?) -> JSONValue {
    var execution: JSONObject = ["Id": "run.0", "Name": "run", "StartTime": "2026-11-21T03:00:00.000Z", "Input": input]
    if let entry { execution["RedriveCount"] = .integer(Int64(entry.redriveCount)) }
    return ["Execution": .object(execution), "StateMachine": ["Id": "m", "Name": "m"]]
  }

  mutating func begin() {
    apply { execution, now, random in execution.start(at: now, using: &random) }
  }

  mutating func run(reports: [UInt8]) {
    var reports = reports[...]
    for _ in 0..<Twins.mostEvents where kept.result == nil {
      if let task = kept.openTasks.first(where: { _ in reports.first != nil }), let letter = reports.popFirst() {
        let event = Twins.event(letter)
        apply { execution, now, random in execution.taskEvent(task.task, event, at: now, using: &random) }
        continue
      }
      guard let timer = kept.timers.min(by: { ($0.value, $0.key) < ($1.value, $1.key) }) else { return }
      now = max(now, timer.value)
      apply { execution, now, random in execution.timerFired(timer.key, at: now, using: &random) }
    }
  }

  /// Goes on with an execution that failed.
  mutating func redrive() {
    guard let result = kept.result, let entry = try? ExecutionEntry(scopes: kept.rows()) else { return }
    if case .succeeded = result { return }
    guard entry.problem(in: machine) == nil else { return }
    var again = Twins(machine, input: entry.input, entry: entry)
    again.begin()
    again.run(reports: [])
  }

  private static func event(_ letter: UInt8) -> TaskEvent {
    switch letter {
    case UInt8(ascii: "s"): .succeeded(output: ["n": 1, "list": [1, [2], ["a": 3]], "text": "x"])
    case UInt8(ascii: "o"): .succeeded(output: [])
    case UInt8(ascii: "u"): .submitted(output: ["id": "1"])
    case UInt8(ascii: "h"): .heartbeat
    case UInt8(ascii: "t"): .failed(error: "States.Timeout", aliases: [], cause: "late")
    default: .failed(error: "A", aliases: ["States.TaskFailed"], cause: "{\"n\": 1}")
    }
  }

  private mutating func apply(
    _ event: (inout Execution, Instant, inout RandomGenerator) -> [ExecutionEffect]
  ) {
    let effects = event(&kept, now, &keptRandom)
    if isAlone {
      require((try? Execution(machine: machine, scopes: kept.rows())) != nil, "what was stored can be read")
      return
    }
    let others = event(&stored, now, &storedRandom)
    require(effects == others, "a copy that was stored wants the same: \(effects) and \(others)")
    for case .record(let event) in effects { history.append(event) }
    let all = kept.rows()
    for (name, bytes) in stored.changedRows() { rows[name] = bytes }
    require(rows == all, "the rows that changed make the rows: \(difference(rows, all))")
    guard var copy = try? Execution(machine: machine, scopes: rows) else {
      require(false, "what was stored can be read: \(rows.mapValues { String(decoding: $0, as: UTF8.self) })")
      return
    }
    require(copy.rows() == all, "what was read is stored the same: \(difference(copy.rows(), all))")
    copy.limits = kept.limits
    stored = copy
  }

  private func difference(_ left: [String: [UInt8]], _ right: [String: [UInt8]]) -> String {
    Set(left.keys).union(right.keys).filter { left[$0] != right[$0] }.sorted().map { name in
      "\(name): \(String(decoding: left[name] ?? [], as: UTF8.self)) and \(String(decoding: right[name] ?? [], as: UTF8.self))"
    }.joined(separator: "\n")
  }
}
