internal import StatesLanguage

/// The machines with which runs began last, by their definitions: runs of one definition share what was read of it. Few
/// are kept, since ten thousand machines take the memory of many thousand more jobs.
struct MachineCache {
  private static let limit = 64
  private var machines: [String: StateMachine] = [:]

  /// By its bytes: to Swift two spellings of one character are equal, to the language they are not.
  subscript(definition: String) -> StateMachine? {
    guard let index = machines.index(forKey: definition) else { return nil }
    return machines.keys[index].utf8.elementsEqual(definition.utf8) ? machines.values[index] : nil
  }

  mutating func keep(_ machine: StateMachine, of definition: String) {
    if machines.count >= Self.limit { machines.removeAll(keepingCapacity: true) }
    // The key is replaced, too: an equal one may be spelt otherwise.
    machines[definition] = nil
    machines[definition] = machine
  }
}
