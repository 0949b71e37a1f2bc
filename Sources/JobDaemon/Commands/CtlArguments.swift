import ArgumentParser
import JobModel

extension JobName: @retroactive ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

extension RunID: @retroactive ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

extension CivilDate: @retroactive ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

extension Instant: @retroactive ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

/// A job's name or a run's id: no text is both, since only an id has dots.
enum JobOrRun: ExpressibleByArgument {
  case job(JobName)
  case run(RunID)

  init?(argument: String) {
    if let run = RunID(argument) {
      self = .run(run)
    } else if let job = JobName(argument) {
      self = .job(job)
    } else {
      return nil
    }
  }
}

/// JSON on the command line.
struct JSONArgument: ExpressibleByArgument {
  var value: JSONValue

  init?(argument: String) {
    guard let value = try? JSONValue.parse(argument) else { return nil }
    self.value = value
  }
}
