internal import ArgumentParser
internal import Foundation
internal import JobModel
internal import StatesLanguage

/// What the commands about definitions do with files and texts.
enum MachineFile {
  static func read(_ file: String) throws -> String {
    let data: Data
    do {
      data =
        file == "-"
        ? try FileHandle.standardInput.readToEnd() ?? Data() : try Data(contentsOf: URL(fileURLWithPath: file))
    } catch {
      complain("cannot read \(file): \(error.localizedDescription)")
      throw ExitCode(2)
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      complain("\(file) is not UTF-8")
      throw ExitCode(2)
    }
    return text
  }

  /// An option's value: JSON, or @ and a file, as elsewhere on the command line.
  static func json(_ text: String, option: String) throws -> JSONValue {
    do {
      return try jsonOrFileArgument(text)
    } catch let error as ValidationError {
      complain("jobd: \(option): \(error.message)")
      throw ExitCode(2)
    }
  }

  /// A definition without mistakes; with some it tells them and ends the command.
  static func graph(_ text: String, file: String) throws -> MachineGraph {
    let errors = StateMachine.validate(text).filter { $0.severity == .error }
    try refuse(errors, file: file)
    return MachineGraph(try json(text, option: file))
  }

  /// Tells what is wrong with a file, and ends the command where anything is.
  static func refuse(_ errors: [Diagnostic], file: String) throws {
    for error in errors { complain(line(error, file: file)) }
    if !errors.isEmpty { throw ExitCode(2) }
  }

  /// Standard input can be read once.
  static func checkStandardInput(_ readers: [String: Bool]) throws {
    let named = readers.filter(\.value).keys.sorted()
    if named.count > 1 {
      throw ValidationError("\(named.joined(separator: " and ")) cannot both be standard input.")
    }
  }

  /// What a file's definition is called: its name without its suffixes.
  static func machineName(_ file: String) -> String {
    let last = file == "-" ? "machine" : URL(fileURLWithPath: file).lastPathComponent
    return String(last.prefix { $0 != "." })
  }

  static func line(_ diagnostic: Diagnostic, file: String) -> String {
    let place = diagnostic.pointer.isEmpty ? "/" : diagnostic.pointer
    return "\(file):\(diagnostic.line): \(diagnostic.severity.rawValue): \(diagnostic.message) at \(place)"
  }

  static func complain(_ message: String) {
    Terminal.complain(message)
  }

  /// The context object of a rehearsal: ids in AWS's shape, made from the file's name.
  static func context(file: String, input: JSONValue, at now: Instant, given: JSONValue) -> JSONValue {
    let name = machineName(file)
    let arn = "arn:aws:states:us-east-1:000000000000"
    let standard: JSONValue = [
      "Execution": [
        "Id": .string("\(arn):execution:\(name):run"), "Input": input, "Name": "run",
        "RoleArn": "arn:aws:iam::000000000000:role/jobd", "StartTime": .string(now.millisecondText),
        "RedriveCount": 0,
      ],
      "StateMachine": ["Id": .string("\(arn):stateMachine:\(name)"), "Name": .string(name)],
    ]
    return merge(given, over: standard)
  }

  private static func merge(_ given: JSONValue, over standard: JSONValue) -> JSONValue {
    guard case .object(let members) = given, case .object(var merged) = standard else { return given }
    for member in members {
      merged[member.key] = merged[member.key].map { merge(member.value, over: $0) } ?? member.value
    }
    return .object(merged)
  }
}
