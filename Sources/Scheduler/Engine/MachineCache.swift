internal import StatesLanguage

/// The machines with which runs began last, by their definitions: runs of one definition share what was read of it. Few
/// are kept, since ten thousand machines take the memory of many thousand more jobs.
struct MachineCache {
  private static let limit = 64
  private var machines: [String: StateMachine] = [:]

  subscript(definition: String) -> StateMachine? { machines[definition] }

  mutating func keep(_ machine: StateMachine, of definition: String) {
    if machines.count >= Self.limit { machines.removeAll(keepingCapacity: true) }
    machines[definition] = machine
  }
}
