@testable import ControlAPI
import JobModel
import Testing

@Suite("Terminal style")
struct TerminalStyleTests {
  @Test("A pipe is neither coloured nor shortened")
  func pipe() {
    let style = TerminalStyle(isTerminal: false, width: 80, environment: ["TERM": "xterm", "LANG": "en_US.UTF-8"])
    #expect(style == TerminalStyle(width: nil, isColored: false, hasUnicode: true))
  }

  @Test(
    "A terminal is coloured unless it is dumb or NO_COLOR is set to something",
    arguments: [
      (["TERM": "xterm-256color"], true), (["TERM": "dumb"], false), ([:], false),
      (["TERM": "xterm", "NO_COLOR": "1"], false), (["TERM": "xterm", "NO_COLOR": ""], true),
    ])
  func color(environment: [String: String], isColored: Bool) {
    #expect(TerminalStyle(isTerminal: true, width: 80, environment: environment).isColored == isColored)
  }

  @Test("The width is the terminal's, else that of COLUMNS, else 80")
  func width() {
    #expect(TerminalStyle(isTerminal: true, width: 132, environment: ["COLUMNS": "40"]).width == 132)
    #expect(TerminalStyle(isTerminal: true, width: nil, environment: ["COLUMNS": "40"]).width == 40)
    #expect(TerminalStyle(isTerminal: true, width: 0, environment: ["COLUMNS": "many"]).width == 80)
  }

  @Test(
    "Signs beyond ASCII need a UTF-8 locale; LC_ALL overrides LC_CTYPE, that LANG",
    arguments: [
      (["LANG": "ja_JP.UTF-8"], true), (["LANG": "C.utf8"], true), (["LANG": "C"], false), ([:], false),
      (["LANG": "C.UTF-8", "LC_ALL": "C"], false), (["LANG": "C", "LC_CTYPE": "C.UTF-8", "LC_ALL": ""], true),
    ])
  func unicode(environment: [String: String], has: Bool) {
    #expect(TerminalStyle(isTerminal: true, width: 80, environment: environment).hasUnicode == has)
  }
}

@Suite("Text for terminals")
struct TerminalTextTests {
  @Test(
    "Widths are counted in columns",
    arguments: [
      ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("日報", 4), ("ﾊﾝｶｸ", 4), ("한글", 4), ("✓", 1), ("😀", 2),
      ("👨‍👩‍👧", 2), ("❤️", 2), ("ａ", 2),
    ])
  func width(text: String, columns: Int) {
    #expect(DisplayWidth.of(text) == columns)
  }

  @Test(
    "What does not fit ends in an ellipsis, and no wide character is cut in half",
    arguments: [
      ("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("日報作成", 8, "日報作成"), ("日報作成", 7, "日報作…"),
      ("日報作成", 6, "日報…"), ("abc", 1, "…"), ("abc", 0, ""),
    ])
  func shortening(text: String, width: Int, result: String) {
    #expect(DisplayWidth.shorten(text, to: width) == result)
  }

  @Test(
    "Control characters from outside do not reach the terminal",
    arguments: [
      ("a\u{1B}[31mred", "a [31mred"), ("line one\nline two\r\n", "line one line two"), ("\u{7}bell", "bell"),
      ("a\u{202E}b", "a b"), ("tab\tstop", "tab stop"), ("👨‍👩‍👧", "👨‍👩‍👧"),
    ])
  func control(text: String, result: String) {
    #expect(CleanText.line(text) == result)
  }

  @Test(
    "A length is told in its two greatest units",
    arguments: [
      (0, "0s"), (40, "0.1s"), (999, "0.9s"), (1_000, "1s"), (59_999, "59s"), (60_000, "1m 00s"),
      (3_599_000, "59m 59s"), (3_600_000, "1h 00m"), (90_061_000, "1d 01h"), (-5, "0s"),
    ])
  func lengths(milliseconds: Int, text: String) {
    #expect(TimeText.length(.milliseconds(milliseconds)) == text)
  }

  @Test("Times are those of the job's zone, with its offset on that day")
  func zones() {
    let times = TimeText.system
    #expect(times.full(Fixtures.at("2026-11-21T03:00:00Z"), "Asia/Tokyo") == "2026-11-21 12:00+09:00")
    #expect(times.full(Fixtures.at("2026-07-01T03:00:05Z"), "Europe/Berlin") == "2026-07-01 05:00:05+02:00")
    #expect(times.full(Fixtures.at("2026-12-01T03:00:00Z"), "Europe/Berlin") == "2026-12-01 04:00+01:00")
    #expect(times.full(Fixtures.at("2026-12-01T03:00:00Z"), "No/Where") == "2026-12-01 03:00Z")
    #expect(times.clock(Fixtures.at("2026-12-01T20:00:00Z"), "America/New_York") == "15:00-05:00")
  }
}

@Suite("List")
struct ListRenderingTests {
  private func render(_ jobs: [JobRow], _ style: TerminalStyle = TerminalStyle()) -> String {
    Rendering(style: style).list(ListAnswer(now: Fixtures.now, jobs: jobs))
  }

  @Test("An empty list says so")
  func empty() {
    #expect(render([]) == "No jobs.\n")
  }

  private static let all: [JobRow] = [
    Fixtures.row("succeeded", .succeeded),
    Fixtures.row("running", .running, schedule: "rate(5 minutes)", launches: 2),
    Fixtures.row("failed", .failed, launches: 3, reason: "the essential container app exited with 1"),
    Fixtures.row("timed-out", .timedOut, reason: "States.Timeout"),
    Fixtures.row("aborted", .aborted, reason: "stopped by an operator"),
    Fixtures.row("skipped", .skipped, reason: "the run of 11:00 was still going on"),
    Fixtures.row("missed", .missed, reason: "no instance was running", next: nil),
    Fixtures.row("pending", .pending),
    Fixtures.row("later-today", nil, next: "2026-11-21T06:30:00Z"),
    Fixtures.row(
      "paused", nil, pause: Pause(since: Fixtures.at("2026-11-20T01:00:00Z"), note: "stock-taking")),
    Fixtures.row("no-slot", nil, timezone: "UTC"),
  ]

  @Test("Every state has its line, and every failure its reason below")
  func states() {
    #expect(render(Self.all) == Golden.listOfAllStates)
  }

  @Test("On a narrow terminal the least important columns are shortened, then left out")
  func narrow() {
    let style = TerminalStyle(width: 64)
    let text = render(Array(Self.all.prefix(4)), style)
    #expect(text == Golden.narrowList)
    #expect(text.split(separator: "\n").allSatisfy { DisplayWidth.of(String($0)) <= 64 })
  }

  @Test("A reason is told whole, however narrow the terminal")
  func reason() {
    let reason = "task 0f3a: the essential container app exited with code 137"
    let text = render([Fixtures.row("a", .failed, reason: reason)], TerminalStyle(width: 40))
    #expect(text.contains("✗ a: \(reason)\n"))
  }

  @Test(
    "A state's retries are told in words",
    arguments: [
      (Int64(0), "Task, no retry of States.ALL"), (1, "Task, 1 retry of States.ALL (after 1s, then times 2)"),
      (5, "Task, 5 retries of States.ALL (after 1s, then times 2)"),
    ])
  func retries(attempts: Int64, text: String) {
    let rule: JSONValue = ["ErrorEquals": ["States.ALL"], "MaxAttempts": .integer(attempts)]
    let machine: JSONValue = ["StartAt": "A", "States": ["A": ["Type": "Task", "Retry": [rule]]]]
    #expect(MachineText.lines(machine) == ["1 state, starts at A", "A: \(text)"])
  }

  @Test("A name is shortened last")
  func narrowest() {
    let rows = [Fixtures.row("succeeded", .succeeded), Fixtures.row("nightly-report-of-shops", .succeeded)]
    #expect(render(rows, TerminalStyle(width: 40)) == Golden.narrowestList)
  }

  @Test("Wide characters keep the columns aligned")
  func wide() {
    let rows = [
      Fixtures.row("wide", .succeeded, schedule: "毎日 正午"), Fixtures.row("plain", .succeeded, schedule: "@daily"),
    ]
    #expect(render(rows) == Golden.wideList)
  }

  @Test("Colours are escape sequences that change no column")
  func color() {
    let rows = [Fixtures.row("a", .succeeded), Fixtures.row("b", .failed, reason: "why")]
    let colored = render(rows, TerminalStyle(isColored: true))
    #expect(colored.contains("\u{1B}[32mSUCCEEDED\u{1B}[0m"))
    #expect(colored.contains("\u{1B}[31mFAILED\u{1B}[0m"))
    #expect(colored.replacing(#/\u{1B}\[\d+m/#, with: "") == render(rows))
  }

  @Test("What waits is told with what it waits for, whatever its day")
  func waiting() {
    let slot = Slot(
      key: Fixtures.slotKey, day: Fixtures.day, trigger: .schedule, state: .pending,
      reason: "it waits for a place in pool db (limit: 2)", wait: .pool)
    let first = render([Fixtures.row("a", .pending, waiting: [WaitingSlot(slot)])])
    #expect(
      first.contains("○ a: the slot of 2026-11-21 12:00+09:00: it waits for a place in pool db (limit: 2)\n"))
    var other = slot
    (other.reason, other.wait) = (nil, .upstream)
    let several = render([Fixtures.row("a", .succeeded, waiting: [WaitingSlot(other), WaitingSlot(slot)])])
    #expect(several.contains("○ a: the slot of 2026-11-21 12:00+09:00: it waits (UPSTREAM); 1 more wait\n"))
  }

  @Test("A pause tells when it ends")
  func pause() {
    let pause = Pause(
      since: Fixtures.at("2026-11-20T01:00:00Z"), note: "stock-taking", until: Fixtures.at("2026-11-23T15:00:00Z"))
    #expect(
      render([Fixtures.row("a", nil, pause: pause)])
        .contains("‖ a: paused since 2026-11-20 10:00+09:00 until 2026-11-24 00:00+09:00: stock-taking\n"))
  }

  @Test("A job with many slots a day tells how many have succeeded")
  func slots() {
    var row = Fixtures.row("import-orders", .running, schedule: "*/15 * * * *")
    row.days[0].counts = [.succeeded: 47, .running: 1, .failed: 2]
    #expect(render([row, Fixtures.row("a", .succeeded)]) == Golden.slotList)
  }

  private func week(_ job: String, _ states: [SlotState?]) -> JobRow {
    var row = Fixtures.row(job, states.last ?? nil)
    let last = row.days[0]
    row.days = states.enumerated().map { index, state in
      var day = last
      day.date = Fixtures.day.adding(days: index - states.count + 1)
      day.state = state
      return day
    }
    return row
  }

  @Test("Several days are a mark a day")
  func days() {
    let rows = [
      week("nightly-report", [.succeeded, .failed, .timedOut, .aborted, .missed, .skipped, .running]),
      week("weekly", [nil, nil, .succeeded, nil, nil, nil, nil]),
    ]
    #expect(render(rows) == Golden.week)
    #expect(render(rows, TerminalStyle(hasUnicode: false)) == Golden.asciiWeek)
  }

  @Test("Days that do not fit are left out, the oldest first")
  func narrowDays() {
    let rows = [week("nightly-report", Array(repeating: .succeeded, count: 31))]
    let text = render(rows, TerminalStyle(width: 40))
    #expect(text.contains(" 21\n"))
    #expect(text.split(separator: "\n").allSatisfy { DisplayWidth.of(String($0)) <= 40 })
  }
}

@Suite("Details")
struct DetailRenderingTests {
  private let rendering = Rendering(style: TerminalStyle())

  @Test("A job's page tells its schedule, policies, machine, latest slots and how to run it again")
  func job() { #expect(rendering.job(Fixtures.jobAnswer) == Golden.job) }

  @Test("A run's page tells why it failed, each launch with its task, and what was notified")
  func run() { #expect(rendering.run(Fixtures.failedRun) == Golden.run) }

  @Test("A run's page tells the last lines of its container, who asked why, and the warnings that were given")
  func warnedRun() {
    var stored = Fixtures.run(.failed, ended: "2026-11-21T03:02:00Z", error: "States.TaskFailed")
    (stored.trigger, stored.requestedBy, stored.note) = (.manual, "ann@host-a", "the books\nof March")
    stored.policy = RunPolicy(
      pool: PoolPlace(name: "db", limit: 2), lateAt: Fixtures.at("2026-11-21T03:01:00Z"),
      tooLongAt: Fixtures.at("2026-11-21T03:01:01.250Z"))
    var diagnosis = Fixtures.diagnosis
    diagnosis.log = ["Traceback:", "\u{1B}[31mno such order"]
    let launches = [LaunchAnswer(Fixtures.launch(1, .failed, diagnosis: diagnosis))]
    let ended = RunAnswer(stored, timezone: "Asia/Tokyo", now: Fixtures.now, launches: launches)
    #expect(rendering.run(ended) == Golden.warnedRun)
    (stored.status, stored.endedAt, stored.error) = (.running, nil, nil)
    let going = rendering.run(RunAnswer(stored, timezone: "Asia/Tokyo", now: Fixtures.now))
    #expect(going.contains("it takes too long: more than 1m (tooLongAfter)\n"))
    #expect(going.contains("it is late: it was to be done by 2026-11-21 12:01+09:00 (lateAfter)\n"))
    stored.policy = RunPolicy(lateAt: Fixtures.now + .seconds(1), tooLongAt: Fixtures.now + .seconds(1))
    #expect(!rendering.run(RunAnswer(stored, timezone: "UTC", now: Fixtures.now)).contains("warning"))
  }

  @Test("A history tells what brought each slot about, where it was not the schedule")
  func triggers() {
    let slots = Trigger.allCases.map { trigger in
      SlotAnswer(Slot(key: Fixtures.slotKey, day: Fixtures.day, trigger: trigger, state: .succeeded))
    }
    let text = rendering.jobHistory(
      JobHistoryAnswer(now: Fixtures.now, job: Fixtures.job, timezone: "Asia/Tokyo", slots: slots))
    #expect(
      text.split(separator: "\n").dropFirst().map { $0.prefix { $0 != "S" } } == [
        "2026-11-21 12:00+09:00               ", "2026-11-21 12:00+09:00 by hand       ",
        "2026-11-21 12:00+09:00 after others  ", "2026-11-21 12:00+09:00 by backfill   ",
        "2026-11-21 12:00+09:00 by a run      ",
      ])
  }

  @Test("A backfill tells its days, how far it is and how its slots are")
  func backfill() {
    #expect(rendering.backfill(Fixtures.backfill(.running)) == Golden.backfill)
    #expect(rendering.backfills(BackfillsAnswer(backfills: [])) == "No backfills.\n")
    let two = rendering.backfills(
      BackfillsAnswer(backfills: [Fixtures.backfill(.running), Fixtures.backfill(.done, [])]))
    #expect(two.hasPrefix(Golden.backfill + "\nBackfill of nightly-report\n"))
  }

  @Test(
    "A backfill has succeeded once it is done and no slot of it has failed",
    arguments: [
      (Backfill.State.done, [SlotState.succeeded, .skipped], true), (.done, [], true), (.done, [.failed], false),
      (.done, [.succeeded, .aborted], false), (.cancelled, [.succeeded], false), (.running, [.succeeded], false),
    ])
  func success(state: Backfill.State, slots: [SlotState], hasSucceeded: Bool) {
    #expect(Fixtures.backfill(state, slots).hasSucceeded == hasSucceeded)
  }

  @Test("A backfill counts the slots that it has run, and no others")
  func ownSlots() {
    func slot(_ day: Int, _ trigger: Trigger) -> Slot {
      Slot(
        key: SlotKey(job: Fixtures.job, scheduledAt: Fixtures.at("2026-11-01T03:00:00Z") + .seconds(86_400 * day)),
        day: Fixtures.day, trigger: trigger, state: .failed)
    }
    let backfill = Backfill(
      job: Fixtures.job, createdAt: Fixtures.now, from: Fixtures.day, to: Fixtures.day, maxParallel: 1,
      requestedBy: "me", mark: Fixtures.at("2026-11-02T03:00:00Z"), version: 2)
    let slots = [slot(0, .backfill), slot(0, .schedule), slot(0, .manual), slot(1, .backfill), slot(2, .backfill)]
    #expect(BackfillAnswer(backfill, timezone: "UTC", slots: slots).counts == [.failed: 2])
  }

  @Test("A line of a log has its time and, with several containers, who wrote it")
  func log() {
    let lines = Fixtures.logs.lines
    #expect(rendering.log(lines[0], "Asia/Tokyo", namesContainer: false) == "2026-11-21 12:00:05+09:00  3 shops\n")
    #expect(
      rendering.log(lines[1], "UTC", namesContainer: true) == "2026-11-21 03:00:06Z  log  [31mflushed\n")
  }

  @Test("The status tells what is wrong")
  func status() { #expect(rendering.status(Fixtures.status) == Golden.status) }

  @Test("A reload tells what has changed, and a file that is not applied why")
  func reload() {
    #expect(
      rendering.reload(Fixtures.reload)
        == "+ b\n~ a  schedule, task\n/etc/jobd/jobs.yaml: 1 added, 1 changed, 0 removed, 1 unchanged\n")
    let refused = ReloadAnswer(jobFile: "f", isApplied: false, diagnostics: ["f:3: unknown key \"tsak\""])
    #expect(rendering.reload(refused) == "f:3: unknown key \"tsak\"\nf is not applied: the jobs are as they were.\n")
  }
}
