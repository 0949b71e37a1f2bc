import JobFile
import JobModel
import Scheduler

extension FuzzTarget {
  /// A job file.
  static let jobFile = FuzzTarget(name: "job-file") { input in
    guard let text = String(validating: input.bytes, as: UTF8.self) else { return }
    let result = JobFile.parse(text, name: "jobs.yaml") { name in
      if name.hasSuffix(".ics") { return calendarText }
      if name.hasSuffix(".json") { return machineText }
      throw NoSuchFile()
    }
    require((result.file == nil) == !result.errors.isEmpty, "there is a file or an error: \(result.diagnostics)")
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).count + 1
    for diagnostic in result.diagnostics {
      require(!diagnostic.message.isEmpty && !diagnostic.message.contains("\n"), "a message: \(diagnostic)")
      guard diagnostic.file == "jobs.yaml" else { continue }
      require(diagnostic.line >= 1 && diagnostic.column >= 1, "a place: \(diagnostic)")
      require(diagnostic.line <= lines, "a line of \(lines): \(diagnostic)")
    }
    let again = JobFile.parse(text, name: "jobs.yaml") { name in
      if name.hasSuffix(".ics") { return calendarText }
      if name.hasSuffix(".json") { return machineText }
      throw NoSuchFile()
    }
    require(again == result, "it is read the same again")
  }

  private struct NoSuchFile: Error, CustomStringConvertible {
    var description: String { "there is no such file" }
  }

  private static let calendarText =
    "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270101\r\nRRULE:FREQ=YEARLY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
  private static let machineText = #"{"StartAt": "S", "States": {"S": {"Type": "Succeed"}}}"#
}
