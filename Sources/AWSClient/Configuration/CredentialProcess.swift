internal import Foundation
internal import JobModel
internal import Synchronization

/// A shell command whose standard output is read to its end, within bounds of time and size. Its standard
/// error is not read, since it may hold secrets.
final class CredentialProcess: Sendable {
  private static let timeout = Duration.seconds(60)

  private struct State {
    var processID: Int32?
    /// Nobody waits any more: the time was up, or the caller was cancelled.
    var isAbandoned = false
  }

  private let command: String
  private let state = Mutex(State())

  init(command: String) { self.command = command }

  func run(time: any TimeSource) async throws(AWSEnvironmentError) -> [UInt8] {
    let result = await withTaskGroup(of: Result<[UInt8], AWSEnvironmentError>.self) { group in
      group.addTask { await self.readOutput() }
      group.addTask {
        let isOverdue = (try? await time.sleep(for: CredentialProcess.timeout)) != nil
        let reason = isOverdue ? "it did not end within \(CredentialProcess.timeout)" : "it was cancelled"
        return .failure(AWSEnvironmentError(message: reason))
      }
      let first = await group.next() ?? .failure(AWSEnvironmentError(message: "it did not run"))
      // Whoever lost: a program that still runs is ended, so that its reader ends too.
      self.abandon()
      group.cancelAll()
      return first
    }
    return try result.get()
  }

  private func abandon() {
    state.withLock { state in
      state.isAbandoned = true
      CredentialProcess.kill(&state)
    }
  }

  private static func kill(_ state: inout State) {
    // The whole group: what the shell started may hold the pipe open.
    if let id = state.processID, Foundation.kill(-id, SIGKILL) != 0 { _ = Foundation.kill(id, SIGKILL) }
    state.processID = nil
  }

  private func readOutput() async -> Result<[UInt8], AWSEnvironmentError> {
    await withCheckedContinuation { continuation in
      Thread.detachNewThread { continuation.resume(returning: self.readBlocking()) }
    }
  }

  private func readBlocking() -> Result<[UInt8], AWSEnvironmentError> {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", command]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardInput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch { return .failure(AWSEnvironmentError(message: "it cannot be started")) }
    state.withLock { state in
      state.processID = process.processIdentifier
      // The time may have been up before the program began.
      if state.isAbandoned { CredentialProcess.kill(&state) }
    }
    var output: [UInt8] = []
    while output.count <= AWSEnvironment.maximumFileBytes {
      let chunk = pipe.fileHandleForReading.availableData
      if chunk.isEmpty { break }
      output += chunk
    }
    let isTooLong = output.count > AWSEnvironment.maximumFileBytes
    if isTooLong { state.withLock { CredentialProcess.kill(&$0) } }
    process.waitUntilExit()
    state.withLock { $0.processID = nil }
    if isTooLong {
      return .failure(AWSEnvironmentError(message: "it wrote more than \(AWSEnvironment.maximumFileBytes) bytes"))
    }
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      return .failure(AWSEnvironmentError(message: "it ended with status \(process.terminationStatus)"))
    }
    return .success(output)
  }
}
