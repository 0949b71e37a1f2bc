internal import JobModel
internal import StatesLanguage

/// Warns of Task states whose resource this jobd does not perform: such a state is good ASL, but fails when it
/// is reached.
enum PerformedResources {
  static func diagnostics(_ text: String) -> [Diagnostic] {
    guard let (definition, map) = try? JSONValue.parseWithSourceMap(text) else { return [] }
    return (definition["States"]?.objectValue ?? [:]).compactMap { name, state in
      guard state["Type"] == "Task", let resource = state["Resource"]?.stringValue, !isPerformed(resource) else {
        return nil
      }
      let pointer = "/States/\(jsonPointerToken(name))/Resource"
      return Diagnostic(
        severity: .warning, pointer: pointer, line: map.line(of: pointer),
        message: "this jobd performs ecs:runTask, ecs:runTask.sync and ecs:runTask.waitForTaskToken alone; a run that "
          + "reaches \(resource) fails with States.Runtime")
    }
  }

  private static func isPerformed(_ resource: String) -> Bool {
    [":states:::ecs:runTask", ":states:::ecs:runTask.sync", ":states:::ecs:runTask.waitForTaskToken"]
      .contains { resource.hasSuffix($0) }
  }
}
