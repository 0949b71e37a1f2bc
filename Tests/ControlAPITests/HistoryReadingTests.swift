import JobModel
import TestSupport
import Testing

@testable import ControlAPI

@Suite("Reading a run's history")
struct HistoryReadingTests {
  private let server = InProcess()
  private var client: ControlClient { ControlClient(transport: server, socketPath: "/run/jobd/jobd.sock") }
  private let run = Fixtures.runID

  private func events(_ ids: ClosedRange<Int>) -> [HistoryEvent] { ids.map { Fixtures.event($0, "E", $0) } }

  private func read(last: Int? = nil) async throws -> [Int] {
    var ids: [Int] = []
    try await client.readHistory(of: run, last: last) { ids.append($0.id) }
    return ids
  }

  @Test("A long history is read page by page, and none is asked for twice")
  func pages() async throws {
    server.service.change(Fixtures.runAnswer(), events: events(1...12_000))
    #expect(try await read() == Array(1...12_000))
    #expect(
      server.service.calls == [
        "runHistory \(run) after 0 5000", "runHistory \(run) after 5000 5000", "runHistory \(run) after 10000 5000",
      ])
  }

  @Test("The latest events are read from the end, whatever there is before them", arguments: [1, 7, 5_000, 6_000])
  func last(count: Int) async throws {
    server.service.change(Fixtures.runAnswer(), events: events(1...12_000))
    #expect(try await read(last: count) == Array((12_001 - count)...12_000))
    #expect(server.service.calls.count == (count > 5_000 ? 2 : 1))
  }

  @Test("More than there are is all of them")
  func more() async throws {
    server.service.change(Fixtures.runAnswer(), events: events(1...3))
    #expect(try await read(last: 9) == [1, 2, 3])
  }

  @Test("A run that goes on is followed to its end, each event told once")
  func followed() async throws {
    let server = server
    let client = client
    let run = run
    func answer(_ status: RunStatus, _ version: Int) -> RunAnswer {
      RunAnswer(Fixtures.run(status, version: version), timezone: "UTC", now: Fixtures.now)
    }
    server.service.change(answer(.running, 1), events: events(1...3))
    let (told, continuation) = AsyncStream.makeStream(of: Int.self)
    @Sendable func follow() async throws {
      defer { continuation.finish() }
      try await client.readHistory(of: run, last: 2, isFollowed: true) { continuation.yield($0.id) }
    }
    async let end: Void = follow()
    var ids = told.makeAsyncIterator()
    #expect(await ids.next() == 2)
    #expect(await ids.next() == 3)
    server.service.change(answer(.running, 2), events: events(4...4))
    #expect(await ids.next() == 4)
    server.service.change(answer(.succeeded, 3), events: events(5...6))
    #expect(await ids.next() == 5)
    #expect(await ids.next() == 6)
    #expect(await ids.next() == nil)
    try await end
  }

  @Test("A list of versions says which is the present one, and whose text is gone")
  func versions() {
    let rendering = Rendering(style: TerminalStyle())
    #expect(
      rendering.definitionVersions(Fixtures.definitionAnswer) == """
        VERSION  FIRST USED              SINCE
              2  2026-11-20 12:00+09:00  2026-11-20 12:00+09:00  present
              1  2026-11-01 12:00+09:00  2026-11-01 12:00+09:00  its text is removed

        """)
  }

  @Test(
    "A run says with which version of the definition it began, and which is the present one",
    arguments: [
      (3, 3, true, "version 3"), (2, 3, false, "version 2; the job's is version 3 now"),
      (nil, 3, false, "its own, other than any of the job's; the job's is version 3 now"),
      (2, nil, false, "version 2; the job's has changed since, and was not run yet"), (2, nil, nil, "version 2"),
      (nil, nil, true, nil),
    ] as [(Int?, Int?, Bool?, String?)])
  func version(own: Int?, present: Int?, isPresent: Bool?, text: String?) {
    var answer = Fixtures.runAnswer()
    (answer.definitionVersion, answer.presentVersion, answer.isPresentDefinition) = (own, present, isPresent)
    #expect(Rendering(style: TerminalStyle()).definition(of: answer) == text)
  }
}
