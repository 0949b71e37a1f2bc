internal import JobModel

/// What `retry.on` takes beside error names.
enum RetryWord: String, CaseIterable {
  case launchFailure
  case capacity
  case startFailure
  case startTimeout
  case exitCode
  case outOfMemory
  case spot
  case hostLost
  case timeout
  case any

  /// The error names that it stands for; ``any`` is a rule of its own kind.
  var names: [FailureName] {
    switch self {
    case .launchFailure: [.launchFailed]
    case .capacity: [.capacityUnavailable]
    case .startFailure: [.taskFailedToStart]
    case .startTimeout: [.startTimeout]
    case .exitCode: [.exitCode]
    case .outOfMemory: [.outOfMemory]
    case .spot: [.spotInterruption]
    case .hostLost: [.hostTerminated, .maintenance]
    case .timeout: [.timeout]
    case .any: []
    }
  }
}
