import JobModel
import Testing

@testable import JobFile

@Suite("YAML as people and attackers write it")
struct YAMLTests {
  private static let sound = "jobs:\n  a:\n    timeout: 1h\n    task: {taskDefinition: a}\n"

  @Test(
    "Line ends, byte order marks, quotes and documents' marks make no difference",
    arguments: [
      sound, sound.replacing("\n", with: "\r\n"), "\u{FEFF}" + sound, "\u{FEFF}" + sound.replacing("\n", with: "\r\n"),
      "---\n" + sound + "...\n", "%YAML 1.1\n---\n" + sound, sound.replacing("a:", with: "'a':"),
      sound.replacing("1h", with: "\"1h\""), sound + "\n\n# the end", "defaults:\n  # cluster: batch\n" + sound,
      sound.replacing("\n", with: "   \n"),
      #"{"jobs": {"a": {"timeout": "1h", "task": {"taskDefinition": "a"}}}}"#,
    ])
  func forms(text: String) throws {
    #expect(mistakes(text) == [])
    #expect(try onlyJob(text) == onlyJob(Self.sound))
  }

  @Test("Places are counted the same whatever ends the lines and whatever begins the file")
  func places() {
    let text = "jobs:\n  a:\n    timeuot: 1h\n    timeout: 1h\n    task: {taskDefinition: a}\n"
    let expected = ["3:5 unknown key `timeuot`; did you mean `timeout`?"]
    #expect(errors(text) == expected)
    #expect(errors("\u{FEFF}" + text.replacing("\n", with: "\r\n")) == expected)
    #expect(parse(text.replacing("\n", with: "\r\n")).errors.first?.sourceLine == "    timeuot: 1h")
    #expect(errors("\u{FEFF}regoin: x\njobs: {}\n") == ["1:1 unknown key `regoin`; did you mean `region`?"])
  }

  @Test(
    "What is no YAML is told with its place",
    arguments: [
      ("jobs:\n\ta: 1\n", "2:1"), ("jobs: [\n", "2:1"), ("jobs: {a: 'b\n", "2:1"), ("jobs: *base\n", "1:7"),
      ("schedule: */15 * * * *\n", "1:12"), ("a: b: c\n", "1:5"), ("jobs: {}\n---\njobs: {}\n", "2:1"),
      ("a: @b\n", "1:4"), ("&a [*a]\n", "1:5"), ("a: \u{1}\n", "1:4"), ("\"\\ud800\": 1\n", "1:4"),
    ])
  func broken(text: String, place: String) {
    let result = parse(text)
    #expect(result.file == nil)
    #expect(result.diagnostics.count == 1)
    #expect(result.diagnostics.first.map { "\($0.line):\($0.column)" } == place, "\(result.diagnostics)")
  }

  @Test("Anchors and merges fill in, and what is said beside them wins")
  func anchors() throws {
    let text = """
      jobs:
        a: &base
          timeout: 1h
          schedule: '@daily'
          task: &task {taskDefinition: a, cluster: one}
        b:
          <<: *base
          schedule: '@hourly'
          task:
            <<: [{cluster: two}, *task]
      """
    let jobs = try #require(parse(text).file?.jobs)
    #expect(jobs[1].schedules.map(\.expression) == ["@hourly"])
    #expect(try taskState(jobs[1])["Parameters"] == ["TaskDefinition": "a", "Cluster": "two"])
    #expect(try taskState(jobs[1])["TimeoutSeconds"] == 3600)
  }

  @Test("Every key that is given twice is told, and so are the mistakes beside it")
  func duplicates() {
    let text = """
      region: eu-west-1
      jobs:
        a:
          timeout: 1h
          task: {taskDefinition: a, "cluster": x, clutser: y, cluster: z}
          timeout: 2h
        b:
          timeout: 1 hour
          task: {taskDefinition: b, clusetr: x}
        b: {}
      region: eu-west-2
      """
    #expect(
      errors(text) == [
        "5:45 unknown key `clutser`; did you mean `cluster`?",
        "5:57 key `cluster` is given twice in one mapping; the first is on line 5",
        "6:5 key `timeout` is given twice in one mapping; the first is on line 4",
        "8:14 `timeout` must be a length of time, such as `90s`, `15m`, `1h30m` or `1d`; found the text `1 hour`",
        "9:31 unknown key `clusetr`; did you mean `cluster`?",
        "10:3 key `b` is given twice in one mapping; the first is on line 7",
        "10:3 the job needs a `task`, such as `task: {taskDefinition: nightly-report}`, or a `stateMachine`",
        "11:1 key `region` is given twice in one mapping; the first is on line 1",
      ])
  }

  @Test("Many duplicates are told, without end")
  func manyDuplicates() {
    let text = "jobs:\n" + String(repeating: "  a: {}\n", count: 100)
    #expect(!parse(text).errors.isEmpty)
    #expect(parse(text).file == nil)
  }

  @Test(
    "What would exhaust memory, time or the stack is refused",
    arguments: exhausting.indices)
  func refused(index: Int) {
    let result = parse(Self.exhausting[index])
    #expect(result.file == nil)
    #expect(result.diagnostics.count == 1)
  }

  static let exhausting: [String] = [
    billionLaughs,
    String(repeating: "[", count: 100_000),
    String(repeating: "{a: ", count: 500) + "1" + String(repeating: "}", count: 500),
    (0..<500).map { String(repeating: " ", count: $0) + "a:\n" }.joined(),
    String(repeating: "- ", count: 5_000),
    String(repeating: "? ", count: 5_000),
  ]

  static let billionLaughs: String = {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1..<12 {
      text += "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ") + "]\n"
    }
    return text + "jobs: {}\n"
  }()

  @Test("A file over the limit is refused before it is read")
  func tooLong() {
    let text = "# " + String(repeating: "x", count: Limits.jobFileBytes)
    #expect(errors(text) == ["1:1 the file is longer than 16777216 bytes"])
  }

  @Test(
    "Any text is answered with a file or an error",
    arguments: [
      "\0", "\u{FEFF}", "\u{FEFF}\u{FEFF}", ":", "-", "?", "? a\n: b\n", "[a]: b\n", "{a: b}: c\n", "~: 1\n",
      "!!binary aGk=\n",
      "!<tag:yaml.org,2002:map> {}\n", "jobs: !!set {a, b}\n", "'", "\"", "|", ">", "%", "@", "`", "&", "*", "!", "{",
      "}", "]",
      "jobs: {\u{85}a: 1}", "jobs:\u{2028}  a: 1", "\u{E000}: 1\n\u{E000}: 2\n", "<<: 1\n", "<<: {jobs: {}}\n",
      "<<: [1, 2]\n<<: []\n",
      "jobs: {a: {task: {<<: x}}}\n", "\n\n\n", "...\n", "--- |\n text\n", "a: |\n  b\n c\n", "\"\\x\": 1",
      "jobs: \"\\uFFFF\"",
      "jobs: {'': {}}\n", "jobs: {~: {}}\n", "- - - - a\n", "a:\n- b\n -c\n", "jobs:\n  a: {task: [}]\n",
      "%TAG ! tag:x,2000:\n---\n!a b\n",
      "'\u{E000}a': 1\n'\u{E000}a': 1\na: 1\na: 2\n", "&a a: 1\n&b a: 2\n", "\u{1F600}: 1\n\u{1F600}: 2\n",
    ])
  func anything(text: String) {
    let result = parse(text)
    #expect(result.file == nil || result.errors.isEmpty)
    #expect(result.file != nil || !result.errors.isEmpty)
    for diagnostic in result.diagnostics {
      #expect(diagnostic.line >= 1 && diagnostic.column >= 1)
      #expect(!diagnostic.rendered.isEmpty)
    }
  }

  @Test("Every beginning of a good file, and every file less one line, is answered")
  func mutilated() {
    let text = DesignExampleTests.text
    for count in stride(from: 0, to: text.count, by: 7) {
      let result = parse(String(text.prefix(count)))
      #expect(result.file != nil || !result.errors.isEmpty)
    }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for index in lines.indices {
      var fewer = lines
      fewer.remove(at: index)
      let result = parse(fewer.joined(separator: "\n"), files: ["month-end.asl.json": sampleMachine])
      #expect(result.file != nil || !result.errors.isEmpty)
    }
  }
}

@Suite("What a scalar means")
struct YAMLScalarTests {
  @Test(
    "As in YAML 1.2, with the traps of YAML 1.1 left out",
    arguments: [
      ("", YAMLScalar.Meaning.null), ("~", .null), ("null", .null), ("true", .boolean(true)),
      ("FALSE", .boolean(false)),
      ("yes", .text), ("no", .text), ("on", .text), ("off", .text), ("y", .text), ("12:30", .text), ("1:30:00", .text),
      ("2026-11-21", .text), ("8080", .integer(8080)), ("-1", .integer(-1)), ("+1", .integer(1)), ("0", .integer(0)),
      ("0123", .text), ("012345678901", .text), ("0x1F", .text), ("0o17", .text), ("1_000", .text),
      ("1.10", .double(1.1)),
      ("1.", .double(1)), (".5", .double(0.5)), ("1e3", .double(1000)), ("1e", .text), ("1.2.3", .text), ("-", .text),
      (".", .text), (".inf", .unrepresentable), ("-.INF", .unrepresentable), (".nan", .unrepresentable),
      ("1e999", .unrepresentable), ("9223372036854775808", .unrepresentable), ("9223372036854775807", .integer(.max)),
      ("٣", .text),
    ])
  func plain(text: String, meaning: YAMLScalar.Meaning) {
    #expect(YAMLScalar(text: text, isPlain: true).meaning == meaning)
    #expect(YAMLScalar(text: text, isPlain: false).meaning == .text)
  }
}
