/// Draws a machine as a Mermaid flowchart (Mermaid documentation, "Flowcharts - Basic Syntax").
///
/// A flowchart rather than a state diagram: only its labels can be quoted, so that a name may hold anything, and only
/// its states can be coloured inside others. Flowcharts may link to a frame, but not draw one that is linked to its own
/// content; so a Parallel or Map is a box at the top of its frame, and a small circle at the bottom joins what is inside.
public struct MermaidRendering: Sendable {
  private let graph: MachineGraph
  private let progress: MachineProgress?
  private let ids: GraphIdentifiers

  /// - Parameter progress: what has become of the states; nil draws the machine alone.
  public init(_ graph: MachineGraph, progress: MachineProgress? = nil) {
    self.graph = graph
    self.progress = progress
    ids = GraphIdentifiers(graph)
  }

  public var text: String {
    var lines = ["flowchart TD", "  start((\"start\"))"]
    draw(graph, indentation: "  ", end: "finish", &lines)
    if graph.states.contains(where: \.isEnd) { lines.append("  finish((\"end\"))") }
    if let startAt = graph.startAt { lines.append("  start --> \(ids[startAt])") }
    link(graph, end: "finish", &lines)
    if progress != nil { color(&lines) }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The states, each composite in a frame of its own.
  private func draw(_ graph: MachineGraph, indentation: String, end: String, _ lines: inout [String]) {
    for state in graph.states {
      let id = ids[state.name]
      let label = GraphText.lines(of: state, progress?[state.name]).map(Self.escaped).joined(separator: "<br/>")
      let (open, close) = Self.shape(of: state.type)
      guard state.isComposite else {
        lines.append("\(indentation)\(id)\(open)\"\(label)\"\(close)")
        continue
      }
      lines.append("\(indentation)subgraph \(id)f[\"\(Self.escaped(GraphText.visible(state.name)))\"]")
      lines.append("\(indentation)  \(id)\(open)\"\(label)\"\(close)")
      for (index, inner) in state.graphs.enumerated() {
        lines.append("\(indentation)  subgraph \(id)b\(index)[\"\(Self.escaped(GraphText.branch(index, of: state)))\"]")
        draw(inner, indentation: indentation + "    ", end: "\(id)e", &lines)
        lines.append("\(indentation)  end")
      }
      lines.append("\(indentation)  \(id)e((\" \"))")
      lines.append("\(indentation)end")
    }
  }

  /// The edges; what a composite holds leads from its box to its circle.
  private func link(_ graph: MachineGraph, end: String, _ lines: inout [String]) {
    for state in graph.states {
      let id = ids[state.name]
      for inner in state.graphs {
        if let startAt = inner.startAt { lines.append("  \(id) --> \(ids[startAt])") }
        link(inner, end: "\(id)e", &lines)
      }
      for edge in graph.edges where edge.from == state.name {
        let label = GraphText.label(of: edge.reason).map { "|\"\(Self.escaped($0))\"|" } ?? ""
        let (from, arrow) =
          switch edge.reason {
          case .caught: (id, "-.->")
          default: (exit(of: state), "-->")
          }
        lines.append("  \(from) \(arrow)\(label) \(ids[edge.to])")
      }
      if state.isEnd { lines.append("  \(exit(of: state)) --> \(end)") }
    }
  }

  private func exit(of state: MachineGraph.State) -> String {
    state.isComposite ? ids[state.name] + "e" : ids[state.name]
  }

  private func color(_ lines: inout [String]) {
    lines.append("  subgraph legend[\"states\"]")
    lines.append("    direction LR")
    for status in MachineProgress.Status.allCases {
      lines.append("    legend_\(status.className)[\"\(status.rawValue)\"]")
    }
    lines.append("  end")
    let states = graph.allStates
    for status in MachineProgress.Status.allCases {
      let (fill, border) = status.colors
      lines.append("  classDef \(status.className) fill:\(fill),stroke:\(border),color:#000000")
      let colored = states.filter { progress?[$0.name].status == status }.map { ids[$0.name] }
      lines.append("  class \((colored + ["legend_\(status.className)"]).joined(separator: ",")) \(status.className)")
    }
  }

  private static func shape(of type: String) -> (open: String, close: String) {
    switch type {
    case "Choice": ("{", "}")
    case "Wait", "Pass": ("(", ")")
    case "Succeed", "Fail": ("([", "])")
    case "Parallel", "Map": ("[[", "]]")
    default: ("[", "]")
    }
  }

  /// A text for a quoted label: whatever Mermaid, Markdown, KaTeX or HTML would take for its own becomes an entity
  /// code by its number (Mermaid documentation, "Entity codes to escape characters").
  static func escaped(_ text: String) -> String {
    let characters = Array(text.unicodeScalars)
    var result = ""
    for (index, scalar) in characters.enumerated() {
      let neighbours = [index - 1, index + 1].map { characters.indices.contains($0) ? characters[$0] : " " }
      if isPlain(scalar, between: neighbours[0], and: neighbours[1]) {
        result.unicodeScalars.append(scalar)
        // `$.a` is a path, `$$` would begin a formula, as an entity too: an invisible word joiner parts them.
        if scalar == "$", neighbours[1] == "$" { result += "#8288;" }
      } else {
        result += "#\(scalar.value);"
      }
    }
    return result
  }

  private static func isPlain(
    _ scalar: Unicode.Scalar, between left: Unicode.Scalar, and right: Unicode.Scalar
  ) -> Bool {
    func isWord(_ scalar: Unicode.Scalar) -> Bool { scalar.isASCII && scalar.properties.isXIDContinue && scalar != "_" }
    switch scalar {
    case " ", ",", "=", ":", "(", "?", "'", "$": return true
    // At the edge of a word they could begin a list or an emphasis.
    case "_", "-": return isWord(left) && isWord(right)
    case ".": return (isWord(left) || left == "$") && isWord(right)
    case ")": return !("0"..."9").contains(left)
    default: return !scalar.isASCII || isWord(scalar)
    }
  }
}
