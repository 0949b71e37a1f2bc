internal import JobModel

/// Which jobs come after which.
struct UpstreamJobs {
  private struct Link {
    var name: String
    var node: YAMLNode
  }

  /// Every job of the file, also those with mistakes.
  private let jobs: [String]
  private let known: Set<String>
  private var links: [String: [Link]] = [:]

  init(jobs: [String]) {
    self.jobs = jobs
    known = Set(jobs)
  }

  /// - Parameter node: the job's `after`.
  mutating func add(_ node: YAMLNode, of job: String, _ diagnostics: inout DiagnosticCollector) -> [JobName] {
    let items = node.items ?? [node]
    if items.isEmpty { diagnostics.error("`after` names no job", atKeyOf: node) }
    var names: [JobName] = []
    for item in items {
      guard let text = item.scalar?.text, !text.isEmpty else { continue }
      guard known.contains(text), let name = JobName(text) else {
        let ending = Suggestion.nearest(to: text, among: jobs).map { "; did you mean `\($0)`?" } ?? ""
        diagnostics.error("there is no job `\(text.prefix(100))` in this file\(ending)", at: item)
        continue
      }
      guard !names.contains(name) else {
        diagnostics.error("the job `\(name)` is named twice", at: item)
        continue
      }
      names.append(name)
      links[job, default: []].append(Link(name: text, node: item))
    }
    return names
  }

  /// Reports every cycle at the link that closes it: its jobs would wait for one another for ever.
  func reportCycles(_ diagnostics: inout DiagnosticCollector) {
    /// Jobs whose links, and those of all jobs beyond, have been followed.
    var done: Set<String> = []
    for root in jobs where !done.contains(root) {
      // A stack of its own: a chain may be as long as the file.
      var path: [(job: String, next: Int)] = [(root, 0)]
      var depths = [root: 0]
      while let (job, next) = path.last {
        guard let links = links[job], next < links.count else {
          done.insert(job)
          depths[job] = nil
          path.removeLast()
          continue
        }
        path[path.count - 1].next += 1
        let link = links[next]
        if let depth = depths[link.name] {
          report(path[depth...].map(\.job) + [link.name], at: link.node, &diagnostics)
        } else if !done.contains(link.name) {
          depths[link.name] = path.count
          path.append((link.name, 0))
        }
      }
    }
  }

  private func report(_ cycle: [String], at node: YAMLNode, _ diagnostics: inout DiagnosticCollector) {
    // Long ones are told from both ends.
    let names = cycle.count > 12 ? cycle.prefix(6) + ["…"] + cycle.suffix(5) : cycle[...]
    let waits = cycle.count == 2 ? "a job cannot come after itself" : "these jobs would wait for one another for ever"
    diagnostics.error("\(waits): \(names.joined(separator: " → "))", at: node)
  }
}
