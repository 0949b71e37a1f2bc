internal import JobModel

/// Gathers the mistakes of one parse. A mistake that is met twice (a default, in every job that takes
/// it) is kept once.
struct DiagnosticCollector {
  private struct Key: Hashable {
    var file: String
    var place: Place
    var message: String
  }

  private let source: SourceText
  private var seen: Set<Key> = []
  private(set) var diagnostics: [JobFileDiagnostic] = []
  private(set) var hasErrors = false
  private var omitted = 0

  init(source: SourceText) {
    self.source = source
  }

  mutating func error(_ message: String, at node: YAMLNode) {
    add(.error, message, at: node.place, path: node.path)
  }

  /// For what a value lacks, or is wrong about it as a whole: points at its key.
  mutating func error(_ message: String, atKeyOf node: YAMLNode) {
    add(.error, message, at: node.keyPlace ?? node.place, path: node.path)
  }

  mutating func warning(_ message: String, atKeyOf node: YAMLNode) {
    add(.warning, message, at: node.keyPlace ?? node.place, path: node.path)
  }

  mutating func error(_ message: String, at place: Place, path: String) {
    add(.error, message, at: place, path: path)
  }

  /// - Parameter other: the file that the place is in, where it is not the job file.
  mutating func add(
    _ severity: JobFileDiagnostic.Severity, _ message: String, at place: Place, path: String,
    in other: SourceText? = nil
  ) {
    if severity == .error { hasErrors = true }
    let source = other ?? source
    guard seen.insert(Key(file: source.name, place: place, message: message)).inserted else { return }
    guard diagnostics.count < Limits.jobFileDiagnostics else {
      omitted += 1
      return
    }
    diagnostics.append(
      JobFileDiagnostic(
        severity: severity, file: source.name, line: place.line, column: place.column, path: path,
        message: message, sourceLine: source.presentableLine(place.line)))
  }

  /// In the order of the file; those of other files follow.
  var sorted: [JobFileDiagnostic] {
    let name = source.name
    var sorted = diagnostics.enumerated().sorted { left, right in
      let (a, b) = (left.element, right.element)
      if (a.file == name) != (b.file == name) { return a.file == name }
      return (a.file, a.line, a.column, left.offset) < (b.file, b.line, b.column, right.offset)
    }.map(\.element)
    if omitted > 0 {
      sorted.append(
        JobFileDiagnostic(
          severity: .error, file: name, line: 1, column: 1, path: "", message: "\(omitted) more mistakes are not shown")
      )
    }
    return sorted
  }
}
