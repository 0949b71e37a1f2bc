import JobModel
import Testing

@testable import StatesLanguage

/// Stored executions that were damaged: each is refused with what is wrong, and none is run.
@Suite("Stored scopes")
struct StoredScopesTests {
  static let machine = """
    {"StartAt": "M", "States": {
      "M": {"Type": "Map", "ItemsPath": "$.i", "MaxConcurrency": 2, "ToleratedFailureCount": 1, "Next": "P",
        "ItemProcessor": {"StartAt": "I", "States": {"I": {\(RedrivingTests.task), "HeartbeatSeconds": 3, "End": true}}}},
      "P": {"Type": "Parallel", "End": true, "Branches": [
        {"StartAt": "B", "States": {"B": {\(RedrivingTests.task), "End": true}}},
        {"StartAt": "C", "States": {"C": {\(RedrivingTests.task), "End": true}}}]}}}
    """

  /// Of five items the first has failed, which is tolerated, the next two are at work, and two are to come.
  static func map() throws -> Driving {
    var driving = try Driving(machine, input: ["i": [1, 2, 3, 4, 5]])
    driving.begin()
    driving.tell(1, RedrivingTests.failed())
    return driving
  }

  /// One branch is over, the other one at work.
  static func parallel() throws -> Driving {
    var driving = try map()
    for task in 2...5 { driving.tell(task, .succeeded(output: 0)) }
    driving.tell(6, .succeeded(output: 0))
    #expect(driving.execution.openTasks.map(\.state) == ["C"])
    return driving
  }

  /// One member of one row, or a whole row, as something else; `nil` removes it.
  struct Damage: Sendable, CustomTestStringConvertible {
    var row: String
    var member: String?
    var value: JSONValue?
    /// What the refusal says.
    var words: String

    init(_ row: String, _ member: String?, _ value: JSONValue?, _ words: String) {
      (self.row, self.member, self.value, self.words) = (row, member, value, words)
    }

    var testDescription: String { "\(row) \(member ?? "") \(value?.text ?? "removed")" }

    func done(to rows: [String: [UInt8]]) throws -> [String: [UInt8]] {
      var rows = rows
      var damaged = value
      if let member {
        let bytes = try #require(rows[row])
        var members = try #require(JSONValue.parse(bytes).objectValue)
        members[member] = value
        damaged = .object(members)
      }
      rows[row] = damaged?.utf8
      return rows
    }
  }

  static func check(_ damage: Damage, _ execution: Execution) throws {
    let rows = execution.rows()
    #expect(try Execution(machine: execution.machine, scopes: rows) == execution, "undamaged it is read")
    let damaged = try damage.done(to: rows)
    let error = #expect(throws: ScopeDecodingError.self) {
      try Execution(machine: execution.machine, scopes: damaged)
    }
    #expect(error?.description.contains(damage.words) == true, "\(error?.description ?? "")")
  }

  static let work: JSONValue = [
    "state": "I", "input": 1, "enteredAt": 1_700_000_000_000, "enteredEvent": 2, "previousEvent": 3,
    "graph": "/States/M/ItemProcessor", "phase": ["is": "task", "task": 9, "resource": "r", "state": "I"],
  ]

  @Test(
    "A Map that cannot be is refused",
    arguments: [
      Damage("root:items", "items", nil, "the fork of 'root' has no input or no items"),
      Damage("root:items", "items", [:], "the fork of 'root' has no input or no items"),
      Damage("root:items", "input", nil, "the fork of 'root' has no input or no items"),
      Damage("root:items", nil, nil, "'root:items' is missing"),
      Damage("root:items", "items", [], "the scope 'root' is inside 'M', and has no children that fit"),
      Damage("root:items", "items", [1, 2, 3, 4], "'root' has 4 items for 5 children"),
      Damage("root:fork", "count", 6, "'root' has 5 items for 6 children"),
      Damage("root:fork", "next", 6, "'root' has begun 6 of 5 children"),
      Damage("root:fork", "next", -1, "'next' is no count"),
      Damage("root:fork", nil, nil, "is below none that has children"),
      Damage("root:outputs:0", "5", 0, "'5' is none of 5 children"),
      Damage("root:outputs:0", "-1", 0, "'-1' is none of 5 children"),
      Damage("root:outputs:0", "1", 0, "the scope 'root/1' is none of the children of 'root' that have not ended"),
      Damage("root/5", nil, work, "the scope 'root/5' is none of the children of 'root'"),
      Damage("root/-1", nil, work, "the scope 'root/-1' is none of the children of 'root'"),
      Damage("root/1/0", nil, work, "the scope 'root/1/0' is below none that has children"),
      Damage("voot/1", nil, work, "the scope 'voot/1' is below none that has children"),
      Damage("voot", nil, work, "the scope 'voot' is below none that has children"),
      Damage("root", "phase", ["is": "running"], "is at work, and 'root' is not inside"),
      Damage("root", "state", "P", "the scope 'root' is inside 'P', and has no children that fit"),
      Damage("root", "state", "Q", "the scope 'root' is inside 'Q', and has no children that fit"),
      Damage("root", nil, nil, "is below none that has children"),
      Damage("root/1", "retries", ["0": 9_223_372_036_854_775_807], "'root/1' has retries that are no counts"),
      Damage(
        "root/1", "phase",
        ["is": "task", "task": 2, "resource": "r", "state": "I", "heartbeatSeconds": 9_223_372_036_854_775_807],
        "'heartbeatSeconds' is no count"),
    ])
  func damagedMap(_ damage: Damage) throws { try Self.check(damage, try Self.map().execution) }

  @Test(
    "A Parallel that cannot be is refused",
    arguments: [
      Damage("root:fork", "count", 1, "'root' has begun 2 of 1 children"),
      Damage("root:fork", "count", 3, "no children that fit this state"),
      Damage("root:items", "items", [1, 2], "the scope 'root' is inside 'P', and has no children that fit this state"),
      Damage("root:items", "items", nil, "the fork of 'root' has no input or no items"),
      Damage("root/0", nil, work, "the scope 'root/0' is none of the children of 'root' that have not ended"),
    ])
  func damagedParallel(_ damage: Damage) throws { try Self.check(damage, try Self.parallel().execution) }

  @Test("What an execution that failed has left is refused where it cannot be")
  func damagedEntry() throws {
    var driving = try Self.map()
    driving.tell(2, RedrivingTests.failed())
    let rows = driving.execution.rows()
    #expect(try ExecutionEntry(scopes: rows).redriveCount == 1)
    for damage in [
      Damage("root:items", "items", nil, "the fork of 'root' has no input or no items"),
      Damage("root:fork", "next", 6, "'root' has begun 6 of 5 children"),
      Damage("voot/1", nil, Self.work, "the scope 'voot/1' is below none that has children"),
      Damage("root/5", nil, Self.work, "the scope 'root/5' is none of the children of 'root'"),
      Damage("context", nil, ["Execution": ["RedriveCount": 9_223_372_036_854_775_807]], "'RedriveCount' is no count"),
    ] {
      let damaged = try damage.done(to: rows)
      let error = #expect(throws: ScopeDecodingError.self) { try ExecutionEntry(scopes: damaged) }
      #expect(error?.description.contains(damage.words) == true, "\(error?.description ?? "")")
    }
  }

  @Test("An execution that was given up at work is gone on with from its scopes")
  func givenUp() throws {
    let driving = try Self.map()
    let entry = try ExecutionEntry(scopes: driving.execution.rows())
    #expect(entry.problem(in: driving.execution.machine) == nil)
    var again = Driving(driving.execution.machine)
    again.execution = Execution(machine: driving.execution.machine, input: entry.input, entry: entry)
    again.begin()
    #expect(again.execution.openTasks.map(\.scope) == ["root/0", "root/1"], "no more than MaxConcurrency")
    let rows = again.execution.rows()
    #expect(try Execution(machine: driving.execution.machine, scopes: rows).rows() == rows)
  }
}
