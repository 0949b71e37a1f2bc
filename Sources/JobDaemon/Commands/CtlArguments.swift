public import ArgumentParser
public import JobModel

extension JobName: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

extension RunID: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

extension CivilDate: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

extension Instant: ExpressibleByArgument {
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

/// JSON on the command line, refused with the place of the mistake.
func jsonArgument(_ text: String) throws -> JSONValue {
  do {
    return try JSONValue.parse(text)
  } catch {
    throw ValidationError("It is not JSON: \(error).")
  }
}
