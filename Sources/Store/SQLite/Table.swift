internal import GRDB
internal import JobModel

/// A table's columns in the one order in which every statement names them, the key first.
struct Table: Sendable {
  let name: String
  let key: [String]
  let values: [String]
  /// Writes a row unless its key is taken.
  let insert: String
  /// Replaces the values of the row with a key; more conditions can be appended.
  let update: String
  let select: String

  init(_ name: String, key: [String], values: [String]) {
    self.name = name
    self.key = key
    self.values = values
    let columns = key + values
    let marks = columns.map { _ in "?" }.joined(separator: ", ")
    insert = "INSERT INTO \(name) (\(columns.joined(separator: ", "))) VALUES (\(marks)) ON CONFLICT DO NOTHING"
    let assignments = values.map { "\($0) = ?" }.joined(separator: ", ")
    let condition = key.map { "\($0) = ?" }.joined(separator: " AND ")
    update = "UPDATE \(name) SET \(assignments) WHERE \(condition)"
    select = "SELECT \(columns.joined(separator: ", ")) FROM \(name)"
  }
}

/// What a row, or a part of one, holds.
func rowOf<each Value: Storable>(_ value: repeat each Value) -> [DatabaseValue] {
  var row: [DatabaseValue] = []
  for value in repeat each value { row.append(value.stored) }
  return row
}

/// A value that one row holds.
protocol Stored {
  static var table: Table { get }
  /// The statement that yields the columns that ``init(_:)`` reads.
  static var select: String { get }

  init(_ columns: inout Columns) throws
}

extension Stored {
  static var select: String { table.select }
}

/// A stored value that has no meaning for this jobd: a word that it does not know, a day that does not
/// exist, a text that is no JSON.
struct UnreadableValue: Error {
  var table: String
  var key: String
  var column: String
}

/// Reads a row's columns from left to right.
struct Columns {
  private let row: Row
  private let table: Table
  private var position = 0

  init(_ row: Row, of table: Table) {
    self.row = row
    self.table = table
  }

  mutating func next<Value: Storable>() throws -> Value {
    defer { position += 1 }
    if let value = Value.read(row[position]) { return value }
    throw unreadable
  }

  private var unreadable: UnreadableValue {
    let key = table.key.indices.map { index in "\(row[index] as DatabaseValue)" }
    let column = Array(row.columnNames)[position]
    return UnreadableValue(table: table.name, key: key.joined(separator: ", "), column: column)
  }
}

extension Database {
  /// Runs a writing statement; answers how many rows it changed.
  @discardableResult
  func change(_ sql: String, _ arguments: [DatabaseValue] = []) throws -> Int {
    try statement(sql, arguments).execute()
    return changesCount
  }

  /// A statement with its arguments, bound here: GRDB would make each list of arguments one of its own.
  func statement(_ sql: String, _ arguments: [DatabaseValue]) throws -> Statement {
    let statement = try cachedStatement(sql: sql)
    // Unchecked: the marks and the values come from the same lists of columns.
    statement.setUncheckedArguments(StatementArguments())
    for (index, value) in arguments.enumerated() {
      let code = value.bind(to: statement.sqliteStatement, at: CInt(index + 1))
      if code != 0 { throw DatabaseError(resultCode: ResultCode(rawValue: code), message: lastErrorMessage, sql: sql) }
    }
    return statement
  }

  /// The rows of a type that the clause (`WHERE … ORDER BY …`) names.
  func all<Value: Stored>(
    _ type: Value.Type, _ clause: String = "", _ arguments: [DatabaseValue] = []
  ) throws -> [Value] {
    var values: [Value] = []
    try each(type, clause, arguments) { value in
      values.append(value)
      return true
    }
    return values
  }

  /// The same one by one, until somebody has had enough of them.
  func each<Value: Stored>(
    _ type: Value.Type, _ clause: String, _ arguments: [DatabaseValue], _ body: (Value) -> Bool
  ) throws {
    let rows = try Row.fetchCursor(
      statement(clause.isEmpty ? Value.select : "\(Value.select) \(clause)", arguments))
    while let row = try rows.next() {
      var columns = Columns(row, of: Value.table)
      guard body(try Value(&columns)) else { return }
    }
  }
}
