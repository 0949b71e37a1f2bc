import JobModel
import Testing

@testable import JobFile

private let task = "task: {taskDefinition: x}"

@Suite("Overlap")
struct OverlapTests {
  private func overlap(_ value: String?, defaults: String? = nil) throws -> Job.Overlap {
    let top = defaults.map { "defaults: {overlap: \($0)}\n" } ?? ""
    let own = value.map { "overlap: \($0), " } ?? ""
    return try onlyJob("\(top)jobs: {a: {\(own)timeout: 1h, \(task)}}\n").overlap
  }

  @Test("A word, or a mapping with a limit for the queue")
  func forms() throws {
    #expect(try overlap(nil) == .skip)
    #expect(try overlap("skip") == .skip)
    #expect(try overlap("queue") == .queue(limit: 10))
    #expect(try overlap("{mode: queue, limit: 1000}") == .queue(limit: 1_000))
    #expect(try overlap("{mode: queue}") == .queue(limit: 10))
    #expect(try overlap("cancelOther") == .cancelOther)
    #expect(try overlap("{mode: allow}") == .allow)
  }

  @Test("A default's limit is for the jobs that queue")
  func defaults() throws {
    let queue = "{mode: queue, limit: 3}"
    #expect(try overlap(nil, defaults: queue) == .queue(limit: 3))
    #expect(try overlap("queue", defaults: queue) == .queue(limit: 3))
    #expect(try overlap("{limit: 5}", defaults: queue) == .queue(limit: 5))
    #expect(try overlap("skip", defaults: queue) == .skip)
    #expect(try overlap("skip", defaults: "{limit: 3}") == .skip)
    #expect(try overlap("queue", defaults: "{limit: 3}") == .queue(limit: 3))
    #expect(try overlap("queue", defaults: "skip") == .queue(limit: 10))
    #expect(try overlap(nil, defaults: "{limit: 3}") == .skip)
  }

  @Test(
    "A limit without a queue, and one out of bounds, are told",
    arguments: [
      ("{mode: skip, limit: 3}", "1:34 `limit` is for `mode: queue`, and here it is `skip`"),
      ("{limit: 3}", "1:22 `limit` is for `mode: queue`, and here it is `skip`"),
      ("{mode: queue, limit: 0}", "1:42 `limit` must be from 1 to 1000; found 0"),
      ("{mode: queue, limit: 1001}", "1:42 `limit` must be from 1 to 1000; found 1001"),
      (
        "queu",
        "1:21 `overlap` must be `skip`, `queue`, `cancelOther`, `allow`, or a mapping such as "
          + "`{mode: queue, limit: 10}`; found the text `queu`; did you mean `queue`?"
      ),
      (
        "cancelother",
        "1:21 `overlap` must be `skip`, `queue`, `cancelOther`, `allow`, or a mapping such as "
          + "`{mode: queue, limit: 10}`; found the text `cancelother`; did you mean `cancelOther`?"
      ),
    ])
  func mistake(value: String, expected: String) {
    #expect(errors("jobs: {a: {overlap: \(value), timeout: 1h, \(task)}}\n") == [expected])
  }

  @Test("A mistake among the defaults stays one")
  func defaultMistake() {
    let text = "defaults: {overlap: {mode: skip, limit: 3}}\njobs: {a: {timeout: 1h, \(task)}}\n"
    #expect(errors(text) == ["1:34 `limit` is for `mode: queue`, and here it is `skip`"])
  }
}

@Suite("Pools in a job file")
struct PoolTests {
  private func file(_ pools: [String], top: String = "", defaults: String = "timeout: 1h") -> String {
    let jobs = pools.enumerated().map { "  j\($0.offset): {\($0.element)\($0.element.isEmpty ? "" : ", ")\(task)}\n" }
    return "\(top)defaults: {\(defaults)}\njobs:\n" + jobs.joined()
  }

  private func places(_ pools: [String], top: String = "", defaults: String = "timeout: 1h") throws -> [PoolPlace?] {
    let result = parse(file(pools, top: top, defaults: defaults))
    return try #require(result.file, "\(result.diagnostics)").jobs.map(\.pool)
  }

  @Test("The limit is said at the top, or by any of the jobs")
  func limits() throws {
    let both = [PoolPlace(name: "db", limit: 2), PoolPlace(name: "db", limit: 2, priority: 5)]
    let jobs = ["pool: db", "pool: {name: db, priority: 5}"]
    #expect(try places(jobs, top: "pools: {db: 2}\n") == both)
    #expect(try places(jobs, top: "pools: {db: {limit: 2}}\n") == both)
    #expect(try places(["pool: {name: db, limit: 2}", jobs[1]]) == both)
    #expect(try places([jobs[0], "pool: {name: db, limit: 2, priority: 5}"]) == both)
    #expect(try places(["pool: {name: db, limit: 2}", "pool: {name: db, limit: 2, priority: 5}"]) == both)
    #expect(
      try places(["pool: none", ""], defaults: "timeout: 1h, pool: {name: db, limit: 1}")
        == [nil, PoolPlace(name: "db", limit: 1)])
  }

  @Test("A job that names another pool leaves the default's limit, and another priority keeps it")
  func defaults() throws {
    let defaults = "timeout: 1h, pool: {name: db, limit: 2, priority: 3}"
    #expect(
      try places(["pool: api", "pool: {priority: 9}", "pool: db"], top: "pools: {api: 7}\n", defaults: defaults) == [
        PoolPlace(name: "api", limit: 7), PoolPlace(name: "db", limit: 2, priority: 9),
        PoolPlace(name: "db", limit: 2, priority: 3),
      ])
    #expect(try places([""], defaults: "timeout: 1h, pool: {priority: 3}") == [nil])
  }

  @Test("Two limits of one pool are an error that names both places")
  func conflict() {
    #expect(
      errors(file(["pool: {name: db, limit: 2}", "pool: {name: db, limit: 3}"])) == [
        "4:25 the pool `db` has the limit 2 in `jobs.j0.pool.limit` (line 3), and here 3; say it once, under `pools`"
      ])
    #expect(
      errors(file(["pool: {name: db, limit: 2}"], top: "pools:\n  db: 1\n")) == [
        "5:25 the pool `db` has the limit 1 in `pools.db` (line 2), and here 2; say it once, under `pools`"
      ])
    #expect(
      errors(file(["", "", "pool: {limit: 4}"], defaults: "timeout: 1h, pool: {name: db, limit: 2}")).count == 1)
  }

  @Test(
    "Other mistakes are told with their place",
    arguments: [
      ("pool: db", "", "3:14 nothing says the limit of the pool `db`: write `pools: {db: 2}` at the top of the file"),
      (
        "pool: db", "pools: {bd: 2}\n",
        "4:14 nothing says the limit of the pool `db`: write `pools: {db: 2}` at the top of "
          + "the file; did you mean `bd`?"
      ),
      ("pool: {limit: 2}", "", "3:8 `pool` needs `name`, such as `{name: database, limit: 2}`"),
      ("pool: {name: none, limit: 2}", "", "3:21 `name` is `none`, which means no such thing; choose another name"),
      (
        "pool: a b", "",
        "3:14 `pool` is no name: it takes a letter or digit, then letters, digits, `-` and `_`, at most 64 "
          + "in all: `a b`"
      ),
      ("pool: {name: db, limit: 0}", "pools: {db: 2}\n", "4:32 `limit` must be from 1 to 10000; found 0"),
      (
        "pool: {name: db, priority: high}", "pools: {db: 2}\n",
        "4:35 `priority` must be a whole number, such as `10`; found the text `high`"
      ),
      ("pool: db", "pools: {db: two}\n", "1:13 `db` must be a whole number, such as `2`; found the text `two`"),
      ("pool: db", "pools: {db: {}}\n", "1:9 `db` needs `limit`, such as `{limit: 2}`"),
      (
        "pool: db", "pools: {db: 2, _x: 2}\n",
        "1:16 the pool's name is no name: it takes a letter or digit, then letters, "
          + "digits, `-` and `_`, at most 64 in all: `_x`"
      ),
      ("priority: 2", "", "3:8 unknown key `priority`: it belongs under `pool`"),
    ])
  func mistake(pool: String, top: String, expected: String) {
    #expect(errors(file([pool], top: top)) == [expected])
  }

  @Test("A job with a mistake still says its limit, and still needs one")
  func brokenJob() {
    #expect(errors(file(["pool: {name: db, limit: 2}, timeout: 5", "pool: db"])).map { $0.prefix(2) } == ["3:"])
    #expect(
      errors("jobs:\n  a: {pool: db, timeout: 1h}\n") == [
        "2:3 the job needs a `task`, such as `task: {taskDefinition: nightly-report}`, or a `stateMachine`",
        "2:13 nothing says the limit of the pool `db`: write `pools: {db: 2}` at the top of the file",
      ])
  }

  @Test("A pool that no job names is a warning")
  func unused() {
    #expect(mistakes(file([""], top: "pools: {db: 2}\n")) == ["1:9 warning no job's `pool` names `db`"])
  }
}

@Suite("Jobs after jobs in a job file")
struct AfterTests {
  private func file(_ jobs: (String, String)...) -> String {
    "jobs:\n" + jobs.map { "  \($0.0): {\($0.1.isEmpty ? "" : "after: \($0.1), ")timeout: 1h, \(task)}\n" }.joined()
  }

  @Test("One job or several, with a schedule or without")
  func names() throws {
    let jobs = try #require(parse(file(("a", ""), ("b", "a"), ("c", "[b, a]"))).file?.jobs)
    #expect(jobs.map { $0.after.map(\.description) } == [[], ["a"], ["b", "a"]])
    #expect(jobs.allSatisfy { $0.schedules.isEmpty })
    let timed = try #require(
      parse("jobs: {a: {timeout: 1h, \(task)}, b: {after: a, schedule: '@daily', timeout: 1h, \(task)}}").file?.jobs)
    #expect(timed[1].after.count == 1 && timed[1].schedules.count == 1)
  }

  @Test("A circle is spelled at the link that closes it, and told once")
  func cycles() {
    #expect(errors(file(("a", "a"))) == ["2:14 a job cannot come after itself: a → a"])
    #expect(
      errors(file(("a", "b"), ("b", "a"))) == [
        "3:14 these jobs would wait for one another for ever: a → b → a"
      ])
    #expect(
      errors(file(("x", "a"), ("a", "[d, b]"), ("b", "c"), ("c", "[d, a]"), ("d", ""), ("e", "[e, x]"))) == [
        "5:18 these jobs would wait for one another for ever: a → b → c → a",
        "7:15 a job cannot come after itself: e → e",
      ])
  }

  @Test("Two ways to one job are no circle")
  func diamond() {
    #expect(mistakes(file(("a", "[b, c]"), ("b", "d"), ("c", "d"), ("d", ""))) == [])
  }

  @Test("A chain as long as the file is followed without recursion")
  func long() {
    let chain = (0..<5_000).map { "  j\($0): {after: j\(($0 + 1) % 5_000), timeout: 1h, \(task)}\n" }
    let told = errors("jobs:\n" + chain.joined())
    #expect(told.count == 1)
    #expect(
      told.first?.hasSuffix(
        "j0 → j1 → j2 → j3 → j4 → j5 → … → j4996 → j4997 → j4998 → j4999 → j0") == true, "\(told)")
  }

  @Test(
    "Other mistakes are told with their place",
    arguments: [
      ("[a, improt]", "4:18 there is no job `improt` in this file; did you mean `import`?"),
      ("nothing-like-it", "4:14 there is no job `nothing-like-it` in this file"),
      ("[a, import, a]", "4:26 the job `a` is named twice"),
      ("[]", "4:7 `after` names no job"),
      ("{job: a}", "4:14 `after` must be text, such as `import-orders`; found a mapping"),
    ])
  func mistake(after: String, expected: String) {
    #expect(errors(file(("a", ""), ("import", ""), ("c", after))) == [expected])
  }

  @Test("A job with a mistake of its own can still be named")
  func brokenUpstream() {
    #expect(
      errors("jobs:\n  a: {timeout: 5, \(task)}\n  b: {after: a, timeout: 1h, \(task)}\n").map { $0.prefix(2) } == [
        "2:"
      ])
  }

  @Test("It is no default")
  func defaults() {
    #expect(
      errors("defaults: {after: a}\njobs: {a: {timeout: 1h, \(task)}}\n") == [
        "1:12 unknown key `after`: it belongs to a job"
      ])
  }
}

@Suite("Warnings in a job file")
struct AllowanceTests {
  private func job(_ lines: String) throws -> Job { try onlyJob("jobs: {a: {\(lines), timeout: 1h, \(task)}}\n") }

  @Test("A length, or a multiple of the median")
  func forms() throws {
    let both = try job("schedule: '@daily', lateAfter: 1h30m, tooLongAfter: 3x")
    #expect(both.lateAfter == .fixed(seconds: 5_400))
    #expect(both.tooLongAfter == .median(times: 3))
    #expect(try job("tooLongAfter: 1.5x").tooLongAfter == .median(times: 1.5))
    #expect(try job("tooLongAfter: 100x").tooLongAfter == .median(times: 100))
    #expect(try job("tooLongAfter: 100x").lateAfter == nil)
    let after = parse("jobs: {a: {timeout: 1h, \(task)}, b: {after: a, lateAfter: 1h, timeout: 1h, \(task)}}\n")
    #expect(after.file?.jobs.last?.lateAfter == .fixed(seconds: 3_600))
  }

  @Test("They may be defaults, and be taken back")
  func defaults() throws {
    let top = "defaults: {lateAfter: 2h, tooLongAfter: 2x}\n"
    let taken = try onlyJob("\(top)jobs: {a: {timeout: 1h, \(task)}}\n")
    #expect(taken.lateAfter == .fixed(seconds: 7_200) && taken.tooLongAfter == .median(times: 2))
    let left = try onlyJob("\(top)jobs: {a: {lateAfter: none, tooLongAfter: none, timeout: 1h, \(task)}}\n")
    #expect(left.lateAfter == nil && left.tooLongAfter == nil)
  }

  @Test(
    "Anything else is refused",
    arguments: [
      "1x", "0.5x", "101x", "x", "3 x", "1e1x", "infx", "-2x", "1.x", ".5x",
      "3", "0s", "3X", "3xx", "nonee",
    ])
  func refused(text: String) {
    let told = errors("jobs: {a: {tooLongAfter: '\(text)', timeout: 1h, \(task)}}\n")
    #expect(
      told == [
        "1:26 `tooLongAfter` is neither a length of time such as `2h` nor a multiple of the job's median run such as `3x` "
          + "(more than 1x, at most 100x): `\(text)`"
      ])
  }

  @Test("What can never be told is told now")
  func pointless() {
    #expect(
      errors("jobs: {a: {lateAfter: 1h, timeout: 1h, \(task)}}\n") == [
        "1:12 `lateAfter` needs a `schedule` or `after`: a job run by hand is never late"
      ])
    #expect(
      mistakes("jobs: {a: {tooLongAfter: 3h, runTimeout: 3h, timeout: 1h, \(task)}}\n") == [
        "1:12 warning `tooLongAfter` is not shorter than `runTimeout`, and so is never reached"
      ])
  }
}
