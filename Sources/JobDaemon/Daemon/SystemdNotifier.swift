internal import Dispatch
internal import Foundation
internal import JobModel

/// Tells systemd how the daemon does: the sd_notify(3) protocol, a datagram on `$NOTIFY_SOCKET`. Says
/// nothing where there is no such socket.
struct SystemdNotifier: Sendable {
  private let path: String?
  /// How often a sign of life is due; nil where no watchdog is set (sd_watchdog_enabled(3)).
  let watchdogInterval: Duration?

  init(environment: [String: String]) {
    path = environment["NOTIFY_SOCKET"]
    let isForThisProcess = environment["WATCHDOG_PID"].map { $0 == String(getpid()) } ?? true
    watchdogInterval =
      isForThisProcess
      ? environment["WATCHDOG_USEC"].flatMap { Int64($0) }.map { .microseconds($0) } : nil
  }

  func ready(status: String) { send("READY=1\nSTATUS=\(status)") }
  func stopping() { send("STOPPING=1\nSTATUS=Stopping; tasks go on") }
  func alive(status: String) { send("WATCHDOG=1\nSTATUS=\(status)") }
  func status(_ text: String) { send("STATUS=\(text)") }

  /// Begins a reload; `ready` ends it. systemd wants the monotonic time with it (CLOCK_MONOTONIC).
  func reloading() {
    // Dispatch's time is that clock.
    send("RELOADING=1\nMONOTONIC_USEC=\(DispatchTime.now().uptimeNanoseconds / 1_000)")
  }

  private func send(_ message: String) {
    guard let path, !path.isEmpty else { return }
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    var bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
    // An abstract socket is written with an @ for its leading NUL.
    if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
    let payload = Array(message.utf8)
    withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        _ = sendto(descriptor, payload, payload.count, Int32(MSG_NOSIGNAL), address, length)
      }
    }
  }
}
