internal import JobModel

/// The arguments of `local:run`, read and checked.
struct LocalCommand: Equatable, Sendable {
  /// The program, found through PATH where it holds no `/`, and its arguments. No shell looks at them.
  var command: [String]
  var environment: [(name: String, value: String)]
  /// Nil for jobd's own.
  var workingDirectory: String?
  /// What stands on standard input, as JSON; nil for nothing.
  var input: JSONValue?

  private static let known = ["Command", "Environment", "WorkingDirectory", "Input"]

  static func == (left: LocalCommand, right: LocalCommand) -> Bool {
    left.json == right.json
  }

  /// - Throws: what a state whose arguments do not fit fails with.
  init(_ arguments: JSONValue, state: String) throws(TaskFailure) {
    do throws(Mistake) {
      guard let members = arguments.objectValue else { throw Mistake("the arguments must be an object") }
      for (key, _) in members where !LocalCommand.known.contains(key) {
        let near = Suggestion.nearest(to: key, among: LocalCommand.known)
        throw Mistake("the field \"\(key)\" is not supported" + (near.map { " (did you mean \"\($0)\"?)" } ?? ""))
      }
      command = try LocalCommand.command(members["Command"] ?? .null)
      environment = try LocalCommand.environment(members["Environment"] ?? .null)
      switch members["WorkingDirectory"] ?? .null {
      case .null: workingDirectory = nil
      case .string(let path) where path.hasPrefix("/"): workingDirectory = try LocalCommand.checked(path)
      default: throw Mistake("WorkingDirectory must be an absolute path")
      }
      input = members["Input"]
      if let input, input.text.utf8.count > LocalLimits.inputBytes {
        throw Mistake("Input is longer than \(LocalLimits.inputBytes) bytes of JSON")
      }
    } catch {
      throw TaskFailure(
        error: FailureName.runtime.rawValue, cause: "The arguments of local:run do not fit: \(error.message)",
        diagnosis: Diagnosis(
          class: .refused, sentence: "the arguments of the state \"\(state)\" do not fit local:run: \(error.message)"))
    }
  }

  private struct Mistake: Error {
    var message: String
    init(_ message: String) { self.message = message }
  }

  private static func command(_ value: JSONValue) throws(Mistake) -> [String] {
    guard let elements = value.arrayValue, let program = elements.first?.stringValue, !program.isEmpty else {
      throw Mistake("Command must be a list of texts, the program first: [\"/usr/local/bin/report\", \"--full\"]")
    }
    guard elements.count <= LocalLimits.arguments else {
      throw Mistake("Command has more than \(LocalLimits.arguments) elements")
    }
    var command: [String] = []
    for element in elements {
      guard let text = element.stringValue else { throw Mistake("Command holds \(element.kind), not only texts") }
      command.append(try checked(text))
    }
    return command
  }

  private static func environment(_ value: JSONValue) throws(Mistake) -> [(name: String, value: String)] {
    if value.isNull { return [] }
    guard let members = value.objectValue else { throw Mistake("Environment must be an object of names and texts") }
    guard members.count <= LocalLimits.variables else {
      throw Mistake("Environment has more than \(LocalLimits.variables) variables")
    }
    var variables: [(name: String, value: String)] = []
    for (name, value) in members {
      guard !name.isEmpty, !name.contains("=") else { throw Mistake("\"\(name)\" is no name of a variable") }
      guard let text = value.stringValue else {
        throw Mistake("the variable \(name) must be a text, not \(value.kind)")
      }
      variables.append((try checked(name), try checked(text)))
    }
    return variables
  }

  private static func checked(_ text: String) throws(Mistake) -> String {
    guard !text.utf8.contains(0) else { throw Mistake("a text holds a NUL, at which it would end") }
    guard text.utf8.count <= LocalLimits.textBytes else {
      throw Mistake("a text is longer than \(LocalLimits.textBytes) bytes; hand it over by Input")
    }
    return text
  }

  /// As it is kept with the launch.
  var json: JSONValue {
    var members: JSONObject = ["Command": .array(command.map { .string($0) })]
    if !environment.isEmpty {
      var variables = JSONObject()
      for (name, value) in environment { variables[name] = .string(value) }
      members["Environment"] = .object(variables)
    }
    if let workingDirectory { members["WorkingDirectory"] = .string(workingDirectory) }
    if let input { members["Input"] = input }
    return .object(members)
  }

  /// The program's name without its folders, for people.
  var programName: String { command[0].split(separator: "/").last.map(String.init) ?? command[0] }
}
