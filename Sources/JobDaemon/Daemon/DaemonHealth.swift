internal import JobModel
internal import Scheduler

/// Whether the daemon does its work, for whoever is to notice when it does not.
struct DaemonHealth: Sendable {
  /// What was seen of the daemon at one moment.
  struct View: Equatable, Sendable {
    var isReady: Bool
    /// Nil before the engine has registered, and once it has ended.
    var instance: InstanceID?
    /// Of the latest write.
    var writeError: String?
    /// Of the latest look.
    var readError: String?
    /// Until when others leave the instance's runs alone, as the store has it.
    var leaseUntil: Instant?
  }

  let engine: Engine
  let store: any RunStore
  let time: any TimeSource
  let readiness: Readiness

  /// Why jobd is not healthy, in words; nil while it is.
  @Sendable func problem() async -> String? { DaemonHealth.problem(await look(), at: time.now()) }

  private func look() async -> View {
    var view = View(
      isReady: readiness.isReady, instance: await engine.instance?.id, writeError: await engine.storeError?.message)
    do throws(StoreError) {
      view.leaseUntil = try await store.instances().first { $0.id == view.instance }?.leaseUntil
    } catch {
      view.readError = error.message
    }
    return view
  }

  /// An instance without a lease in force plans and launches nothing.
  static func problem(_ view: View, at now: Instant) -> String? {
    guard view.isReady else { return "jobd is still starting" }
    guard view.instance != nil else { return "the engine does not run" }
    if let error = view.writeError { return "the store does not take what is written: \(error)" }
    if let error = view.readError { return "the store cannot be read: \(error)" }
    guard let until = view.leaseUntil, until > now else { return "the lease of this instance is not in force" }
    return nil
  }
}
