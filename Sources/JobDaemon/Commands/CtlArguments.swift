public import ArgumentParser
internal import Foundation
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

/// JSON on the command line or, after an @, in a file; refused with the place of the mistake.
func jsonOrFileArgument(_ text: String) throws -> JSONValue {
  guard text.first == "@" else { return try json(text) }
  let path = String(text.dropFirst())
  if path.isEmpty { throw ValidationError("After the @ belongs the path of a file, or - for standard input.") }
  let data: Data?
  do {
    data =
      path == "-"
      ? try FileHandle.standardInput.readToEnd()
      : try Data(contentsOf: URL(fileURLWithPath: (path as NSString).expandingTildeInPath))
  } catch {
    throw ValidationError("\(path) cannot be read: \(error.localizedDescription)")
  }
  return try json(String(decoding: data ?? Data(), as: UTF8.self))
}

private func json(_ text: String) throws -> JSONValue {
  do {
    return try JSONValue.parse(text)
  } catch {
    throw ValidationError("It is not JSON: \(error).")
  }
}

/// A command with its arguments, as a JSON list of strings.
func commandArgument(_ text: String) throws -> [String] {
  let words = try json(text).arrayValue ?? []
  let texts = words.compactMap(\.stringValue)
  guard !texts.isEmpty, texts.count == words.count else {
    throw ValidationError("It must be a JSON list of strings, such as '[\"report\", \"--all\"]'.")
  }
  return texts
}
