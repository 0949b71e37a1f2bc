internal import Synchronization

/// The paths and calls that were read last, by their texts: each run whose machine is not kept reads its definition anew,
/// and the tasks of ten thousand jobs are told the same of their runs in the same words.
enum QueryCache {
  private static let limit = 256
  /// In bytes: what repeats is short, and what was read of a long text may be many times as long.
  private static let longest = 256

  /// A text by its bytes: to Swift two spellings of one character are equal, to the language they are not.
  private struct Key: Hashable {
    let bytes: [UInt8]
  }

  private static let paths = Mutex<[Key: JSONPath]>([:])
  private static let calls = Mutex<[Key: IntrinsicCall]>([:])

  static func path(_ text: String) throws(PathSyntaxError) -> JSONPath {
    try value(of: text, in: paths, JSONPath.parse)
  }

  static func call(_ text: String) throws(PathSyntaxError) -> IntrinsicCall {
    try value(of: text, in: calls, IntrinsicCall.parse)
  }

  private static func value<Value: Sendable>(
    of text: String, in cache: borrowing Mutex<[Key: Value]>, _ read: (String) throws(PathSyntaxError) -> Value
  ) throws(PathSyntaxError) -> Value {
    let key = Key(bytes: Array(text.utf8))
    if let known = cache.withLock({ $0[key] }) { return known }
    let value = try read(text)
    guard key.bytes.count <= longest else { return value }
    cache.withLock { cache in
      if cache.count >= limit { cache.removeAll(keepingCapacity: true) }
      cache[key] = value
    }
    return value
  }
}
