internal import JobModel

/// Writes a `Codable` value as JSON whose members stand in the order of their declaration, and whose
/// `JSONValue`s keep the order that their author gave them. Foundation's encoder keeps neither.
enum WireEncoder {
  static func json(_ value: some Encodable) throws -> JSONValue {
    let node = WireNode()
    try node.fill(value, path: [])
    return node.json
  }
}

/// A place in the tree that is being written; an encoder and its containers share it.
private final class WireNode {
  private enum Content {
    case empty
    case value(JSONValue)
    case object([(key: String, node: WireNode)])
    case array([WireNode])
  }

  private var content = Content.empty

  var json: JSONValue {
    switch content {
    // What encodes nothing is an object without members.
    case .empty: [:]
    case .value(let value): value
    case .object(let members): .object(JSONObject(members.lazy.map { ($0.key, $0.node.json) }))
    case .array(let nodes): .array(nodes.map(\.json))
    }
  }

  var count: Int { if case .array(let nodes) = content { nodes.count } else { 0 } }

  func becomeObject() { if case .empty = content { content = .object([]) } }
  func becomeArray() { if case .empty = content { content = .array([]) } }

  func member(_ key: String) -> WireNode {
    guard case .object(var members) = content else { preconditionFailure("a keyed value in another one's place") }
    let node = WireNode()
    // Held by two, the members would be copied for each one more.
    content = .empty
    members.append((key, node))
    content = .object(members)
    return node
  }

  func element() -> WireNode {
    guard case .array(var nodes) = content else { preconditionFailure("an element in another value's place") }
    let node = WireNode()
    // Held by two, the elements would be copied for each one more.
    content = .empty
    nodes.append(node)
    content = .array(nodes)
    return node
  }

  func set(_ value: JSONValue) { content = .value(value) }

  func set(_ integer: some FixedWidthInteger, path: [any CodingKey]) throws {
    guard let value = Int64(exactly: integer) else {
      throw EncodingError.invalidValue(integer, .init(codingPath: path, debugDescription: "beyond 64 bits"))
    }
    set(.integer(value))
  }

  func fill(_ value: some Encodable, path: [any CodingKey]) throws {
    switch value {
    case let value as JSONValue: set(value)
    case let value as any SortedMembers: try value.fill(self, path: path)
    default: try value.encode(to: NodeEncoder(node: self, codingPath: path))
    }
  }
}

/// Dictionaries have no order; an answer is to be the same for the same state.
private protocol SortedMembers {
  func fill(_ node: WireNode, path: [any CodingKey]) throws
}

extension Dictionary: SortedMembers where Key: CodingKeyRepresentable, Value: Encodable {
  fileprivate func fill(_ node: WireNode, path: [any CodingKey]) throws {
    node.becomeObject()
    let members = map { (key: $0.key.codingKey, value: $0.value) }
    for (key, value) in members.sorted(by: { $0.key.stringValue < $1.key.stringValue }) {
      try node.member(key.stringValue).fill(value, path: path + [key])
    }
  }
}

private struct NodeEncoder: Encoder {
  let node: WireNode
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    node.becomeObject()
    return KeyedEncodingContainer(MemberContainer(node: node, codingPath: codingPath))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    node.becomeArray()
    return ElementContainer(node: node, codingPath: codingPath)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { ValueContainer(node: node, codingPath: codingPath) }
}

private struct ValueContainer: SingleValueEncodingContainer {
  let node: WireNode
  let codingPath: [any CodingKey]

  func encodeNil() { node.set(.null) }
  func encode(_ value: Bool) { node.set(.bool(value)) }
  func encode(_ value: String) { node.set(.string(value)) }
  func encode(_ value: Double) { node.set(.double(value)) }
  func encode(_ value: Float) { node.set(.double(Double(value))) }
  func encode(_ value: Int) throws { try node.set(value, path: codingPath) }
  func encode(_ value: Int8) throws { try node.set(value, path: codingPath) }
  func encode(_ value: Int16) throws { try node.set(value, path: codingPath) }
  func encode(_ value: Int32) throws { try node.set(value, path: codingPath) }
  func encode(_ value: Int64) throws { try node.set(value, path: codingPath) }
  func encode(_ value: UInt) throws { try node.set(value, path: codingPath) }
  func encode(_ value: UInt8) throws { try node.set(value, path: codingPath) }
  func encode(_ value: UInt16) throws { try node.set(value, path: codingPath) }
  func encode(_ value: UInt32) throws { try node.set(value, path: codingPath) }
  func encode(_ value: UInt64) throws { try node.set(value, path: codingPath) }
  func encode(_ value: some Encodable) throws { try node.fill(value, path: codingPath) }
}

private struct MemberContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let node: WireNode
  let codingPath: [any CodingKey]

  private func member(_ key: Key) -> ValueContainer {
    ValueContainer(node: node.member(key.stringValue), codingPath: codingPath + [key])
  }

  func encodeNil(forKey key: Key) { member(key).encodeNil() }
  func encode(_ value: Bool, forKey key: Key) { member(key).encode(value) }
  func encode(_ value: String, forKey key: Key) { member(key).encode(value) }
  func encode(_ value: Double, forKey key: Key) { member(key).encode(value) }
  func encode(_ value: Float, forKey key: Key) { member(key).encode(value) }
  func encode(_ value: Int, forKey key: Key) throws { try member(key).encode(value) }
  func encode(_ value: Int8, forKey key: Key) throws { try member(key).encode(value) }
  func encode(_ value: Int16, forKey key: Key) throws { try member(key).encode(value) }
  func encode(_ value: Int32, forKey key: Key) throws { try member(key).encode(value) }
  func encode(_ value: Int64, forKey key: Key) throws { try member(key).encode(value) }
  func encode(_ value: UInt, forKey key: Key) throws { try member(key).encode(value) }
  func encode(_ value: UInt8, forKey key: Key) throws { try member(key).encode(value) }
  func encode(_ value: UInt16, forKey key: Key) throws { try member(key).encode(value) }
  func encode(_ value: UInt32, forKey key: Key) throws { try member(key).encode(value) }
  func encode(_ value: UInt64, forKey key: Key) throws { try member(key).encode(value) }
  func encode(_ value: some Encodable, forKey key: Key) throws { try member(key).encode(value) }

  func nestedContainer<Nested: CodingKey>(
    keyedBy keyType: Nested.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Nested> {
    NodeEncoder(node: node.member(key.stringValue), codingPath: codingPath + [key]).container(keyedBy: keyType)
  }
  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    NodeEncoder(node: node.member(key.stringValue), codingPath: codingPath + [key]).unkeyedContainer()
  }
  func superEncoder() -> any Encoder { NodeEncoder(node: node.member("super"), codingPath: codingPath) }
  func superEncoder(forKey key: Key) -> any Encoder {
    NodeEncoder(node: node.member(key.stringValue), codingPath: codingPath + [key])
  }
}

private struct ElementContainer: UnkeyedEncodingContainer {
  let node: WireNode
  let codingPath: [any CodingKey]
  var count: Int { node.count }

  private func element() -> ValueContainer { ValueContainer(node: node.element(), codingPath: codingPath) }

  func encodeNil() { element().encodeNil() }
  func encode(_ value: Bool) { element().encode(value) }
  func encode(_ value: String) { element().encode(value) }
  func encode(_ value: Double) { element().encode(value) }
  func encode(_ value: Float) { element().encode(value) }
  func encode(_ value: Int) throws { try element().encode(value) }
  func encode(_ value: Int8) throws { try element().encode(value) }
  func encode(_ value: Int16) throws { try element().encode(value) }
  func encode(_ value: Int32) throws { try element().encode(value) }
  func encode(_ value: Int64) throws { try element().encode(value) }
  func encode(_ value: UInt) throws { try element().encode(value) }
  func encode(_ value: UInt8) throws { try element().encode(value) }
  func encode(_ value: UInt16) throws { try element().encode(value) }
  func encode(_ value: UInt32) throws { try element().encode(value) }
  func encode(_ value: UInt64) throws { try element().encode(value) }
  func encode(_ value: some Encodable) throws { try element().encode(value) }

  func nestedContainer<Nested: CodingKey>(keyedBy keyType: Nested.Type) -> KeyedEncodingContainer<Nested> {
    NodeEncoder(node: node.element(), codingPath: codingPath).container(keyedBy: keyType)
  }
  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    NodeEncoder(node: node.element(), codingPath: codingPath).unkeyedContainer()
  }
  func superEncoder() -> any Encoder { NodeEncoder(node: node.element(), codingPath: codingPath) }
}
