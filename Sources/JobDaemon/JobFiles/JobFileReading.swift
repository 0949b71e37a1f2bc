internal import ECSDriver
internal import Foundation
internal import JobFile
internal import JobModel
internal import Scheduler
internal import StatesLanguage

extension JobFile {
  /// Reads a job file as every command does: with the time zone database of `TZDIR` where that is set, and
  /// with what only the parts that use a URL can say of it.
  static func read(path: String) -> JobFileResult {
    var result = load(path: path, zones: TimeZoneRules.directory())
    guard let file = result.file else { return result }
    lazy var text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    for (job, problem) in file.failingCalls {
      let place = place(of: job.description, in: text)
      result.diagnostics.append(
        JobFileDiagnostic(
          severity: .warning, file: path, line: place.line, column: place.column, path: job.description,
          message: problem))
    }
    let mistakes = file.urlMistakes
    guard !mistakes.isEmpty else { return result }
    result.file = nil
    result.diagnostics += mistakes.map { mistake in
      let place = place(of: mistake.key, in: text)
      // A URL may hold a password: the line is not shown.
      return JobFileDiagnostic(
        severity: .error, file: path, line: place.line, column: place.column, path: mistake.path,
        message: mistake.message)
    }
    return result
  }

  /// Task states that call a service which fails whatever its arguments are.
  private var failingCalls: [(job: JobName, problem: String)] {
    jobs.filter { machineJobs.contains($0.name) }.flatMap { job in
      TaskStates(of: job.machine).found.compactMap { state in
        ServiceTaskDriver.problem(with: state.resource).map { (job.name, "the state `\(state.name)` fails: \($0)") }
      }
    }
  }

  /// The resources of Task states that call services other than ECS.
  var calledServices: [String] {
    let resources = jobs.filter { machineJobs.contains($0.name) }.flatMap {
      TaskStates(of: $0.machine).found.map(\.resource)
    }
    return Set(resources.filter(ServiceTaskDriver.isService)).sorted()
  }

  private var urlMistakes: [(key: String, path: String, message: String)] {
    var mistakes: [(key: String, path: String, message: String)] = []
    if let url = eventsQueueURL {
      do throws(TaskEventQueueError) { _ = try TaskEventQueue(url: url) } catch {
        mistakes.append(("queueUrl", "events.queueUrl", error.message))
      }
    }
    if let url = deadManPing?.url {
      do throws(SecretURLError) { _ = try SecretURL(url) } catch {
        mistakes.append(("deadManPing", "deadManPing.url", "`deadManPing.url` \(error.message)"))
      }
    }
    return mistakes
  }

  /// Where a key of the file's top stands first, from 1; the beginning where it is not found.
  static func place(of key: String, in text: String) -> (line: Int, column: Int) {
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let code = line.prefix { $0 != "#" }
      guard let range = code.firstRange(of: key + ":") else { continue }
      return (index + 1, line.unicodeScalars.distance(from: line.startIndex, to: range.lowerBound) + 1)
    }
    return (1, 1)
  }
}

extension TimeZoneRules {
  /// The time zone database: that of `TZDIR` (tzset(3)) where it is set, else the system's.
  static func directory(environment: [String: String] = ProcessInfo.processInfo.environment) -> String {
    environment["TZDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? systemDirectory
  }
}
