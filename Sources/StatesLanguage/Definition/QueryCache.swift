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
    let key = Key(bytes: Array(text.utf8))
    if let known = paths.withLock({ $0[key] }) { return known }
    let path = try JSONPath.parse(text)
    keep(path, of: key, in: paths)
    return path
  }

  static func call(_ text: String) throws(PathSyntaxError) -> IntrinsicCall {
    let key = Key(bytes: Array(text.utf8))
    if let known = calls.withLock({ $0[key] }) { return known }
    let call = try IntrinsicCall.parse(text)
    keep(call, of: key, in: calls)
    return call
  }

  private static func keep<Value: Sendable>(
    _ value: Value, of key: Key, in cache: borrowing Mutex<[Key: Value]>
  ) {
    guard key.bytes.count <= longest else { return }
    cache.withLock { cache in
      if cache.count >= limit { cache.removeAll(keepingCapacity: true) }
      cache[key] = value
    }
  }
}
