internal import Foundation

/// Recursion on a stack of known size.
///
/// An evaluation is a recursion, and the threads of Swift's concurrency have 512 KiB of stack. What nests deeper
/// than usual continues on a thread made for it, and the caller waits: most evaluations never get there.
enum FreshStack {
  /// Nodes within nodes on the caller's stack. Without optimization a node takes up to 9 KiB of it (measured: a
  /// call within an operator), and what a function does with its arguments must fit above.
  static let firstDepth = 24
  /// Nodes within nodes on a stack made here.
  static let depth = 1_000
  /// Bytes: a page is only taken when it is used.
  private static let size = 32 << 20
  /// What a new stack costs in steps, so that no expression makes thousands of them.
  static let cost = 200

  static func run<Result>(_ body: () throws(JSONataError) -> Result) throws(JSONataError) -> Result {
    try withoutActuallyEscaping(body) { (body) throws(JSONataError) -> Result in
      // The waiting thread does nothing until the other has ended: neither touches anything at the same time.
      nonisolated(unsafe) let job = Job(body)
      let done = DispatchSemaphore(value: 0)
      let thread = Thread {
        job.perform()
        done.signal()
      }
      thread.stackSize = size
      thread.start()
      done.wait()
      guard let outcome = job.outcome else { preconditionFailure("the thread ended without a result") }
      return try outcome.get()
    }
  }
}

/// The work and its result. The thread may live on for a moment after the work is done: by then the job must not
/// hold the closure any more.
private final class Job<Result> {
  private var work: (() throws(JSONataError) -> Result)?
  private(set) var outcome: Swift.Result<Result, JSONataError>?

  init(_ work: @escaping () throws(JSONataError) -> Result) {
    self.work = work
  }

  func perform() {
    guard let work = work.take() else { return }
    do throws(JSONataError) {
      outcome = .success(try work())
    } catch {
      outcome = .failure(error)
    }
  }
}
