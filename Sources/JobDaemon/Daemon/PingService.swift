internal import AWSClient
internal import ECSDriver
internal import JobFile
internal import JobModel
internal import Logging
internal import ServiceLifecycle

/// The dead-man ping of the job file: another one as soon as a reload says so, none where it has none.
struct PingService: DaemonService {
  /// What is in force, now and after each reload.
  let settings: @Sendable () async -> AsyncStream<JobFileSource.Settings>
  let transport: any HTTPTransport
  let time: any TimeSource
  let logger: Logger
  let healthProblem: @Sendable () async -> String?
  /// A daemon that is only starting is not yet to be told of as ill.
  let ready: @Sendable () async -> Void

  func run() async throws {
    await cancelWhenGracefulShutdown { await go() }
  }

  func go() async {
    await ready()
    var changes = await settings().makeAsyncIterator()
    var latest = await changes.next()
    while let current = latest {
      latest = await withTaskGroup(of: Void.self) { group in
        if let ping = current.deadManPing { group.addTask { await self.ping(ping) } }
        var next = await changes.next()
        while let other = next, other.deadManPing == current.deadManPing { next = await changes.next() }
        group.cancelAll()
        return next
      }
    }
  }

  private func ping(_ ping: JobFile.DeadManPing) async {
    do throws(SecretURLError) {
      let pinger = try DeadManPing(
        url: ping.url, every: ping.every, transport: transport, time: time, logger: logger,
        healthProblem: healthProblem)
      await pinger.run()
    } catch {
      logger.error("there is no dead-man ping", metadata: ["error": "its URL \(error.message)"])
    }
  }
}
