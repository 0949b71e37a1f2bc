/// How much an execution of a state machine may hold before it fails.
public enum MachineLimits: String, Hashable, Codable, Sendable, CaseIterable {
  /// Those of Step Functions (Step Functions guide, "Service quotas"), so that a machine fails here where it would
  /// there.
  case stepFunctions
  /// Far larger ones, for Map states over very many items.
  case large

  /// Bytes of a state's or a task's output, as JSON text.
  public var payloadBytes: Int { self == .stepFunctions ? 262_144 : 16 << 20 }

  /// Events of the history.
  public var events: Int { self == .stepFunctions ? 25_000 : 1_000_000 }
}
