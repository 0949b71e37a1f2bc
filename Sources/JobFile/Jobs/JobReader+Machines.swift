internal import JobModel

/// `stateMachines`: machines by name that other runs start.
extension JobReader {
  /// Each becomes a job without a schedule and without policies, as often at a time as it is started: what it is told
  /// of, and how long it may take, is its parents' business.
  ///
  /// - Parameter jobs: the names that jobs have.
  mutating func readStateMachines(_ node: YAMLNode?, jobs: Set<String>) -> [Job] {
    guard let node, !node.isNull else { return [] }
    guard let members = node.members else {
      reader.diagnostics.error(
        "`stateMachines` must be a mapping of names to files or definitions, such as "
          + "`{close-books: close-books.asl.json}`; found \(node.described())", at: node)
      return []
    }
    return members.compactMap { member in
      let name = JobName(member.key)
      if name == nil {
        reader.diagnostics.error(
          "`\(member.key.prefix(100))` is no name of a state machine: it takes a letter or digit, then letters, digits, "
            + "`-` and `_`, at most \(Limits.jobNameLength) in all", at: member.keyPlace, path: member.value.path)
      }
      if jobs.contains(member.key) {
        reader.diagnostics.error(
          "`\(member.key)` is the name of a job already, which can be started as it is", at: member.keyPlace,
          path: member.value.path)
      }
      guard let machine = machines.machine(member.value, in: "stateMachines.\(member.key)", &reader), let name else {
        return nil
      }
      machineJobs.insert(name)
      return Job(name: name, schedules: [], timezone: surroundings.timezone, machine: machine, overlap: .allow)
    }
  }
}
