import JobModel
import Testing

/// Pages of a history, and the versions of definitions.
@Suite("Run stores: histories in pages, versions of definitions")
struct RunStoreConformanceVersions {
  private func ids(_ page: HistoryPage) -> [Int] { page.events.map(\.id) }

  @Test("A history comes in pages from its start and from its end", arguments: StoreKind.allCases)
  func pages(kind: StoreKind) async throws {
    try await kind.withStore { store in
      try await write([.insertRun(run()), .appendHistory(runID(), (1...7).map { event($0) })], to: store)
      try await write(
        [.insertRun(run(runID(rerun: 1))), .appendHistory(runID(rerun: 1), [event(1), event(9)])], to: store)
      let first = try await store.history(of: runID(), .after(0, limit: 3))
      #expect(first == HistoryPage(events: [event(1), event(2), event(3)], isMore: true))
      let rest = try await store.history(of: runID(), .after(3, limit: 4))
      #expect(ids(rest) == [4, 5, 6, 7])
      #expect(!rest.isMore)
      let last = try await store.history(of: runID(), .last(limit: 2))
      #expect(ids(last) == [6, 7])
      #expect(last.isMore)
      let before = try await store.history(of: runID(), .last(before: 6, limit: 9))
      #expect(ids(before) == [1, 2, 3, 4, 5])
      #expect(!before.isMore)
      #expect(try await store.history(of: runID(), .after(7, limit: 3)) == HistoryPage())
      #expect(try await store.history(of: runID(), .last(before: 1, limit: 3)) == HistoryPage())
      #expect(try await store.history(of: runID(rerun: 2), .last(limit: 3)) == HistoryPage())
    }
  }

  @Test("A page ends where its events become too large, and has one at least", arguments: StoreKind.allCases)
  func largePages(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let megabyte = JSONValue.string(String(repeating: "x", count: Limits.historyPageBytes / 2))
      let events = (1...5).map { id in
        var event = event(id)
        event.details = id == 4 ? ["x": [megabyte, megabyte, megabyte]] : ["x": megabyte]
        return event
      }
      try await write([.insertRun(run()), .appendHistory(runID(), events)], to: store)
      let pages = try await [0, 2, 3, 4].asyncMap { try await store.history(of: runID(), .after($0, limit: 100)) }
      #expect(pages.map(ids) == [[1, 2], [3, 4], [4], [5]])
      #expect(pages.map(\.isMore) == [true, true, true, false])
      #expect(ids(try await store.history(of: runID(), .last(limit: 100))) == [4, 5])
    }
  }

  @Test("Definitions are numbered by first use, and one that comes back has its number", arguments: StoreKind.allCases)
  func versions(kind: StoreKind) async throws {
    try await kind.withStore { store in
      #expect(try await store.definitionVersions(of: nightly).isEmpty)
      for (second, text) in ["a", "b", "b", "a"].enumerated() {
        let begins = StoreWrite.insertRun(run(runID(key(second)), definition: text))
        try await write([begins, .useDefinition(nightly, text, at: noon + .seconds(second))], to: store)
      }
      try await write([.useDefinition(hourly, "b", at: noon)], to: store)
      let first = DefinitionVersion(number: 1, firstUsedAt: noon, since: noon + .seconds(3))
      let second = DefinitionVersion(
        number: 2, firstUsedAt: noon + .seconds(1), since: noon + .seconds(1))
      #expect(try await store.definitionVersions(of: nightly) == [second, first])
      #expect(try await store.definitionVersion(of: nightly, "a") == first)
      #expect(try await store.definitionVersion(of: hourly, "b")?.number == 1)
      #expect(try await store.definitionVersion(of: hourly, "a") == nil)
      #expect(try await store.definitionVersion(of: nightly, "never seen") == nil)
      #expect(try await store.definition(of: nightly, version: 1) == "a")
      #expect(try await store.definition(of: nightly, version: 3) == nil)
      #expect(try await store.definition(of: nightly, version: 2) == "b")
      try await write([.useDefinition(nightly, "c", at: noon)], to: store)
      #expect(try await store.definitionVersion(of: nightly, "c")?.number == 3)
      // A clock that was set back makes no older one the present one.
      #expect(try await store.definitionVersion(of: nightly, "c")?.since == noon + .milliseconds(3_001))
    }
  }

  @Test("A batch that is taken back has used no definition", arguments: StoreKind.allCases)
  func takenBack(kind: StoreKind) async throws {
    try await kind.withStore { store in
      try await write([.useDefinition(nightly, "a", at: noon), .insertRun(run())], to: store)
      let batch: [StoreWrite] = [.useDefinition(nightly, "b", at: noon), .insertRun(run())]
      #expect(try await store.commit(batch) == .conflict(at: 1))
      #expect(try await store.definitionVersions(of: nightly).map(\.number) == [1])
      #expect(try await store.definition(of: nightly, version: 1) == "a")
    }
  }

  @Test(
    "A retention removes an old version's text with its last run, never the present one's",
    arguments: StoreKind.allCases)
  func retention(kind: StoreKind) async throws {
    try await kind.withStore { store in
      for (hour, text) in ["a", "b", "b", "a", "c"].enumerated() {
        try await write(finished(key(hour), definition: text) + [.useDefinition(nightly, text, at: noon)], to: store)
      }
      let retention = Retention(runsPerJob: 2)
      #expect(try await store.prune(retention, now: noon + .seconds(86_400), limit: 100) == 3)
      #expect(try await store.definition(of: nightly, version: 1) == "a", "a run that is kept has it")
      #expect(try await store.definition(of: nightly, version: 2) == nil)
      #expect(try await store.definition(of: nightly, version: 3) == "c")
      #expect(try await store.definitionVersions(of: nightly).map(\.isKept) == [true, false, true])
      // What comes back after that is another version.
      try await write([.useDefinition(nightly, "b", at: noon)], to: store)
      #expect(try await store.definitionVersion(of: nightly, "b")?.number == 4)
    }
  }
}

extension Array {
  fileprivate func asyncMap<Result>(_ transform: (Element) async throws -> Result) async rethrows -> [Result] {
    var results: [Result] = []
    for element in self { results.append(try await transform(element)) }
    return results
  }
}
