internal import Synchronization

/// The paths and calls that were read last, by their texts: every run reads its definition anew, and the tasks of ten
/// thousand jobs are told the same of their runs in the same words.
enum QueryCache {
  private static let limit = 256
  private static let paths = Mutex<[String: JSONPath]>([:])
  private static let calls = Mutex<[String: IntrinsicCall]>([:])

  static func path(_ text: String) throws(PathSyntaxError) -> JSONPath {
    if let known = paths.withLock({ $0[text] }) { return known }
    let path = try JSONPath.parse(text)
    keep(path, of: text, in: paths)
    return path
  }

  static func call(_ text: String) throws(PathSyntaxError) -> IntrinsicCall {
    if let known = calls.withLock({ $0[text] }) { return known }
    let call = try IntrinsicCall.parse(text)
    keep(call, of: text, in: calls)
    return call
  }

  private static func keep<Value: Sendable>(
    _ value: Value, of text: String, in cache: borrowing Mutex<[String: Value]>
  ) {
    cache.withLock { cache in
      if cache.count >= limit { cache.removeAll(keepingCapacity: true) }
      cache[text] = value
    }
  }
}
