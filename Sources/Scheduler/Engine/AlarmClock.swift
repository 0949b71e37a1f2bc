internal import HeapModule
internal import JobModel

/// One queue of wall-clock instants for everything that waits for one: schedules, retries, timeouts.
///
/// It sleeps in slices of at most a second, so that a stepped clock is seen within a second, and costs
/// one wake-up a second however many alarms there are.
actor AlarmClock<Name: Hashable & Sendable> {
  private struct Entry: Comparable {
    var at: Instant
    var order: Int
    var name: Name

    static func < (left: Entry, right: Entry) -> Bool { (left.at, left.order) < (right.at, right.order) }
    static func == (left: Entry, right: Entry) -> Bool { left.order == right.order }
  }

  /// The longest sleep.
  static var slice: Duration { .seconds(1) }

  private let time: any TimeSource
  private var heap = Heap<Entry>()
  /// The order number of each name's valid entry; other entries of that name are stale.
  private var valid: [Name: Int] = [:]
  private var nextOrder = 0
  private var nap: Task<Void, Never>?
  private var napUntil: Instant?

  init(time: any TimeSource) { self.time = time }

  /// Sets the alarm of this name, in place of an earlier one.
  func set(_ name: Name, at instant: Instant) {
    nextOrder += 1
    valid[name] = nextOrder
    heap.insert(Entry(at: instant, order: nextOrder, name: name))
    if let napUntil, instant < napUntil { nap?.cancel() }
  }

  func remove(_ name: Name) { valid[name] = nil }

  func remove(where condition: (Name) -> Bool) {
    for name in valid.keys where condition(name) { valid[name] = nil }
  }

  /// The instant for which this name's alarm would be set first, over all names.
  var first: Instant? { heap.min?.at }

  /// Hands over what is due, until cancelled.
  func run(_ deliver: @Sendable ([Name]) async -> Void) async {
    while !Task.isCancelled {
      let due = takeDue(time.now())
      if !due.isEmpty {
        await deliver(due)
        continue
      }
      let now = time.now()
      let length = heap.min.map { min($0.at - now, Self.slice) } ?? Self.slice
      if length <= .zero { continue }
      let nap = Task { [time] in _ = try? await time.sleep(for: length) }
      self.nap = nap
      napUntil = now + length
      await withTaskCancellationHandler {
        await nap.value
      } onCancel: {
        nap.cancel()
      }
      napUntil = nil
    }
  }

  private func takeDue(_ now: Instant) -> [Name] {
    var due: [Name] = []
    while let entry = heap.min, entry.at <= now || valid[entry.name] != entry.order {
      heap.removeMin()
      if valid[entry.name] == entry.order {
        valid[entry.name] = nil
        due.append(entry.name)
      }
    }
    return due
  }
}
