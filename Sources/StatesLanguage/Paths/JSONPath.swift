internal import JobModel

/// A JSONPath as Step Functions reads it: the dialect of the Jayway library, rooted in the state's
/// input (`$`), the context object (`$$`) or a variable (`$name`).
struct JSONPath: Hashable, Sendable {
  enum Root: Hashable, Sendable {
    case input
    case context
    case variable(String)
  }

  var root: Root
  var segments: [Segment]
  /// As the user wrote it, for messages.
  var text: String

  static let whole = JSONPath(root: .input, segments: [], text: "$")

  /// Whether it can have at most one result; any other yields an array.
  var isDefinite: Bool { segments.allSatisfy(\.isDefinite) }

  /// Whether it may say where a result goes (ResultPath): names and indices only, in the input.
  var isReference: Bool {
    root == .input
      && segments.allSatisfy { segment in
        switch segment {
        case .name: true
        case .index(let index): index >= 0
        default: false
        }
      }
  }

  /// The path in the bracket notation in which messages name it: `$['a'][0]`.
  var normalText: String {
    let start =
      switch root {
      case .input: "$"
      case .context: "$$"
      case .variable(let name): "$" + name
      }
    return start + segments.map(\.normalText).joined()
  }
}

/// One step of a path.
enum Segment: Hashable, Sendable {
  case name(String)
  case names([String])
  case index(Int)
  case indices([Int])
  case slice(from: Int?, to: Int?)
  case wildcard
  /// `..`: the value and everything inside it; what follows is applied to each.
  case descent
  case filter(PathFilter)
  case function(PathFunction)

  var isDefinite: Bool {
    switch self {
    case .name, .index, .function: true
    case .names, .indices, .slice, .wildcard, .descent, .filter: false
    }
  }

  var normalText: String {
    switch self {
    case .name(let name): "['\(name)']"
    case .names(let names): "[" + names.map { "'\($0)'" }.joined(separator: ",") + "]"
    case .index(let index): "[\(index)]"
    case .indices(let indices): "[" + indices.map(String.init).joined(separator: ",") + "]"
    case .slice(let from, let to): "[\(from.map(String.init) ?? ""):\(to.map(String.init) ?? "")]"
    case .wildcard: "[*]"
    case .descent: ".."
    case .filter: "[?]"
    case .function(let function): ".\(function.rawValue)()"
    }
  }
}

/// The functions that may end a path.
enum PathFunction: String, Hashable, Sendable {
  case length
  case minimum = "min"
  case maximum = "max"
  case sum
  case average = "avg"
  case keys
}

/// A condition on an element, in `[?(…)]`.
indirect enum PathFilter: Hashable, Sendable {
  case exists(Operand)
  case compare(Operand, Comparison, Operand)
  case and(PathFilter, PathFilter)
  case or(PathFilter, PathFilter)
  case not(PathFilter)

  enum Operand: Hashable, Sendable {
    /// `@.price`: in the element; `$.limit`: in the path's root.
    case element([Segment])
    case root([Segment])
    case number(Double)
    case string(String)
    case bool(Bool)
    case null
    case list([Operand])
  }

  enum Comparison: String, Hashable, Sendable, CaseIterable {
    case equal = "=="
    case notEqual = "!="
    case lessOrEqual = "<="
    case greaterOrEqual = ">="
    case less = "<"
    case greater = ">"
    case isIn = "in"
    case isNotIn = "nin"
    case contains
    case size
    case empty
  }
}

/// Why a text is no path, in words for a diagnostic.
struct PathSyntaxError: Error, Equatable {
  var message: String
}
