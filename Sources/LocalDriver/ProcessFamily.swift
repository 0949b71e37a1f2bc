internal import Foundation

/// A command's processes: those of the session that it leads, and those that left it and still carry its mark.
///
/// The mark is a variable in their environment (proc_pid_environ(5)), which a process hands on to its children
/// unless it takes trouble not to. It also tells the processes that an earlier jobd has left.
struct ProcessFamily: Sendable {
  static let variable = "JOBD_LAUNCH"

  /// The variable's value.
  let mark: String
  /// The process that leads the session; nil where it is not known any more.
  var leader: pid_t?

  /// The processes that live; those that have ended and wait to be reaped are none.
  var members: [pid_t] {
    let marked = Array("\(Self.variable)=\(mark)".utf8)
    return Self.processes.filter { process in
      guard let status = Self.status(of: process), status.state != "Z", status.state != "X" else { return false }
      if let leader, status.session == leader { return true }
      guard let environment = Self.bytes(of: "/proc/\(process)/environ") else { return false }
      return environment.split(separator: 0).contains { $0.elementsEqual(marked) }
    }
  }

  func send(_ signal: Int32) { for process in members { _ = kill(process, signal) } }

  /// Ends all of them; those that come while it looks, too.
  func end() {
    for _ in 0..<LocalLimits.killRounds {
      let members = members
      if members.isEmpty { return }
      for process in members { _ = kill(process, SIGKILL) }
    }
  }

  private static var processes: [pid_t] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    let own = getpid()
    return names.compactMap { pid_t($0) }.filter { $0 != own }
  }

  /// State and session of proc_pid_stat(5). The program's name stands in parentheses and may hold any character.
  private static func status(of process: pid_t) -> (state: Substring, session: pid_t)? {
    guard let bytes = bytes(of: "/proc/\(process)/stat") else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    guard let end = text.lastIndex(of: ")") else { return nil }
    // state, parent, group, session, …
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 3, let session = pid_t(fields[3]) else { return nil }
    return (fields[0], session)
  }

  private static func bytes(of path: String) -> [UInt8]? {
    guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
    defer { try? handle.close() }
    return (try? handle.readToEnd()).map { $0.map(Array.init) ?? [] }
  }
}
