internal import JobModel

/// What of an execution's forks was stored already, and the rows in which they are stored.
struct StoredParts: Equatable, Sendable {
  var hasContext = false
  var header: [UInt8] = []
  /// For each scope: the fork that was stored, and which chunks of its outputs.
  private var forks: [String: (number: Int, chunks: Set<Int>)] = [:]

  init() {}

  init(of forks: Tracked<Fork>) {
    hasContext = true
    self.forks = forks.values.mapValues { ($0.number, Set($0.outputs.chunks.keys)) }
  }

  // What was stored is no part of what an execution is.
  static func == (left: StoredParts, right: StoredParts) -> Bool { true }

  /// The rows of a fork that have changed; nil for those that are to be removed.
  ///
  /// - Parameter touched: the chunks of its outputs that were written since the last time.
  mutating func changes(of fork: Fork?, _ key: String, touched: Set<Int>) -> [String: [UInt8]?] {
    let before = forks[key]
    guard let fork else {
      forks[key] = nil
      guard let before else { return [:] }
      let names =
        [StoredParts.fork(key), StoredParts.items(key)] + before.chunks.map { StoredParts.outputs(key, $0) }
      return Dictionary(names.map { ($0, nil) }, uniquingKeysWith: { $1 })
    }
    var changes: [String: [UInt8]?] = [StoredParts.fork(key): fork.encodedProgress.utf8]
    let isNew = before?.number != fork.number
    if isNew {
      changes[StoredParts.items(key)] = (["input": fork.input, "items": .array(fork.items)] as JSONValue).utf8
      // Another fork stood here before.
      for number in before?.chunks ?? [] { changes[StoredParts.outputs(key, number)] = .some(nil) }
      forks[key] = (fork.number, [])
    }
    for number in isNew ? Set(fork.outputs.chunks.keys) : touched {
      let chunk = fork.outputs.chunks[number] ?? [:]
      changes[StoredParts.outputs(key, number)] = .some(
        chunk.isEmpty ? nil : JSONValue(outputs: chunk, failures: fork.outputs.failures).utf8)
      forks[key]?.chunks.insert(number)
    }
    return changes
  }

  /// Before the number of a child whose failure was tolerated.
  static let failureMark = "!"

  static func fork(_ key: String) -> String { key + ":fork" }
  static func items(_ key: String) -> String { key + ":items" }
  static func outputs(_ key: String, _ number: Int) -> String { "\(key):outputs:\(number)" }

  // MARK: Reading

  static func row(_ name: String, in rows: [String: [UInt8]]) throws(ScopeDecodingError) -> JSONValue {
    guard let bytes = rows[name] else { throw ScopeDecodingError(description: "the row '\(name)' is missing") }
    do {
      return try JSONValue.parse(bytes, maximumDepth: 2 * Limits.jsonDepth)
    } catch {
      throw ScopeDecodingError(description: "the row '\(name)' is no JSON: \(error)")
    }
  }

  static func checkVersion(_ header: JSONValue) throws(ScopeDecodingError) {
    guard let version = header["version"]?.integerValue, (1...Execution.encodingVersion).contains(version) else {
      throw ScopeDecodingError(
        description: "the execution is stored in version \(header["version"]?.text ?? "?") of the encoding; "
          + "this jobd reads versions 1 to \(Execution.encodingVersion)")
    }
  }

  static func scopesAndForks(
    in rows: [String: [UInt8]]
  ) throws(ScopeDecodingError) -> (Tracked<Scope>, Tracked<Fork>) {
    var scopes = Tracked<Scope>()
    var forks = Tracked<Fork>()
    for name in rows.keys where name != "execution" && name != "context" {
      guard let colon = name.firstIndex(of: ":") else {
        scopes[name] = try Scope(key: name, encoded: row(name, in: rows))
        continue
      }
      let key = String(name[..<colon])
      if name == fork(key) { forks[key] = try Fork(key, in: rows) }
    }
    for name in rows.keys {
      let parts = name.split(separator: ":")
      guard parts.count == 3, parts[1] == "outputs" else { continue }
      guard let outputs = try row(name, in: rows).objectValue else {
        throw ScopeDecodingError(description: "the row '\(name)' holds no outputs")
      }
      for (index, output) in outputs {
        let isFailure = index.hasPrefix(failureMark)
        guard let number = Int(isFailure ? String(index.dropFirst()) : index) else {
          throw ScopeDecodingError(description: "'\(index)' is no child's number")
        }
        if let fork = forks.values[String(parts[0])], !(0..<fork.count).contains(number) {
          throw ScopeDecodingError(description: "'\(index)' is none of \(fork.count) children")
        }
        forks[String(parts[0])]?.outputs.set(output, at: number, isFailure: isFailure)
      }
    }
    for (key, scope) in scopes.values where key != Scope.root {
      guard let place = scope.place, scopes.values[place.parent] != nil, let fork = forks.values[place.parent] else {
        throw ScopeDecodingError(description: "the scope '\(key)' is below none that has children")
      }
      guard (0..<fork.count).contains(place.index), fork.outputs[place.index] == nil else {
        throw ScopeDecodingError(
          description: "the scope '\(key)' is none of the children of '\(place.parent)' that have not ended")
      }
      // Children that have not ended are those that have a scope. One that waits for nothing was left by an execution
      // that failed, and is yet to be gone on with.
      if scope.visit.phase != .running { forks[place.parent]?.running.insert(place.index) }
    }
    for key in forks.values.keys { _ = forks[key]?.outputs.takeTouched() }
    _ = scopes.takeTouched()
    _ = forks.takeTouched()
    return (scopes, forks)
  }
}

extension Fork {
  fileprivate var encodedProgress: JSONValue {
    var members: JSONObject = [
      "count": .integer(Int64(count)), "next": .integer(Int64(next)), "failures": .integer(Int64(failures)),
      "toleratedFailures": .integer(Int64(toleratedFailures)),
    ]
    if number > 0 { members["number"] = .integer(Int64(number)) }
    if tasksBefore > 0 { members["tasksBefore"] = .integer(Int64(tasksBefore)) }
    members["previousEvent"] = previousEvent.map { .integer(Int64($0)) }
    if maximumConcurrency < Int32.max { members["maximumConcurrency"] = .integer(Int64(maximumConcurrency)) }
    return .object(members)
  }

  fileprivate init(_ key: String, in rows: [String: [UInt8]]) throws(ScopeDecodingError) {
    let progress = try StoredParts.row(StoredParts.fork(key), in: rows)
    let given = try StoredParts.row(StoredParts.items(key), in: rows)
    guard let input = given["input"], let items = given["items"]?.arrayValue else {
      throw ScopeDecodingError(description: "the fork of '\(key)' has no input or no items")
    }
    self.init(count: try progress.count("count"), input: input, items: items)
    next = try progress.count("next")
    failures = try progress.count("failures")
    toleratedFailures = try progress.count("toleratedFailures")
    guard items.isEmpty || items.count == count else {
      throw ScopeDecodingError(description: "the fork of '\(key)' has \(items.count) items for \(count) children")
    }
    guard next <= count else {
      throw ScopeDecodingError(description: "the fork of '\(key)' has begun \(next) of \(count) children")
    }
    if progress["number"] != nil { number = try progress.count("number") }
    if progress["tasksBefore"] != nil { tasksBefore = try progress.count("tasksBefore") }
    if progress["previousEvent"] != nil { previousEvent = try progress.count("previousEvent") }
    if progress["maximumConcurrency"] != nil { maximumConcurrency = try progress.count("maximumConcurrency") }
  }
}

extension JSONValue {
  fileprivate init(outputs: [Int: JSONValue], failures: Set<Int>) {
    self = .object(
      JSONObject(
        outputs.sorted { $0.key < $1.key }.map { index, output in
          ((failures.contains(index) ? StoredParts.failureMark : "") + String(index), output)
        }))
  }
}
