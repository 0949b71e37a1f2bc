internal import JobModel

/// What runs below one visit of a Parallel or a Map: its branches or iterations, here called children.
struct Fork: Equatable, Sendable {
  /// Tells it from another fork of the same scope: what was stored of that one is not this one's.
  var number = 0
  var count: Int
  /// What the children get, or what a Map's ItemSelector sees as `$`.
  let input: JSONValue
  /// A Map's items; a Parallel has none.
  var items: [JSONValue]
  var maximumConcurrency = Int.max
  /// How many children may fail.
  var toleratedFailures = 0
  /// The first child that was not looked at yet.
  var next = 0
  /// How many tasks had been invoked when it began: those of an earlier fork in the same place have lower numbers.
  var tasksBefore = 0
  var failures = 0
  /// The event that led to whatever happens next in the scope around, as soon as a child has ended: kept here, so
  /// that the scope, with all its input, need not be written again.
  var previousEvent: Int?
  var running: Set<Int> = []
  var outputs = ForkOutputs()

  init(count: Int, input: JSONValue, items: [JSONValue]) {
    self.count = count
    self.input = input
    self.items = items
  }

  var isDone: Bool { outputs.count == count }

  /// How many items a child stands for: a batch has several.
  func weight(of index: Int, _ state: State) -> Int {
    guard case .map(let map) = state.kind, map.batch != nil, items.indices.contains(index) else { return 1 }
    return items[index]["Items"]?.arrayValue?.count ?? 1
  }

  /// The next child to begin, if one more may run.
  mutating func takeNext() -> Int? {
    while next < count, outputs[next] != nil || running.contains(next) { next += 1 }
    guard next < count, running.count < maximumConcurrency else { return nil }
    running.insert(next)
    next += 1
    return next - 1
  }
}

/// The outputs of the children that are over, in chunks, so that storing one more rewrites little.
struct ForkOutputs: Equatable, Sendable {
  static let chunkSize = 64

  private(set) var count = 0
  private(set) var chunks: [Int: [Int: JSONValue]] = [:]
  /// The chunks that were written since somebody last asked.
  private var touched: Set<Int> = []
  /// The children whose failure was tolerated: what stands in the place of their output tells of it.
  private(set) var failures: Set<Int> = []

  static func == (left: ForkOutputs, right: ForkOutputs) -> Bool {
    left.chunks == right.chunks && left.failures == right.failures
  }

  mutating func takeTouched() -> Set<Int> {
    defer { touched = [] }
    return touched
  }

  subscript(index: Int) -> JSONValue? { chunks[index / ForkOutputs.chunkSize]?[index] }

  mutating func set(_ output: JSONValue, at index: Int, isFailure: Bool = false) {
    if isFailure { failures.insert(index) }
    touched.insert(index / ForkOutputs.chunkSize)
    if chunks[index / ForkOutputs.chunkSize, default: [:]].updateValue(output, forKey: index) == nil { count += 1 }
  }

  /// Forgets the failures that were tolerated, so that those children run again.
  mutating func discardFailures() {
    touched.formUnion(failures.map { $0 / ForkOutputs.chunkSize })
    for index in failures where chunks[index / ForkOutputs.chunkSize]?.removeValue(forKey: index) != nil { count -= 1 }
    failures = []
  }

  /// All outputs, in the children's order.
  func values(count: Int) -> [JSONValue] { (0..<count).map { self[$0] ?? .null } }
}
