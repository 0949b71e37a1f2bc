internal import JobModel
internal import StatesLanguage

/// What a rerun begins with.
extension Engine {
  struct Repetition: Sendable {
    var input: JSONValue
    /// In place of the job's present definition.
    var machine: JSONValue?
    /// Where to go on.
    var entry: ExecutionEntry?
  }

  /// A rerun begins with the job as it is now, one of a run by hand with the input that it had. One that goes on
  /// where the latest run failed has that run's input, whatever brought it about, and one that keeps the definition
  /// has that run's own: what a run by hand did otherwise than its job is a part of it.
  func repetition(
    of slot: Slot, _ job: CompiledJob, _ wish: RerunWish
  ) async throws(EngineRefusal) -> Repetition {
    var repetition = Repetition(input: job.job.input)
    guard let latest = slot.latestRun else {
      if wish.isFromFailed { throw .unfit(job.name, "the slot was never run: there is no failed state") }
      if wish.keepsDefinition { throw .unfit(job.name, "the slot was never run: there is no definition to keep") }
      return repetition
    }
    let run: Run?
    do { run = try await store.run(latest) } catch { throw .store(error) }
    guard let run else {
      if wish.isFromFailed || wish.keepsDefinition { throw .unknownRun(latest) }
      return repetition
    }
    if slot.trigger == .manual || slot.trigger == .execution, let input = try? JSONValue.parse(run.input) {
      repetition.input = input
    }
    if wish.keepsDefinition, run.definition != job.job.definition {
      guard let definition = try? JSONValue.parse(run.definition),
        StateMachine.taken(definition) != nil
      else { throw .cannotGoOn(latest, "this jobd cannot read the definition with which it began") }
      repetition.machine = definition
    }
    guard wish.isFromFailed else { return repetition }
    guard run.status != .succeeded else { throw .nothingFailed(latest) }
    let entry = try await entry(of: latest)
    if let problem = entry.problem(in: job.machine(repetition.machine)) { throw .cannotGoOn(latest, problem) }
    repetition.input = entry.input
    repetition.entry = entry
    return repetition
  }

  private func entry(of run: RunID) async throws(EngineRefusal) -> ExecutionEntry {
    let rows: [String: [UInt8]]
    do { rows = try await store.scopes(of: run) } catch { throw .store(error) }
    do { return try ExecutionEntry(scopes: rows) } catch {
      throw .cannotGoOn(run, "where it failed is not known any more (\(error))")
    }
  }
}
