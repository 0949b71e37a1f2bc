/// Draws a machine in Graphviz's language (Graphviz documentation, "DOT Language"), with a cluster for each Parallel
/// and Map and for each of their branches.
public struct DotRendering: Sendable {
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
    var lines = [
      "digraph machine {",
      "  graph [rankdir=TB, fontname=\"sans-serif\", fontsize=11]",
      "  node [shape=box, style=filled, fillcolor=\"#ffffff\", fontname=\"sans-serif\", fontsize=11]",
      "  edge [fontname=\"sans-serif\", fontsize=9]",
      "  start [label=\"start\", shape=circle]",
    ]
    draw(graph, indentation: "  ", &lines)
    if graph.states.contains(where: \.isEnd) { lines.append("  finish [label=\"end\", shape=doublecircle]") }
    if let startAt = graph.startAt { lines.append("  start -> \(ids[startAt])") }
    link(graph, end: "finish", &lines)
    if progress != nil { legend(&lines) }
    lines.append("}")
    return lines.joined(separator: "\n") + "\n"
  }

  /// The states, each composite in a frame of its own.
  private func draw(_ graph: MachineGraph, indentation: String, _ lines: inout [String]) {
    for state in graph.states {
      let id = ids[state.name]
      guard state.isComposite else {
        lines.append(indentation + node(state))
        continue
      }
      lines.append("\(indentation)subgraph cluster_\(id) {")
      lines.append("\(indentation)  label=\"\(Self.escaped(GraphText.visible(state.name)))\"")
      lines.append("\(indentation)  style=rounded")
      lines.append("\(indentation)  \(node(state))")
      for (index, inner) in state.graphs.enumerated() {
        lines.append("\(indentation)  subgraph cluster_\(id)_\(index) {")
        lines.append("\(indentation)    label=\"\(Self.escaped(GraphText.branch(index, of: state)))\"")
        lines.append("\(indentation)    style=dashed")
        draw(inner, indentation: indentation + "    ", &lines)
        lines.append("\(indentation)  }")
      }
      lines.append("\(indentation)  \(id)e [label=\"\", shape=circle, width=0.15]")
      lines.append("\(indentation)}")
    }
  }

  private func node(_ state: MachineGraph.State) -> String {
    let reached = progress?[state.name]
    let label = GraphText.lines(of: state, reached).map(Self.escaped).joined(separator: "\\n")
    let shape = Self.shape(of: state.type)
    let color = reached.map { ", " + Self.color($0.status) } ?? ""
    return "\(ids[state.name]) [label=\"\(label)\", \(shape)\(color)]"
  }

  /// The edges; what a composite holds leads from its box to its circle.
  private func link(_ graph: MachineGraph, end: String, _ lines: inout [String]) {
    for state in graph.states {
      let id = ids[state.name]
      for inner in state.graphs {
        if let startAt = inner.startAt { lines.append("  \(id) -> \(ids[startAt])") }
        link(inner, end: "\(id)e", &lines)
      }
      for edge in graph.edges where edge.from == state.name {
        var attributes: [String] = []
        if let label = GraphText.label(of: edge.reason) { attributes.append("label=\"\(Self.escaped(label))\"") }
        var from = exit(of: state)
        if case .caught = edge.reason {
          from = id
          attributes.append("style=dashed")
        }
        let list = attributes.isEmpty ? "" : " [\(attributes.joined(separator: ", "))]"
        lines.append("  \(from) -> \(ids[edge.to])\(list)")
      }
      if state.isEnd { lines.append("  \(exit(of: state)) -> \(end)") }
    }
  }

  private func exit(of state: MachineGraph.State) -> String {
    state.isComposite ? ids[state.name] + "e" : ids[state.name]
  }

  private func legend(_ lines: inout [String]) {
    lines.append("  subgraph cluster_legend {")
    lines.append("    label=\"states\"")
    for status in MachineProgress.Status.allCases {
      lines.append("    legend_\(status.className) [label=\"\(status.rawValue)\", \(Self.color(status))]")
    }
    lines.append("  }")
  }

  private static func color(_ status: MachineProgress.Status) -> String {
    let (fill, border) = status.colors
    return "fillcolor=\"\(fill)\", color=\"\(border)\", penwidth=2"
  }

  private static func shape(of type: String) -> String {
    switch type {
    case "Choice": "shape=diamond"
    case "Wait", "Pass": "style=\"filled,rounded\""
    case "Succeed", "Fail": "shape=oval"
    case "Parallel", "Map": "shape=box, peripheries=2"
    default: "shape=box"
    }
  }

  /// A text for a quoted string: a backslash begins Graphviz's own escapes, and a label's entities are read as in
  /// HTML.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\"": result += "\\\""
      case "&": result += "&amp;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
