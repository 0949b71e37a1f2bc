internal import CCurl
internal import Foundation
internal import JobModel
internal import Synchronization

/// The thread that owns the multi handle (see ``CurlTransport`` for the rule).
final class CurlLoop: @unchecked Sendable {
  /// Ties a caller's cancellation to its transfer, whichever of the two reaches the loop first.
  final class CancellationToken: Sendable {
    private let flag = Atomic<Bool>(false)

    var isCancelled: Bool { flag.load(ordering: .acquiring) }
    func cancel() { flag.store(true, ordering: .releasing) }
  }

  private enum Command {
    case start(CurlTransfer)
    case cancel(CancellationToken)
  }

  private struct Inbox {
    var commands: [Command] = []
    var isOpen = true
    var thread: pthread_t?
  }

  /// A class, so that adding a transfer does not copy those that wait already.
  private final class Host {
    var activeCount = 0
    var waiting: [CurlTransfer] = []
    /// Where `waiting` begins; what is before it has been started.
    var head = 0
  }

  /// How often transfers that wait for a connection are looked at for their deadlines.
  private static let deadlineInterval = Duration.milliseconds(250)

  private let configuration: CurlConfiguration
  private let time: any TimeSource
  private let multi: UnsafeMutableRawPointer
  private let inbox: Mutex<Inbox>

  // What follows belongs to the thread.
  private var active: [UnsafeMutableRawPointer: CurlTransfer] = [:]
  private var transfers: [ObjectIdentifier: CurlTransfer] = [:]
  private var hosts: [String: Host] = [:]
  private var waitingCount = 0
  private var nextDeadlineCheckAt = Duration.zero

  private static let globalInit: CURLcode = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

  init(_ configuration: CurlConfiguration, time: any TimeSource) {
    precondition(CurlLoop.globalInit == CURLE_OK, "libcurl cannot be initialised")
    guard let multi = curl_multi_init() else { preconditionFailure("libcurl has no memory") }
    self.configuration = configuration
    self.time = time
    self.multi = multi
    inbox = Mutex(Inbox())
    // Idle connections that are kept over all hosts.
    _ = jobd_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, 2 * configuration.maximumConnectionsPerHost)
    _ = jobd_curl_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_NOTHING))
    startThread()
  }

  private func startThread() {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(self).toOpaque()
    let failure = pthread_create(
      &thread, nil,
      { context in
        if let context { Unmanaged<CurlLoop>.fromOpaque(context).takeRetainedValue().run() }
        return nil
      }, context)
    precondition(failure == 0, "no thread for HTTP: error \(failure)")
    inbox.withLock { $0.thread = thread }
  }

  // MARK: From any thread

  func submit(_ transfer: CurlTransfer) {
    transfer.deadline = transfer.request.totalTimeout.map { time.uptime() + $0 }
    let isOpen = inbox.withLock { inbox in
      guard inbox.isOpen else { return false }
      inbox.commands.append(.start(transfer))
      // Whoever came before has woken the thread already.
      if inbox.commands.count == 1 { curl_multi_wakeup(multi) }
      return true
    }
    if !isOpen { transfer.fail(.shutDown, "\(transfer.host): the HTTP client is shut down") }
  }

  func cancel(_ token: CancellationToken) {
    token.cancel()
    inbox.withLock { inbox in
      guard inbox.isOpen else { return }
      inbox.commands.append(.cancel(token))
      if inbox.commands.count == 1 { curl_multi_wakeup(multi) }
    }
  }

  /// Waits for the thread's end, once; a second call returns at once.
  func shutDown() {
    let thread: pthread_t? = inbox.withLock { inbox in
      guard inbox.isOpen else { return nil }
      inbox.isOpen = false
      curl_multi_wakeup(multi)
      return inbox.thread
    }
    guard let thread else { return }
    if pthread_equal(thread, pthread_self()) != 0 { pthread_detach(thread) } else { pthread_join(thread, nil) }
  }

  // MARK: On the loop's thread

  private func run() {
    var isOpen = true
    while isOpen {
      let commands: [Command]
      (commands, isOpen) = inbox.withLock { inbox in
        let commands = inbox.commands
        inbox.commands = []
        return (commands, inbox.isOpen)
      }
      for command in commands { perform(command) }
      guard isOpen else { break }
      var runningCount: Int32 = 0
      curl_multi_perform(multi, &runningCount)
      let startedCount = collectFinished()
      failOverdue()
      if startedCount == 0 { curl_multi_poll(multi, nil, 0, waitingCount > 0 ? 250 : 60_000, nil) }
    }
    for transfer in transfers.values { transfer.fail(.shutDown, "\(transfer.host): the HTTP client is shut down") }
    for transfer in Array(active.values) { remove(transfer) }
    curl_multi_cleanup(multi)
  }

  private func perform(_ command: Command) {
    switch command {
    case .start(let transfer):
      if transfer.token.isCancelled {
        transfer.fail(.cancelled, "\(transfer.host): cancelled before it was sent")
        return
      }
      transfers[ObjectIdentifier(transfer.token)] = transfer
      let host = hosts[transfer.host] ?? Host()
      hosts[transfer.host] = host
      host.waiting.append(transfer)
      waitingCount += 1
      startWaiting(transfer.host)
    case .cancel(let token):
      guard let transfer = transfers[ObjectIdentifier(token)] else { return }
      transfer.fail(.cancelled, "\(transfer.host): cancelled")
      close(transfer)
    }
  }

  /// Starts what waits for this host while connections are free. A transfer that ended while it waited
  /// is only dropped here.
  @discardableResult
  private func startWaiting(_ name: String) -> Int {
    var startedCount = 0
    guard let host = hosts[name] else { return 0 }
    while host.head < host.waiting.count, host.activeCount < configuration.maximumConnectionsPerHost {
      let transfer = host.waiting[host.head]
      host.head += 1
      waitingCount -= 1
      if host.head > 64, host.head * 2 > host.waiting.count {
        host.waiting.removeFirst(host.head)
        host.head = 0
      }
      if !transfer.isFinished, start(transfer) { startedCount += 1 }
    }
    if host.activeCount == 0, host.head == host.waiting.count { hosts[name] = nil }
    return startedCount
  }

  private func start(_ transfer: CurlTransfer) -> Bool {
    let remaining = transfer.deadline.map { $0 - time.uptime() }
    if let remaining, remaining <= .zero {
      failUnsent(transfer)
      return false
    }
    do throws(HTTPTransportError) {
      let easy = try transfer.prepare(configuration, remaining: remaining)
      guard curl_multi_add_handle(multi, easy) == CURLM_OK else {
        transfer.fail(.other, "libcurl does not take the request to \(transfer.host)")
        transfer.release()
        transfers[ObjectIdentifier(transfer.token)] = nil
        return false
      }
      active[easy] = transfer
      hosts[transfer.host]?.activeCount += 1
      return true
    } catch {
      transfer.finish(.failure(error))
      transfers[ObjectIdentifier(transfer.token)] = nil
      return false
    }
  }

  /// - Returns: how many waiting transfers took the places that became free.
  private func collectFinished() -> Int {
    var startedCount = 0
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle,
        let transfer = active[easy]
      else { continue }
      transfer.complete(message.pointee.data.result)
      startedCount += close(transfer)
    }
    return startedCount
  }

  @discardableResult
  private func close(_ transfer: CurlTransfer) -> Int {
    remove(transfer)
    transfers[ObjectIdentifier(transfer.token)] = nil
    return startWaiting(transfer.host)
  }

  private func remove(_ transfer: CurlTransfer) {
    guard let easy = transfer.easy, active.removeValue(forKey: easy) != nil else { return }
    curl_multi_remove_handle(multi, easy)
    hosts[transfer.host]?.activeCount -= 1
    transfer.release()
  }

  /// libcurl watches over what it has begun; this is for what still waits.
  private func failOverdue() {
    let now = time.uptime()
    guard waitingCount > 0, now >= nextDeadlineCheckAt else { return }
    nextDeadlineCheckAt = now + CurlLoop.deadlineInterval
    for host in hosts.values {
      for transfer in host.waiting[host.head...] where !transfer.isFinished {
        if let deadline = transfer.deadline, deadline <= now { failUnsent(transfer) }
      }
    }
  }

  private func failUnsent(_ transfer: CurlTransfer) {
    transfer.fail(.timeout, "\(transfer.host): no connection became free in time")
    transfers[ObjectIdentifier(transfer.token)] = nil
  }
}
