internal import OrderedCollections

/// The members of a JSON object, in the order in which they were written. Equality does not look at
/// the order.
public struct JSONObject: Sendable {
  private var members: OrderedDictionary<String, JSONValue>

  public init() { members = [:] }

  /// An empty object with room for so many members.
  public init(minimumCapacity: Int) { members = OrderedDictionary(minimumCapacity: minimumCapacity) }

  /// A key given twice keeps its last value.
  public init(_ members: some Sequence<(key: String, value: JSONValue)>) {
    self.init(minimumCapacity: members.underestimatedCount)
    for (key, value) in members { self.members.updateValue(value, forKey: key) }
  }

  /// Not generic: values are made of literals more often than of anything else.
  init(literal elements: [(String, JSONValue)]) {
    self.init(minimumCapacity: elements.count)
    for (key, value) in elements { members.updateValue(value, forKey: key) }
  }

  /// Setting nil removes the member; setting a new key appends it.
  public subscript(_ key: String) -> JSONValue? {
    get { members[key] }
    set { members[key] = newValue }
    _modify { yield &members[key] }
  }

  public subscript(_ key: String, default fallback: @autoclosure () -> JSONValue) -> JSONValue {
    members[key] ?? fallback()
  }

  public var keys: [String] { Array(members.keys) }
  public var values: [JSONValue] { Array(members.values) }

  @discardableResult
  public mutating func removeValue(forKey key: String) -> JSONValue? { members.removeValue(forKey: key) }

  /// An object of what each member becomes. Not generic, as a sequence's `map` is: that costs several times as much
  /// from another module.
  public func mapMembers(_ transform: (String, JSONValue) -> (key: String, value: JSONValue)) -> JSONObject {
    var result = JSONObject(minimumCapacity: members.count)
    for (key, value) in members.elements {
      let member = transform(key, value)
      result.members.updateValue(member.value, forKey: member.key)
    }
    return result
  }

  public func mapValues<Failure: Error>(
    _ transform: (JSONValue) throws(Failure) -> JSONValue
  ) throws(Failure) -> JSONObject {
    var result = self
    for index in members.values.indices { result.members.values[index] = try transform(members.values[index]) }
    return result
  }
}

extension JSONObject: RandomAccessCollection {
  public typealias Element = (key: String, value: JSONValue)

  public var startIndex: Int { 0 }
  public var endIndex: Int { members.count }
  public var count: Int { members.count }
  public subscript(position: Int) -> Element { members.elements[position] }
}

extension JSONObject: Equatable {
  public static func == (left: JSONObject, right: JSONObject) -> Bool {
    left.count == right.count && left.allSatisfy { right[$0.key] == $0.value }
  }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  /// A key given twice keeps its last value.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self.init(literal: elements)
  }
}
