import JobModel
import Testing

@testable import ControlAPI

@Suite("The text of a history")
struct HistoryTextTests {
  private static func event(
    _ id: Int, _ previous: Int, _ type: String, at seconds: Double = 0, _ members: JSONObject = [:]
  ) -> HistoryEvent {
    HistoryEvent(
      id: id, previousID: previous,
      timestamp: Fixtures.at("2026-11-21T03:00:01Z") + .milliseconds(Int(seconds * 1_000)),
      type: type, details: members.isEmpty ? [:] : ["eventDetails": .object(members)])
  }

  private static func lines(
    _ events: [HistoryEvent], width: Int? = nil, isFull: Bool = false, onlyFailures: Bool = false
  ) -> [String] {
    var text = HistoryText(
      Rendering(style: TerminalStyle(width: width)), timezone: "Asia/Tokyo", isFull: isFull, onlyFailures: onlyFailures)
    return events.flatMap { text.lines($0) }
  }

  /// A Parallel whose first branch retries, and whose second one is a Map with a bad item; as the interpreter orders
  /// and links them.
  private static let events = [
    event(1, 0, "ExecutionStarted", ["input": #"{"n":1}"#]),
    event(2, 0, "ParallelStateEntered", ["name": "Both", "input": #"{"n":1}"#]),
    event(3, 2, "ParallelStateStarted"),
    event(4, 3, "TaskStateEntered", ["name": "Load", "input": #"{"n":1}"#]),
    event(
      5, 4, "TaskScheduled", ["resourceType": "ecs", "resource": "runTask.sync", "parameters": #"{"Cluster":"b"}"#]),
    event(6, 5, "TaskStarted", ["resourceType": "ecs", "resource": "runTask.sync"]),
    event(7, 3, "MapStateEntered", ["name": "Each", "input": "[7,8]"]),
    event(8, 7, "MapStateStarted", ["length": 2]),
    event(9, 8, "MapIterationStarted", ["name": "Each", "index": 0]),
    event(10, 9, "PassStateEntered", ["name": "Make", "input": "7"]),
    event(11, 10, "PassStateExited", ["name": "Make", "output": "70"]),
    event(12, 8, "MapIterationStarted", ["name": "Each", "index": 1]),
    event(13, 12, "PassStateEntered", ["name": "Make", "input": "8"]),
    event(14, 11, "MapIterationSucceeded", ["name": "Each", "index": 0]),
    event(15, 6, "TaskFailed", at: 4.5, ["error": "States.TaskFailed", "cause": #"{"StoppedReason":"no disk"}"#]),
    event(16, 15, "TaskScheduled", at: 9.5, ["resourceType": "ecs", "resource": "runTask.sync", "parameters": "{}"]),
    event(17, 16, "TaskSucceeded", at: 69.5, ["output": #"{"rows":3}"#]),
    event(18, 17, "TaskStateExited", at: 69.5, ["name": "Load", "output": #"{"rows":3}"#]),
    event(19, 13, "MapIterationFailed", at: 70, ["name": "Each", "index": 1]),
    event(20, 19, "MapStateFailed", at: 70),
    event(21, 20, "ParallelStateFailed", at: 70),
    event(22, 21, "ParallelStateExited", at: 70, ["name": "Both", "output": "{}"]),
    event(23, 22, "FailStateEntered", at: 70, ["name": "Give up", "input": "{}"]),
    event(24, 23, "ExecutionFailed", at: 70, ["error": "Bad", "cause": "item 8 is no number"]),
  ]

  @Test("Branches and iterations are indented under their names, with lengths, retries and failures")
  func whole() {
    #expect(
      Self.lines(Self.events) == [
        "2026-11-21 +09:00",
        #"     1  12:00:01.000  started  {"n":1}"#,
        #"     2  12:00:01.000  Both (Parallel)  {"n":1}"#,
        #"     4  12:00:01.000      Load  Load (Task)  {"n":1}"#,
        #"     5  12:00:01.000        Load  calls ecs:runTask.sync  {"Cluster":"b"}"#,
        "     7  12:00:01.000      Each  Each (Map)  [7,8]",
        "     8  12:00:01.000        Each  2 items",
        "     9  12:00:01.000        Each/#0  item 0",
        "    10  12:00:01.000          Each/#0  Make (Pass)  7",
        "    11  12:00:01.000          Each/#0  Make done, 0s  70",
        "    12  12:00:01.000        Each/#1  item 1",
        "    13  12:00:01.000          Each/#1  Make (Pass)  8",
        "    14  12:00:01.000        Each/#0  item 0 done, 0s",
        "    15  12:00:05.500        Load  failed after 4s  States.TaskFailed: no disk",
        "    16  12:00:10.500        Load  attempt 2, 5s later: calls ecs:runTask.sync  {}",
        #"    17  12:01:10.500        Load  answered after 1m 00s  {"rows":3}"#,
        #"    18  12:01:10.500      Load  Load done, 1m 09s  {"rows":3}"#,
        "    19  12:01:11.000        Each/#1  item 1 failed after 1m 10s",
        "    20  12:01:11.000        Each  Each failed after 1m 10s",
        "    21  12:01:11.000    Both failed after 1m 10s",
        "    22  12:01:11.000  Both left by its Catch, 1m 10s  {}",
        "    23  12:01:11.000  Give up (Fail)  {}",
        "    24  12:01:11.000  FAILED after 1m 10s  Bad: item 8 is no number",
      ])
  }

  @Test("Failures alone say of which state they are")
  func failures() {
    #expect(
      Self.lines(Self.events, onlyFailures: true) == [
        "2026-11-21 +09:00",
        "    15  12:00:05.500  Load  Load: failed after 4s  States.TaskFailed: no disk",
        "    19  12:01:11.000  Each/#1  Make: item 1 failed after 1m 10s",
        "    20  12:01:11.000  Each  Each failed after 1m 10s",
        "    21  12:01:11.000  Both failed after 1m 10s",
        "    24  12:01:11.000  FAILED after 1m 10s  Bad: item 8 is no number",
      ])
  }

  @Test("A terminal's width shortens what was called, and breaks a cause into lines")
  func narrow() {
    let cause = "Essential container in task exited because of a very long reason that nobody can read in one line"
    let lines = Self.lines(
      [
        Self.event(1, 0, "TaskStateEntered", ["name": "Load", "input": .string(String(repeating: "x", count: 99))]),
        Self.event(2, 1, "TaskFailed", ["error": "E", "cause": .string(cause)]),
      ], width: 60)
    #expect(lines[1] == "     1  12:00:01.000  Load (Task)  xxxxxxxxxxxxxxxxxxxxxxxx…")
    #expect(lines.allSatisfy { DisplayWidth.of($0) <= 60 })
    #expect(lines[2] == "     2  12:00:01.000    failed")
    #expect(
      lines.dropFirst(3).map { $0.drop { $0 == " " } }.joined(separator: " ") == "E: \(cause)")
  }

  @Test("With everything asked for, every event has a line and nothing is shortened")
  func full() {
    let lines = Self.lines(Self.events, width: 40, isFull: true)
    #expect(lines.count == 1 + Self.events.count)
    #expect(lines.contains { $0.hasSuffix(#"States.TaskFailed: {"StoppedReason":"no disk"}"#) })
  }

  @Test("A history that is read from its middle is told as the machine's own")
  func middle() {
    #expect(
      Self.lines(Array(Self.events[15...17])) == [
        "2026-11-21 +09:00", "    16  12:00:10.500  calls ecs:runTask.sync  {}",
        #"    17  12:01:10.500  answered  {"rows":3}"#, #"    18  12:01:10.500  Load done  {"rows":3}"#,
      ])
  }

  @Test("An event of a type that is not known is told by its members; control characters never are")
  func unknown() {
    #expect(
      Self.lines([Self.event(1, 0, "SomethingNew", ["a": "b\u{1B}[31m", "c": 1])]).last
        == "     1  12:00:01.000  SomethingNew  a=b [31m c=1")
  }

  @Test("Another day begins a line of its own")
  func days() {
    let lines = Self.lines([
      Self.event(1, 0, "ExecutionStarted"), Self.event(2, 1, "ExecutionSucceeded", at: 86_400),
    ])
    #expect(lines.filter { $0.hasPrefix("2026") } == ["2026-11-21 +09:00", "2026-11-22 +09:00"])
    #expect(lines.last?.hasSuffix("SUCCEEDED after 1d 00h") == true)
  }

  @Test(
    "Words are broken at spaces, or where they are longer than the line",
    arguments: [
      ("a bc def", 4, 9, ["a bc", "def"]), ("abcdefgh", 3, 9, ["abc", "def", "gh"]), ("a b c d", 1, 2, ["a", "…"]),
      ("", 5, 2, []), ("日本語", 4, 9, ["日本", "語"]), ("日本", 1, 9, ["日", "本"]),
    ])
  func wrap(text: String, width: Int, most: Int, lines: [String]) {
    #expect(TextWrap.lines(text, to: width, most: most) == lines)
  }
}
