/// A cause as Step Functions words it, without the payload that it quotes: a run's input or a task's arguments
/// may hold what a message or a list must not show. The history keeps the whole.
public func causeWithoutPayload(_ cause: String) -> String {
  // A long payload is cut, and ends in an ellipsis.
  cause.replacing(/'[\{\[](?s:.*)[\}\]…]'/, with: "'…'")
}
