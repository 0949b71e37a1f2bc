internal import CMemory
internal import JobFile
internal import JobModel
internal import Scheduler

/// Reads the job file from disk and compiles it: all of it, or what is wrong with it.
actor JobFileSource {
  /// What a reading gave.
  struct Reading: Sendable {
    /// Nil where the file has a mistake.
    var jobs: [CompiledJob]?
    var region: String?
    /// One a line, mistakes first, each with its place.
    var diagnostics: [String]
  }

  nonisolated let path: String
  private(set) var loadedAt: Instant?

  init(path: String) { self.path = path }

  func accepted(at now: Instant) { loadedAt = now }

  func read() -> Reading {
    // Reading a large file takes many times its size for a moment; that goes back to the system.
    defer { jobd_release_free_memory() }
    let result = JobFile.load(path: path)
    let diagnostics = (result.errors + result.warnings).map { "\($0)" }
    guard let file = result.file else { return Reading(diagnostics: diagnostics) }
    do {
      let jobs = try file.jobs.map { job throws(CompileError) in try CompiledJob(job) }
      return Reading(jobs: jobs, region: file.region, diagnostics: diagnostics)
    } catch {
      return Reading(diagnostics: diagnostics + ["\(error)"])
    }
  }
}
