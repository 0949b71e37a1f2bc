internal import GRDB
internal import JobModel

extension LaunchID {
  static let columns = RunID.columns + ["number"]
  var stored: [DatabaseValue] { run.stored + rowOf(number) }
}

extension TaskAnswer: Stored {
  enum Kind: String, Storable {
    case succeeded = "SUCCEEDED"
    case failed = "FAILED"
    case heartbeat = "HEARTBEAT"
  }

  static let table = Table(
    "task_answers", key: LaunchID.columns, values: ["kind", "output", "error", "cause", "answered_at"])

  var kind: Kind {
    switch content {
    case .succeeded: .succeeded
    case .failed: .failed
    case .heartbeat: .heartbeat
    }
  }

  var values: [DatabaseValue] {
    switch content {
    case .succeeded(let output): rowOf(kind, output, nil as String?, nil as String?, answeredAt)
    case .failed(let error, let cause): rowOf(kind, nil as String?, error, cause, answeredAt)
    case .heartbeat: rowOf(kind, nil as String?, nil as String?, nil as String?, answeredAt)
    }
  }

  init(_ columns: inout Columns) throws {
    let launch = LaunchID(run: try RunID(&columns), number: try columns.next())
    let kind: Kind = try columns.next()
    let output: JSONValue? = try columns.next()
    let error: String? = try columns.next()
    let cause: String? = try columns.next()
    let content: Content =
      switch kind {
      case .succeeded: .succeeded(output: output ?? .null)
      case .failed: .failed(error: error, cause: cause)
      case .heartbeat: .heartbeat
      }
    self.init(launch: launch, content: content, answeredAt: try columns.next())
  }
}

/// The conditional writes that concern answers.
extension TaskAnswer {
  static func perform(_ write: StoreWrite, in database: Database) throws -> Bool {
    switch write {
    case .insertAnswer(let answer):
      try database.change(insertAnswer, answer.launch.stored + answer.values) == 1
    case .removeAnswer(let answer):
      try database.change(removeAnswer, answer.launch.stored + rowOf(answer.kind)) <= 1
    case .expectOpen(let launch): try exists(openLaunch, launch, in: database)
    case .expectUnanswered(let launch): try !exists(anyAnswer, launch, in: database)
    default: preconditionFailure("a write that concerns no answer")
    }
  }

  private static func exists(_ sql: String, _ launch: LaunchID, in database: Database) throws -> Bool {
    let statement = try database.cachedStatement(sql: sql)
    return try Int.fetchOne(statement, arguments: StatementArguments(launch.stored)) != nil
  }

  private static let isLaunch = "job = ? AND scheduled_at = ? AND rerun = ? AND number = ?"
  private static let openLaunch =
    "SELECT 1 FROM launches WHERE \(isLaunch) AND ended_at IS NULL AND status <> 'STOPPED'"
  private static let anyAnswer = "SELECT 1 FROM task_answers WHERE \(isLaunch)"
  private static let removeAnswer = "DELETE FROM task_answers WHERE \(isLaunch) AND kind = ?"
  private static let insertAnswer = table.insert.replacing(
    "ON CONFLICT DO NOTHING",
    with: "ON CONFLICT DO UPDATE SET "
      + table.values.map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
      + " WHERE task_answers.kind = 'HEARTBEAT'")
}
