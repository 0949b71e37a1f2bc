internal import JobModel
internal import StatesLanguage

/// Reads a mock file in either of its forms, and says everything that is wrong with it.
///
/// The simple form is an object of states. The other is the MockConfigFile of Step Functions Local (Step Functions
/// guide, "Configuration file for mocked service integrations"), told by its `StateMachines` or `MockedResponses`.
struct MockFileReader {
  /// Which test case of a MockConfigFile is run.
  struct Choice: Equatable {
    /// Nil where `--machine` is not given: the definition file's name without its suffixes is taken.
    var machine: String?
    var fileMachine: String
    var testCase: String?
  }

  private let sourceMap: JSONSourceMap
  private let types: [String: String]
  private(set) var diagnostics: [Diagnostic] = []

  /// - Parameter graph: the machine's; a mock for anything but one of its Task states is a mistake.
  /// - Returns: the file where there is nothing wrong with it.
  static func read(
    _ text: String, _ graph: MachineGraph, _ choice: Choice
  ) -> (file: MockFile?, diagnostics: [Diagnostic]) {
    func failure(_ line: Int, _ message: String) -> (file: MockFile?, diagnostics: [Diagnostic]) {
      (nil, [Diagnostic(severity: .error, pointer: "", line: line, message: message)])
    }
    guard text.utf8.count <= MockFile.bytes else { return failure(1, "It is longer than \(MockFile.bytes) bytes") }
    do {
      let (json, map) = try JSONValue.parseWithSourceMap(text)
      var reader = MockFileReader(sourceMap: map, graph)
      let states = reader.read(json, choice)
      return (reader.diagnostics.isEmpty ? MockFile(states: states) : nil, reader.diagnostics)
    } catch {
      return failure(error.line, "It is no JSON: \(error)")
    }
  }

  private init(sourceMap: JSONSourceMap, _ graph: MachineGraph) {
    self.sourceMap = sourceMap
    types = Dictionary(graph.allStates.map { ($0.name, $0.type) }, uniquingKeysWith: { first, _ in first })
  }

  private mutating func read(_ json: JSONValue, _ choice: Choice) -> [String: [MockFile.Entry]] {
    guard let members = object(json, at: "", "A mock file is an object of states, or of StateMachines") else {
      return [:]
    }
    let isConfiguration = ["StateMachines", "MockedResponses"].contains { members[$0] != nil && types[$0] == nil }
    if isConfiguration { return readConfiguration(members, choice) }
    if choice.testCase != nil || choice.machine != nil {
      error("", "--test-case and --machine are for a file with StateMachines, and this one has none")
    }
    var states: [String: [MockFile.Entry]] = [:]
    for (state, value) in members {
      let pointer = "/" + jsonPointerToken(state)
      checkState(state, at: pointer)
      states[state] = readResponse(value, at: pointer, allowsPlain: true)
    }
    return states
  }

  // MARK: Step Functions Local's form

  private mutating func readConfiguration(_ members: JSONObject, _ choice: Choice) -> [String: [MockFile.Entry]] {
    allow(["StateMachines", "MockedResponses"], in: members, at: "")
    let named = object(members["MockedResponses"] ?? [:], at: "/MockedResponses", "It must be an object of responses")
    var responses: [String: [MockFile.Entry]] = [:]
    for (name, value) in named ?? [:] {
      responses[name] = readResponse(value, at: "/MockedResponses/" + jsonPointerToken(name), allowsPlain: false)
    }
    guard
      let machines = object(members["StateMachines"] ?? [:], at: "/StateMachines", "It must be an object of machines")
    else { return [:] }
    let wanted = choice.machine ?? choice.fileMachine
    var states: [String: [MockFile.Entry]] = [:]
    for (name, machine) in machines {
      let pointer = "/StateMachines/" + jsonPointerToken(name)
      let cases = readMachine(machine, at: pointer, responses, isRun: name == wanted)
      if name == wanted { states = select(cases, of: name, choice, at: pointer) }
    }
    if machines[wanted] == nil {
      error(
        "/StateMachines",
        "There is no machine \"\(wanted)\"\(list(machines.keys, near: wanted)). --machine NAME says which one is meant")
    }
    return states
  }

  /// The test cases of a machine. Those of other machines are read for their mistakes.
  private mutating func readMachine(
    _ machine: JSONValue, at pointer: String, _ responses: [String: [MockFile.Entry]], isRun: Bool
  ) -> [(name: String, states: [String: [MockFile.Entry]])] {
    guard let members = object(machine, at: pointer, "A machine is an object with TestCases") else { return [] }
    allow(["TestCases"], in: members, at: pointer)
    let place = pointer + "/TestCases"
    guard let cases = object(members["TestCases"] ?? [:], at: place, "It must be an object of test cases") else {
      return []
    }
    return cases.map { name, value in
      let casePointer = place + "/" + jsonPointerToken(name)
      var states: [String: [MockFile.Entry]] = [:]
      for (state, response) in object(value, at: casePointer, "A test case is an object of states") ?? [:] {
        let statePointer = casePointer + "/" + jsonPointerToken(state)
        if isRun { checkState(state, at: statePointer) }
        guard let named = response.stringValue else {
          error(statePointer, "Expected the name of one of MockedResponses, found \(response.kind)")
          continue
        }
        states[state] = responses[named]
        if responses[named] == nil {
          error(statePointer, "There is no mocked response \"\(named)\"\(list(Array(responses.keys), near: named))")
        }
      }
      return (name, states)
    }
  }

  private mutating func select(
    _ cases: [(name: String, states: [String: [MockFile.Entry]])], of machine: String, _ choice: Choice,
    at pointer: String
  ) -> [String: [MockFile.Entry]] {
    guard let wanted = choice.testCase else {
      error(pointer, "--test-case must say which test case is run\(list(cases.map(\.name), near: ""))")
      return [:]
    }
    guard let found = cases.first(where: { $0.name == wanted }) else {
      error(
        pointer + "/TestCases", "There is no test case \"\(wanted)\"\(list(cases.map(\.name), near: wanted))")
      return [:]
    }
    return found.states
  }

  // MARK: Parts

  /// The answers to a state's attempts.
  ///
  /// - Parameter allowsPlain: whether `Return` or `Throw` may stand in the place of the attempts, for all of them.
  private mutating func readResponse(
    _ value: JSONValue, at pointer: String, allowsPlain: Bool
  ) -> [MockFile.Entry] {
    guard let members = object(value, at: pointer, "Expected an object of attempts, such as {\"0\": {\"Return\": …}}")
    else { return [] }
    if allowsPlain, members["Return"] != nil || members["Throw"] != nil {
      return readAnswer(value, at: pointer).map { [MockFile.Entry(attempts: 0...MockFile.lastAttempt, answer: $0)] }
        ?? []
    }
    var entries: [MockFile.Entry] = []
    for (key, value) in members {
      let place = pointer + "/" + jsonPointerToken(key)
      let answer = readAnswer(value, at: place)
      guard let attempts = Self.attempts(key) else {
        let hint = allowsPlain ? ", Return or Throw" : ""
        error(
          place,
          "\"\(key)\" is no attempt: write \"0\" or \"1-2\"\(hint), from 0 to \(MockFile.lastAttempt), "
            + "the lower number first")
        continue
      }
      if let answer { entries.append(MockFile.Entry(attempts: attempts, answer: answer)) }
    }
    return sorted(entries, at: pointer)
  }

  /// In the order of attempts; two answers to one attempt are a mistake.
  private mutating func sorted(_ entries: [MockFile.Entry], at pointer: String) -> [MockFile.Entry] {
    let sorted = entries.sorted { $0.attempts.lowerBound < $1.attempts.lowerBound }
    var last = -1
    for entry in sorted {
      if entry.attempts.lowerBound <= last { error(pointer, "Attempt \(entry.attempts.lowerBound) is answered twice") }
      last = max(last, entry.attempts.upperBound)
    }
    return sorted
  }

  private mutating func readAnswer(_ value: JSONValue, at pointer: String) -> MockFile.Answer? {
    guard let members = object(value, at: pointer, "Expected an object with Return or Throw") else { return nil }
    allow(["Return", "Throw"], in: members, at: pointer)
    switch (members["Return"], members["Throw"]) {
    case (let output?, nil): return .returned(output)
    case (nil, let thrown?): return readError(thrown, at: pointer + "/Throw")
    case (nil, nil): error(pointer, "An attempt needs Return or Throw")
    case (.some, .some): error(pointer, "An attempt has Return or Throw, not both")
    }
    return nil
  }

  private mutating func readError(_ value: JSONValue, at pointer: String) -> MockFile.Answer? {
    guard let members = object(value, at: pointer, "Expected an object with Error and Cause") else { return nil }
    allow(["Error", "Cause"], in: members, at: pointer)
    var texts: [String] = []
    for key in ["Error", "Cause"] {
      let text = members[key]?.stringValue
      if let value = members[key], text == nil {
        error("\(pointer)/\(key)", "Expected a string, found \(value.kind)")
      } else if key == "Error", text ?? "" == "" {
        error(pointer, "Throw needs an Error, the name by which Retry and Catch know it")
      }
      texts.append(text ?? "")
    }
    return .thrown(error: texts[0], cause: texts[1])
  }

  /// `0`, or `1-2` with both ends.
  private static func attempts(_ key: String) -> ClosedRange<Int>? {
    let parts = key.split(separator: "-", omittingEmptySubsequences: false).map { part in
      part.utf8.allSatisfy { (48...57).contains($0) } ? Int(part) : nil
    }
    guard parts.count <= 2, let first = parts.first ?? nil, let last = parts.last ?? nil, first <= last,
      last <= MockFile.lastAttempt
    else { return nil }
    return first...last
  }

  private mutating func checkState(_ state: String, at pointer: String) {
    switch types[state] {
    case "Task": break
    case let type?:
      error(pointer, "The state \"\(state)\" is a \(type), and only Task states are mocked")
    case nil:
      let tasks = types.filter { $0.value == "Task" }.map(\.key).sorted()
      error(pointer, "The machine has no state \"\(state)\"\(list(tasks, near: state))")
    }
  }

  private mutating func object(_ value: JSONValue, at pointer: String, _ message: String) -> JSONObject? {
    if let members = value.objectValue { return members }
    error(pointer, "\(message), and this is a value of type \(value.kind)")
    return nil
  }

  private mutating func allow(_ keys: [String], in members: JSONObject, at pointer: String) {
    for key in members.keys where !keys.contains(key) {
      error(
        pointer + "/" + jsonPointerToken(key),
        "\"\(key)\" is not known here\(list(keys, near: key))")
    }
  }

  /// What may have been meant, or what there is.
  private func list(_ known: [String], near word: String) -> String {
    if let near = Suggestion.nearest(to: word, among: known) { return ": did you mean \"\(near)\"?" }
    guard !known.isEmpty else { return "" }
    let shown = known.prefix(10).map { "\"\($0)\"" }.joined(separator: ", ")
    return ": there is \(shown)\(known.count > 10 ? ", …" : "")"
  }

  private mutating func error(_ pointer: String, _ message: String) {
    diagnostics.append(
      Diagnostic(severity: .error, pointer: pointer, line: sourceMap.line(of: pointer), message: message))
  }
}
