internal import Foundation
internal import GRDB
internal import JobModel

/// A value that one column holds: instants as INTEGER milliseconds, days and names as TEXT, JSON values
/// as JSON text, so that the sqlite3 shell shows something readable.
protocol Storable {
  var stored: DatabaseValue { get }

  /// Nil where the column holds something else.
  static func read(_ value: DatabaseValue) -> Self?
}

extension String: Storable {
  /// SQLite's text functions (and GRDB's bindings) end a text at a NUL, which would cut the rest off
  /// in silence; a NUL is stored as U+FFFD instead.
  var stored: DatabaseValue {
    holdsNUL ? replacing("\0", with: "\u{FFFD}").databaseValue : databaseValue
  }

  private var holdsNUL: Bool {
    utf8.withContiguousStorageIfAvailable { $0.contains(0) } ?? utf8.contains(0)
  }

  static func read(_ value: DatabaseValue) -> String? {
    if case .string(let text) = value.storage { text } else { nil }
  }
}

extension Int: Storable {
  var stored: DatabaseValue { databaseValue }

  static func read(_ value: DatabaseValue) -> Int? {
    if case .int64(let number) = value.storage { Int(number) } else { nil }
  }
}

extension Bool: Storable {
  var stored: DatabaseValue { (self ? 1 : 0).databaseValue }

  static func read(_ value: DatabaseValue) -> Bool? {
    switch Int.read(value) {
    case 0: false
    case 1: true
    default: nil
    }
  }
}

extension Instant: Storable {
  var stored: DatabaseValue { milliseconds.databaseValue }

  static func read(_ value: DatabaseValue) -> Instant? {
    if case .int64(let number) = value.storage { Instant(milliseconds: number) } else { nil }
  }
}

extension CivilDate: Storable {
  var stored: DatabaseValue { description.databaseValue }
  static func read(_ value: DatabaseValue) -> CivilDate? { String.read(value).flatMap { CivilDate($0) } }
}

extension JobName: Storable {
  var stored: DatabaseValue { description.databaseValue }
  static func read(_ value: DatabaseValue) -> JobName? { String.read(value).flatMap { JobName($0) } }
}

extension JSONValue: Storable {
  /// What was written is read again whatever its nesting; a file that somebody has damaged must still
  /// not exhaust the stack.
  private static let maximumDepth = 4 * Limits.jsonDepth

  var stored: DatabaseValue { text.databaseValue }

  static func read(_ value: DatabaseValue) -> JSONValue? {
    String.read(value).flatMap { try? JSONValue.parse($0.utf8, maximumDepth: maximumDepth) }
  }
}

extension [String: Int]: Storable {
  var stored: DatabaseValue {
    JSONValue.object(JSONObject(sorted { $0.key < $1.key }.map { ($0.key, .integer(Int64($0.value))) })).stored
  }

  static func read(_ value: DatabaseValue) -> [String: Int]? {
    guard let members = JSONValue.read(value)?.objectValue else { return nil }
    var result: [String: Int] = [:]
    for (key, value) in members {
      guard let number = value.integerValue else { return nil }
      result[key] = Int(number)
    }
    return result
  }
}

extension [UInt8]: Storable {
  var stored: DatabaseValue { Data(self).databaseValue }

  static func read(_ value: DatabaseValue) -> [UInt8]? {
    if case .blob(let data) = value.storage { Array(data) } else { nil }
  }
}

extension Optional: Storable where Wrapped: Storable {
  var stored: DatabaseValue { self?.stored ?? .null }

  static func read(_ value: DatabaseValue) -> Wrapped?? {
    if value.isNull { return .some(nil) }
    return Wrapped.read(value).map { .some($0) }
  }
}

extension Storable where Self: RawRepresentable, RawValue == String {
  var stored: DatabaseValue { rawValue.stored }
  static func read(_ value: DatabaseValue) -> Self? { String.read(value).flatMap { Self(rawValue: $0) } }
}

extension InstanceID: Storable {}
extension Trigger: Storable {}
extension SlotState: Storable {}
extension SlotWait: Storable {}
extension RunStatus: Storable {}
extension LaunchState: Storable {}
extension Diagnosis.Class: Storable {}
extension NotificationEvent: Storable {}
extension Backfill.State: Storable {}
