internal import JobModel

/// When which task has something to do next: a binary heap. An entry that its task no longer stands by is
/// skipped when it comes up, so nothing is ever searched for.
struct Agenda: Sendable {
  struct Entry: Equatable, Sendable {
    var at: Instant
    var task: String
  }

  private var heap: [Entry] = []

  var nextAt: Instant? { heap.first?.at }

  mutating func add(_ entry: Entry) {
    heap.append(entry)
    var index = heap.count - 1
    while index > 0, heap[index].at < heap[(index - 1) / 2].at {
      heap.swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  /// Takes the earliest entry that is due.
  mutating func take(dueAt now: Instant) -> Entry? {
    guard let first = heap.first, first.at <= now else { return nil }
    let last = heap.removeLast()
    guard !heap.isEmpty else { return first }
    heap[0] = last
    var index = 0
    while true {
      let children = [2 * index + 1, 2 * index + 2].filter { $0 < heap.count }
      guard let child = children.min(by: { heap[$0].at < heap[$1].at }), heap[child].at < heap[index].at
      else { return first }
      heap.swapAt(index, child)
      index = child
    }
  }
}
