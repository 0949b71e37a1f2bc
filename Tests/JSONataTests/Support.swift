import Foundation
import JSONata
import JobModel
import Testing

/// What an expression yields: JSON text, `nothing`, or the error's code.
func outcome(
  of text: String, _ input: JSONValue? = nil, variables: [String: JSONValue] = [:], functions: HostFunctions = [:],
  limits: JSONataLimits = JSONataLimits()
) -> String {
  var environment = JSONataEnvironment(
    now: Instant(milliseconds: 1_700_000_000_000), generator: SystemRandomNumberGenerator(), limits: limits)
  do throws(JSONataError) {
    let expression = try JSONataExpression(text, limits: limits)
    let result = try expression.evaluate(input, variables: variables, functions: functions, in: &environment)
    return result?.text ?? "nothing"
  } catch {
    return error.code
  }
}

/// The error of an expression.
func failure(of text: String, _ input: JSONValue? = nil) -> JSONataError? {
  var environment = JSONataEnvironment(
    now: Instant(milliseconds: 0), generator: SystemRandomNumberGenerator())
  do throws(JSONataError) {
    _ = try JSONataExpression(text).evaluate(input, in: &environment)
    return nil
  } catch {
    return error
  }
}

/// Runs the work on a thread with as little stack as those of Swift's concurrency have.
func onSmallStack(_ work: @escaping @Sendable () -> String) -> String {
  nonisolated(unsafe) var result = ""
  let done = DispatchSemaphore(value: 0)
  let thread = Thread {
    result = work()
    done.signal()
  }
  thread.stackSize = 512 << 10
  thread.start()
  done.wait()
  return result
}
