internal import Foundation
internal import JobFile
internal import JobModel
internal import Scheduler

/// Reading a job file of as many schedules as it may hold, from the file to jobs that can be planned.
struct Loading {
  private static let jobs = 100_000
  private let path: String

  init(_ folder: URL) throws {
    path = folder.appending(path: "jobs.yaml").path
    var lines = ["timezone: Asia/Tokyo", "defaults: {cluster: batch, timeout: 1h}", "jobs:"]
    for number in 0..<Loading.jobs {
      let (minute, hour) = (number % 60, number / 60 % 24)
      lines.append("  job-\(number): {schedule: \(minute) \(hour) * * *, task: {taskDefinition: report}}")
    }
    try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
  }

  func measure() throws -> JSONValue {
    var reading: [Double] = []
    let both = try rates {
      let start = ContinuousClock.now
      let jobs = try file().jobs
      reading.append((ContinuousClock.now - start).inSeconds)
      return try jobs.map { try CompiledJob($0) }.count
    }
    return [
      "schedules": .integer(Int64(Loading.jobs)), "rate": both,
      "reading": summary(reading.dropFirst().map { Double(Loading.jobs) / $0 }),
    ]
  }

  private func file() throws -> JobFile {
    let result = JobFile.load(path: path)
    guard let file = result.file, file.jobs.count == Loading.jobs else {
      throw Wrong(description: "the job file is not read: \(result.diagnostics.first.map { "\($0)" } ?? "")")
    }
    return file
  }
}
