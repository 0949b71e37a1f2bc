internal import JobModel

/// The versions of definitions, as ``Writes`` keeps them in SQLite.
extension InMemoryTables {
  /// A version with the text, until a retention has removed it.
  struct KeptVersion {
    var version: DefinitionVersion
    var definition: String?
  }

  mutating func use(_ definition: String, by job: JobName, at now: Instant) {
    let before = versions
    let known = versions[job] ?? []
    let present = known.max { $0.version.isBefore($1.version) }
    if let present, present.definition == definition { return }
    undo.append { $0.versions = before }
    let since = max(now, present.map { $0.version.since + .milliseconds(1) } ?? now)
    if let index = known.firstIndex(where: { $0.definition == definition }) {
      versions[job]?[index].version.since = since
    } else {
      let version = DefinitionVersion(number: known.count + 1, firstUsedAt: now, since: since)
      versions[job, default: []].append(KeptVersion(version: version, definition: definition))
    }
    if let former = present?.definition { release(former) }
  }

  /// Forgets a definition's text that no run has begun with any more, and no job uses.
  mutating func release(_ definition: String) {
    if runs.values.contains(where: { $0.definition == definition }) { return }
    for job in versions.keys {
      let present = versions[job]?.max { $0.version.isBefore($1.version) }?.version.number
      guard let index = versions[job]?.firstIndex(where: { $0.definition == definition }),
        versions[job]?[index].version.number != present
      else { continue }
      versions[job]?[index].definition = nil
      versions[job]?[index].version.isKept = false
    }
  }
}

extension DefinitionVersion {
  fileprivate func isBefore(_ other: DefinitionVersion) -> Bool { (since, number) < (other.since, other.number) }
}
