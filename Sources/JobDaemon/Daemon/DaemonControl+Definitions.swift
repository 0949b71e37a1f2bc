internal import ControlAPI
internal import JobModel
internal import Scheduler

/// Histories and definitions.
extension DaemonControl {
  func runHistory(_ id: RunID, _ range: HistoryRange) async throws(ControlError) -> HistoryPage {
    let run = try await reading { store throws(StoreError) in try await store.run(id) }
    guard run != nil else { throw unknown(id) }
    return try await reading { store throws(StoreError) in try await store.history(of: id, range) }
  }

  func definition(_ name: JobName, version: Int?) async throws(ControlError) -> DefinitionAnswer {
    let present = try? await engine.job(name)
    let versions = try await reading { store throws(StoreError) in try await store.definitionVersions(of: name) }
    // A job that has left the job file still has its past.
    if versions.isEmpty, present == nil {
      _ = try await asking { () async throws(EngineRefusal) in try await engine.job(name) }
    }
    let presentVersion = try await self.version(of: name, present?.job.job.definition)
    var text = present?.job.job.definition
    let number = version ?? (present == nil ? versions.max { $0.since < $1.since }?.number : presentVersion?.number)
    if version != nil || present == nil, let number {
      text = try await reading { store throws(StoreError) in try await store.definition(of: name, version: number) }
    }
    guard let text else {
      let isRemoved = versions.contains { $0.number == number }
      throw .notFound(
        isRemoved
          ? "the text of version \(number ?? 0) of \(name) was removed with the last run that began with it"
          : "\(name) has no version \(number ?? 0)", remedy: "jobd ctl definition \(name) --list shows the versions")
    }
    return DefinitionAnswer(
      job: name, timezone: await timezone(of: name), version: number, presentVersion: presentVersion?.number,
      isPresent: present.map { $0.job.job.definition == text }, definition: DaemonControl.json(text),
      versions: versions)
  }

  func runDefinition(_ id: RunID) async throws(ControlError) -> DefinitionAnswer {
    let run = try await reading { store throws(StoreError) in try await store.run(id) }
    guard let run else { throw unknown(id) }
    let (own, present, isPresent) = try await versions(of: run)
    let versions = try await reading { store throws(StoreError) in try await store.definitionVersions(of: id.job) }
    return DefinitionAnswer(
      job: id.job, timezone: await timezone(of: run), run: id, version: own, presentVersion: present,
      isPresent: isPresent, definition: DaemonControl.json(run.definition), versions: versions)
  }

  /// The number of the definition with which a run began, that of the job's present one, and whether they are one.
  func versions(of run: Run) async throws(ControlError) -> (own: Int?, present: Int?, isPresent: Bool?) {
    let job = (try? await engine.job(run.id.job))?.job.job
    let own = try await version(of: run.id.job, run.definition)
    let present = try await version(of: run.id.job, job?.definition)
    return (own?.number, present?.number, job.map { $0.definition == run.definition })
  }

  func version(of job: JobName, _ definition: String?) async throws(ControlError) -> DefinitionVersion? {
    guard let definition else { return nil }
    return try await reading { store throws(StoreError) in try await store.definitionVersion(of: job, definition) }
  }

  private static func json(_ text: String) -> JSONValue { (try? JSONValue.parse(text)) ?? .string(text) }
}
