internal import JobModel

extension Rendering {
  /// `jobd ctl definition JOB --list`.
  public func definitionVersions(_ answer: DefinitionAnswer) -> String {
    guard !answer.versions.isEmpty else { return "No run of \(answer.job) has begun yet.\n" }
    let columns = [
      Table.Column(title: "VERSION", isRight: true), Table.Column(title: "FIRST USED"), Table.Column(title: "SINCE"),
      Table.Column(title: ""),
    ]
    let rows = answer.versions.map { version in
      let note = version.number == answer.presentVersion ? "present" : version.isKept ? "" : "its text is removed"
      return [
        Table.Cell(String(version.number)), Table.Cell(times.full(version.firstUsedAt, answer.timezone)),
        Table.Cell(times.full(version.since, answer.timezone)), Table.Cell(note, .gray),
      ]
    }
    return Table(columns: columns, rows: rows).lines(style).joined(separator: "\n") + "\n"
  }

  /// With which version of the job's definition a run began.
  func definition(of answer: RunAnswer) -> String? {
    let version = answer.definitionVersion.map { "version \($0)" }
    guard answer.isPresentDefinition == false else { return version }
    let present = answer.presentVersion.map { "is version \($0) now" } ?? "has changed since, and was not run yet"
    return (version ?? "its own, other than any of the job's") + "; the job's \(present)"
  }
}
