/// The words in a picture, the same in every format.
enum GraphText {
  /// Characters of a name or a list of errors that are shown: beyond the 80 that a state's name may have, a picture
  /// is no place to read them.
  static let length = 120

  /// What a state's box says: its name, its type with a Task's resource, and what has become of it.
  static func lines(of state: MachineGraph.State, _ progress: MachineProgress.Progress?) -> [String] {
    var lines = [visible(state.name)]
    lines.append(([state.type] + [state.resource.map(resource)].compactMap { $0 }).map(visible).joined(separator: ": "))
    if let progress, progress.entries > 0 {
      lines.append(
        progress.entries == 1 ? progress.status.rawValue : "\(progress.status.rawValue) ×\(progress.entries)")
    }
    return lines
  }

  /// What stands beside an edge; nil where it goes without saying.
  static func label(of reason: MachineGraph.Reason) -> String? {
    switch reason {
    case .next: nil
    case .choice(let condition): visible(condition)
    case .byDefault: "otherwise"
    case .caught(let errors): visible("catch " + errors.joined(separator: ", "))
    }
  }

  static func branch(_ index: Int, of state: MachineGraph.State) -> String {
    state.type == "Map" ? "for each item" : "branch \(index + 1)"
  }

  /// `ecs:runTask.sync` of a service integration; of any other ARN what follows the account, and of a Lambda function
  /// so its name.
  private static func resource(_ text: String) -> String {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count > 5, parts[0] == "arn" else { return text }
    let rest = parts[5...].joined(separator: ":")
    return parts[2] == "states" ? rest : "\(parts[2]):\(rest)"
  }

  /// A text on one line, without what would be invisible, turn the text around, or be no XML: control characters
  /// are shown by the pictures that Unicode has for them.
  static func visible(_ text: String) -> String {
    let shown = text.count <= length ? text : text.prefix(length - 1) + "…"
    var result = ""
    for scalar in shown.unicodeScalars {
      switch scalar.value {
      case 0..<0x20: result.unicodeScalars.append(Unicode.Scalar(0x2400 + scalar.value) ?? scalar)
      case 0x7F: result.unicodeScalars.append("\u{2421}")
      case 0x80..<0xA0, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF, 0xFFFE...0xFFFF:
        result.unicodeScalars.append("\u{FFFD}")
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

/// Every state of a graph with the identifier that it has in a picture: names may hold anything, identifiers must not.
struct GraphIdentifiers {
  private var numbers: [String: Int] = [:]

  init(_ graph: MachineGraph) {
    for (index, state) in graph.allStates.enumerated() { numbers[state.name] = index }
  }

  subscript(_ state: String) -> String { numbers[state].map { "s\($0)" } ?? "s" }
}

extension MachineProgress.Status {
  /// A light fill and a dark border, which black text stands out from: Okabe and Ito's hues, that people who do not
  /// see all colours can tell apart.
  var colors: (fill: String, border: String) {
    switch self {
    case .succeeded: ("#cdeee3", "#009e73")
    case .caught: ("#fbe7bf", "#e69f00")
    case .failed: ("#f9d6c2", "#d55e00")
    case .stopped: ("#f0d9e6", "#cc79a7")
    case .running: ("#cfe6f5", "#0072b2")
    case .notReached: ("#f5f5f5", "#999999")
    }
  }

  /// An identifier.
  var className: String { self == .notReached ? "notReached" : rawValue }
}
