internal import JobModel

/// An object: of the input as it came, or computed.
struct Members {
  enum Storage {
    case json(JSONObject)
    case computed(MemberTable)
  }

  let storage: Storage

  init(json: JSONObject) {
    storage = .json(json)
  }

  init(_ table: MemberTable) {
    storage = .computed(table)
  }

  init(_ pairs: [(String, Value)]) {
    let table = MemberTable()
    for (key, value) in pairs { table.set(key, value) }
    storage = .computed(table)
  }

  var count: Int {
    switch storage {
    case .json(let object): object.count
    case .computed(let table): table.keys.count
    }
  }

  var keys: [String] {
    switch storage {
    case .json(let object): object.keys
    case .computed(let table): table.keys
    }
  }

  var values: [Value] {
    switch storage {
    case .json(let object): object.values.map { Value($0) }
    case .computed(let table): table.values
    }
  }

  subscript(key: String) -> Value? {
    switch storage {
    case .json(let object): object[key].map { Value($0) }
    case .computed(let table): table.value(key)
    }
  }

  var depth: Int {
    switch storage {
    case .json: 1
    case .computed(let table): table.depth
    }
  }
}

/// The members of a computed object in the order of their keys' first appearance.
///
/// A class because a transform changes the objects of its own copy where they stand; nothing else changes
/// members once the object is made.
final class MemberTable {
  private(set) var keys: [String] = []
  private(set) var values: [Value] = []
  private var positions: [String: Int] = [:]
  private(set) var depth = 1

  /// Up to this many keys are searched one by one.
  private static let searched = 8

  private func position(_ key: String) -> Int? {
    keys.count <= MemberTable.searched ? keys.firstIndex(of: key) : positions[key]
  }

  func value(_ key: String) -> Value? { position(key).map { values[$0] } }

  func set(_ key: String, _ value: Value) {
    depth = max(depth, value.depth + 1)
    if let index = position(key) {
      values[index] = value
      return
    }
    keys.append(key)
    values.append(value)
    if keys.count == MemberTable.searched + 1 {
      for (index, key) in keys.enumerated() { positions[key] = index }
    } else if keys.count > MemberTable.searched {
      positions[key] = keys.count - 1
    }
  }

  func remove(_ key: String) {
    guard let index = position(key) else { return }
    keys.remove(at: index)
    values.remove(at: index)
    positions = [:]
    if keys.count > MemberTable.searched {
      for (index, key) in keys.enumerated() { positions[key] = index }
    }
  }
}
