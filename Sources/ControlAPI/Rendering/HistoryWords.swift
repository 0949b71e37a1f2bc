internal import JobModel

/// What an event of a history says to people.
struct HistoryWords: Equatable, Sendable {
  var head: String
  var color: TerminalStyle.Color?
  /// What was given or came back.
  var data: String?
  var isFailure = false
  /// Whether it says no more than the events around it.
  var isMinor = false
}

extension HistoryWords {
  /// - Parameter isFull: causes as they are, rather than what in them says why.
  init(_ event: HistoryEvent, _ place: HistoryOutline.Place, isFull: Bool) {
    let type = event.type
    let length = place.since.map { TimeText.length(event.timestamp - $0) }
    let after = length.map { " after \($0)" } ?? ""
    let name = event.member("name") ?? place.state ?? ""
    switch type {
    case "ExecutionStarted": self.init(head: "started", data: event.member("input"))
    case "ExecutionRedriven":
      self.init(head: "goes on where it had failed (redrive \(event.number("redriveCount") ?? 1))")
    case "ExecutionSucceeded": self.init(head: "SUCCEEDED" + after, color: .green, data: event.member("output"))
    case "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut":
      let word = type == "ExecutionTimedOut" ? "TIMED_OUT" : type.dropFirst("Execution".count).uppercased()
      self.init(head: word + after, data: event.failure(isFull), isFailure: true)
    case "MapStateStarted":
      let count = event.number("length") ?? 0
      self.init(head: HistoryWords.attempt(event, place, count == 1 ? "1 item" : "\(count) items"))
    case "ParallelStateStarted":
      self.init(head: HistoryWords.attempt(event, place, "the branches begin"), isMinor: place.attempt == 1)
    case "EvaluationFailed":
      let location = event.member("location").map { " at \($0)" } ?? ""
      self.init(head: "an expression of \(name) failed\(location)", data: event.failure(isFull), isFailure: true)
    case "MapRunStarted": self.init(head: "child executions begin")
    case "MapRunRedriven": self.init(head: "those that are missing run")
    case "MapRunSucceeded": self.init(head: "child executions done" + after, isMinor: true)
    case "MapRunFailed": self.init(head: "child executions failed", data: event.failure(isFull), isFailure: true)
    case _ where type.hasPrefix("MapIteration"): self.init(iteration: event, after, length, isFull: isFull)
    case _ where type.hasSuffix("StateEntered"):
      self.init(head: "\(name) (\(type.dropLast("StateEntered".count)))", color: .bold, data: event.member("input"))
    case _ where type.hasSuffix("StateExited"):
      let how = place.hasFailed ? "left by its Catch" : "done"
      self.init(
        head: "\(name) \(how)\(length.map { ", \($0)" } ?? "")", color: place.hasFailed ? .yellow : .green,
        data: event.member("output"))
    case _ where type.hasSuffix("StateAborted"):
      self.init(head: "\(name) stopped" + after, color: .yellow, isFailure: true)
    case _ where type.hasSuffix("StateFailed"): self.init(head: "\(name) failed" + after, isFailure: true)
    case _ where type.hasSuffix("StateSucceeded"): self.init(head: "\(name) succeeded" + after, isMinor: true)
    default: self.init(task: event, place, after, isFull: isFull)
    }
  }

  private init(iteration event: HistoryEvent, _ after: String, _ length: String?, isFull: Bool) {
    let item = "item \(event.number("index") ?? 0)"
    switch event.type {
    case "MapIterationStarted": self.init(head: item)
    case "MapIterationSucceeded": self.init(head: item + " done" + (length.map { ", \($0)" } ?? ""), color: .green)
    case "MapIterationAborted": self.init(head: item + " stopped" + after, color: .yellow, isFailure: true)
    default: self.init(head: item + " failed" + after, data: event.failure(isFull), isFailure: true)
    }
  }

  /// The events of a task, and types that are not known here.
  private init(task event: HistoryEvent, _ place: HistoryOutline.Place, _ after: String, isFull: Bool) {
    let members = event.members
    switch event.type {
    case "TaskScheduled", "LambdaFunctionScheduled":
      let called = event.member("resourceType").map { "\($0):\(event.member("resource") ?? "")" }
      self.init(
        head: HistoryWords.attempt(event, place, "calls \(called ?? event.member("resource") ?? "its resource")"),
        data: event.member("parameters") ?? event.member("input"))
    case "TaskStarted", "LambdaFunctionStarted": self.init(head: "the call is on its way", isMinor: true)
    case "TaskSubmitted": self.init(head: "taken", data: event.member("output"))
    case "TaskSucceeded", "LambdaFunctionSucceeded": self.init(head: "answered" + after, data: event.member("output"))
    case _ where event.type.hasSuffix("TimedOut"):
      self.init(head: "timed out" + after, data: event.failure(isFull), isFailure: true)
    case "TaskFailed", "LambdaFunctionFailed", "TaskStartFailed", "TaskSubmitFailed", "LambdaFunctionStartFailed",
      "LambdaFunctionScheduleFailed":
      self.init(head: "failed" + after, data: event.failure(isFull), isFailure: true)
    default:
      let details = members.map { "\($0.key)=\($0.value.stringValue ?? $0.value.text)" }.joined(separator: " ")
      let isFailure = event.type.hasSuffix("Failed") || event.type.hasSuffix("Aborted")
      self.init(head: event.type, data: details, isFailure: isFailure)
    }
  }

  /// A retry says so, and how long after the failure it comes.
  private static func attempt(_ event: HistoryEvent, _ place: HistoryOutline.Place, _ words: String) -> String {
    guard place.attempt > 1 else { return words }
    let later = place.failedAt.map { ", \(TimeText.length(event.timestamp - $0)) later" } ?? ""
    return "attempt \(place.attempt)\(later): \(words)"
  }
}

extension HistoryEvent {
  /// The error and its cause; of a cause that is a JSON document what in it says why.
  fileprivate func failure(_ isFull: Bool) -> String? {
    var cause = member("cause")
    if !isFull, let text = cause, text.first == "{", let document = try? JSONValue.parse(text) {
      let reason = ["StoppedReason", "errorMessage", "Cause", "message"].lazy.compactMap { document[$0]?.stringValue }
      cause = reason.first ?? text
    }
    let parts = [member("error"), cause].compactMap { $0.flatMap { $0.isEmpty ? nil : $0 } }
    return parts.isEmpty ? nil : parts.joined(separator: ": ")
  }
}
