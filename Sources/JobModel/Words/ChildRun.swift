/// A run that a Task state of another run has started (`states:startExecution`).
///
/// It is written in the transaction that inserts the run, under a name that follows from the launch: whoever comes to
/// start it again, in the same process or the next, finds it and starts nothing.
public struct ChildRun: Hashable, Sendable {
  /// The slot of its own that the child has.
  public var slot: SlotKey
  /// What no other child of its job is called: the execution's `Name` where the state gives one, otherwise the launch's
  /// id, which holds a `/` and so is nobody's `Name`.
  public var name: String
  /// The launch that started it.
  public var launch: LaunchID

  public init(slot: SlotKey, name: String, launch: LaunchID) {
    self.slot = slot
    self.name = name
    self.launch = launch
  }

  /// The child's own run; a rerun of its slot by hand is nobody's child.
  public var run: RunID { RunID(slot: slot, rerun: 0) }
}
