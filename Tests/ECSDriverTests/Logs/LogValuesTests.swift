import Foundation
import JobModel
import Testing

@testable import ECSDriver

@Suite("Following a log")
struct LogFollowTests {
  @Test("While lines come it reads every second, while none come ever later, and a page that goes on at once")
  func delays() {
    var follow = LogFollow()
    func next(_ hadLines: Bool, _ isAtEnd: Bool = true) -> LogFollow.Step {
      follow.next(hadLines: hadLines, isAtEnd: isAtEnd, isOver: false, at: .zero)
    }
    #expect(next(true, false) == .read(after: .zero))
    #expect(next(false, false) == .read(after: .zero))
    #expect(next(true) == .read(after: .seconds(1)))
    #expect((0..<5).map { _ in next(false) } == [1, 2, 4, 5, 5].map { .read(after: .seconds($0)) })
    #expect(next(true) == .read(after: .seconds(1)))
    #expect(next(false) == .read(after: .seconds(1)))
  }

  @Test("It ends when the launch is over and two pages five seconds apart brought nothing")
  func end() {
    var follow = LogFollow()
    func next(_ hadLines: Bool, at second: Int, isOver: Bool = true) -> LogFollow.Step {
      follow.next(hadLines: hadLines, isAtEnd: true, isOver: isOver, at: .seconds(second))
    }
    #expect(next(false, at: 0, isOver: false) == .read(after: .seconds(1)))
    #expect(next(false, at: 100) == .read(after: .seconds(5)))
    #expect(next(true, at: 105) == .read(after: .seconds(1)))
    #expect(next(false, at: 106) == .read(after: .seconds(5)))
    #expect(next(false, at: 108) == .read(after: .seconds(3)))
    #expect(next(false, at: 111) == .end)
  }
}

@Suite("Positions in a log")
struct LogPositionTests {
  @Test("A position is a text and comes back from it")
  func text() throws {
    let position = LogPosition(["a/app": .init(token: "f/1/s", skip: 3), "a/log": .init(token: nil, skip: 7)])
    #expect(position.description == #"{"a/app":["f/1/s",3],"a/log":[null,7]}"#)
    #expect(LogPosition(position.description) == position)
    let coded = try JSONEncoder().encode([position])
    #expect(try JSONDecoder().decode([LogPosition].self, from: coded) == [position])
    #expect(LogPosition("{}") == .start)
  }

  @Test(
    "A text that is none is refused",
    arguments: [
      "", "x", "[]", #"{"a":1}"#, #"{"a":["t"]}"#, #"{"a":["t",-1]}"#, #"{"a":["t",10001]}"#, #"{"a":["",0]}"#,
      #"{"a":[1,0]}"#,
    ])
  func broken(text: String) {
    #expect(LogPosition(text) == nil)
  }
}

@Suite("Merging streams")
struct LogMergeTests {
  private func reading(_ key: String, _ times: [Int64], skip: Int = 0, isAtEnd: Bool) -> StreamReading {
    let events = times.map { LogEvent(timestamp: Instant(milliseconds: $0), message: "\(key)\($0)") }
    // In two pages, so that a place can be in either.
    let middle = events.count / 2
    return StreamReading(
      key: key, label: key, start: LogPosition.Place(token: "0", skip: skip),
      pages: [
        .init(token: "0", events: Array(events[..<middle])), .init(token: "1", events: Array(events[middle...])),
      ],
      next: "2", isAtEnd: isAtEnd)
  }

  @Test("Nothing is given out that is later than the last line of a stream that goes on")
  func horizon() {
    let page = LogMerge.page(
      [reading("a", [1, 2, 3, 4], isAtEnd: false), reading("b", [2, 9], isAtEnd: true)], limit: 100, notes: [])
    #expect(page.lines.map(\.message) == ["a1", "a2", "b2", "a3", "a4"])
    #expect(page.next.places == ["a": .init(token: "2"), "b": .init(token: "1", skip: 0)])
    #expect(!page.isAtEnd)
  }

  @Test("What the limit leaves is skipped to with the next page")
  func limit() {
    let page = LogMerge.page(
      [reading("a", [1, 3, 5, 7], isAtEnd: true), reading("b", [0, 2, 4, 6], skip: 1, isAtEnd: true)], limit: 4,
      notes: ["n"])
    #expect(page.lines.map(\.message) == ["a1", "b2", "a3", "b4"])
    #expect(page.next.places == ["a": .init(token: "1", skip: 0), "b": .init(token: "1", skip: 1)])
    #expect(page.notes == ["n"] && !page.isAtEnd)
  }

  @Test("What is to be skipped and was not read yet is skipped with the next page")
  func skipped() {
    let going = LogMerge.page([reading("a", [1, 2], skip: 5, isAtEnd: false)], limit: 9, notes: [])
    #expect(going.lines.isEmpty && going.next.places == ["a": .init(token: "2", skip: 3)])
    let ended = LogMerge.page([reading("a", [1, 2], skip: 5, isAtEnd: true)], limit: 9, notes: [])
    #expect(ended.next.places == ["a": .init(token: "2")] && ended.isAtEnd)
  }

  @Test("A stream keeps its own order, also where its times do not")
  func order() {
    let page = LogMerge.page([reading("a", [5, 1, 2, 6], isAtEnd: true)], limit: 3, notes: [])
    #expect(page.lines.map(\.message) == ["a5", "a1", "a2"])
  }
}
