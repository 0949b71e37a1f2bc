internal import HeapModule

/// Names in the order in which they are due, each at most once. A value; it knows no clock.
struct AlarmQueue<Name: Hashable & Sendable, Deadline: Comparable & Sendable>: Sendable {
  private struct Entry: Comparable {
    var at: Deadline
    var order: Int
    var name: Name

    static func < (left: Entry, right: Entry) -> Bool { (left.at, left.order) < (right.at, right.order) }
    static func == (left: Entry, right: Entry) -> Bool { left.order == right.order }
  }

  private var heap = Heap<Entry>()
  /// The order number of each name's valid entry; other entries of that name are stale.
  private var valid: [Name: Int] = [:]
  private var nextOrder = 0

  /// How many entries are held, stale ones included.
  var heldCount: Int { heap.count }

  /// The first deadline.
  var first: Deadline? {
    mutating get {
      dropStale()
      return heap.min?.at
    }
  }

  /// Sets the alarm of this name, in place of an earlier one.
  mutating func set(_ name: Name, at deadline: Deadline) {
    nextOrder += 1
    valid[name] = nextOrder
    heap.insert(Entry(at: deadline, order: nextOrder, name: name))
    compact()
  }

  mutating func remove(_ name: Name) {
    if valid.removeValue(forKey: name) != nil { compact() }
  }

  /// Removes and returns what is due.
  mutating func takeDue(_ now: Deadline) -> [Name] {
    var due: [Name] = []
    while let first, first <= now {
      let name = heap.removeMin().name
      valid[name] = nil
      due.append(name)
    }
    return due
  }

  private mutating func dropStale() {
    while let entry = heap.min, valid[entry.name] != entry.order { heap.removeMin() }
  }

  /// Keeps the stale entries fewer than the valid ones, apart from a few: an hour's timeout of a task
  /// that takes a second must not stay for an hour. Costs a constant for each change, on average.
  private mutating func compact() {
    guard heap.count > 2 * valid.count + 64 else { return }
    heap = Heap(heap.unordered.filter { valid[$0.name] == $0.order })
  }
}
