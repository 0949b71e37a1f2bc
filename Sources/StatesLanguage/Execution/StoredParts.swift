internal import JobModel

/// What of an execution's forks was stored already, and the rows in which they are stored.
struct StoredParts: Equatable, Sendable {
  var hasContext = false
  var header: [UInt8] = []
  /// For each fork: how many outputs each of its stored chunks holds.
  private var chunks: [String: [Int: Int]] = [:]

  init() {}

  init(of forks: Tracked<Fork>) {
    hasContext = true
    chunks = forks.values.mapValues { $0.outputs.chunks.mapValues(\.count) }
  }

  // What was stored is no part of what an execution is.
  static func == (left: StoredParts, right: StoredParts) -> Bool { true }

  /// The rows of a fork that have changed; nil for those that are to be removed.
  mutating func changes(of fork: Fork?, _ key: String) -> [String: [UInt8]?] {
    let before = chunks[key]
    guard let fork else {
      chunks[key] = nil
      guard let before else { return [:] }
      let names = [StoredParts.fork(key), StoredParts.items(key)] + before.keys.map { StoredParts.outputs(key, $0) }
      return Dictionary(names.map { ($0, nil) }, uniquingKeysWith: { $1 })
    }
    var changes: [String: [UInt8]?] = [StoredParts.fork(key): fork.encodedProgress.utf8]
    if before == nil {
      changes[StoredParts.items(key)] = (["input": fork.input, "items": .array(fork.items)] as JSONValue).utf8
    }
    var counts: [Int: Int] = [:]
    for (number, chunk) in fork.outputs.chunks {
      counts[number] = chunk.count
      if before?[number] != chunk.count {
        changes[StoredParts.outputs(key, number)] = JSONValue(outputs: chunk, failures: fork.outputs.failures).utf8
      }
    }
    // A fork that began anew has fewer.
    for number in (before ?? [:]).keys where counts[number] == nil {
      changes[StoredParts.outputs(key, number)] = .some(nil)
    }
    chunks[key] = counts
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
        forks[String(parts[0])]?.outputs.set(output, at: number, isFailure: isFailure)
      }
    }
    // Children that have not ended are those that have a scope. One that waits for nothing was left by an execution
    // that failed, and is yet to be gone on with.
    for scope in scopes.values.values where scope.visit.phase != .running {
      if let place = scope.place, forks.values[place.parent] != nil { forks[place.parent]?.running.insert(place.index) }
    }
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
    if tasksBefore > 0 { members["tasksBefore"] = .integer(Int64(tasksBefore)) }
    members["previousEvent"] = previousEvent.map { .integer(Int64($0)) }
    if maximumConcurrency < Int32.max { members["maximumConcurrency"] = .integer(Int64(maximumConcurrency)) }
    return .object(members)
  }

  fileprivate init(_ key: String, in rows: [String: [UInt8]]) throws(ScopeDecodingError) {
    let progress = try StoredParts.row(StoredParts.fork(key), in: rows)
    let given = try StoredParts.row(StoredParts.items(key), in: rows)
    self.init(
      count: try progress.count("count"), input: given["input"] ?? .null, items: given["items"]?.arrayValue ?? [])
    next = try progress.count("next")
    failures = try progress.count("failures")
    toleratedFailures = try progress.count("toleratedFailures")
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
