/// A regular expression as instructions for ``RegexMatcher``.
struct RegexProgram: Sendable {
  private(set) var instructions: [RegexInstruction] = []
  /// Numbers that loops and looks keep while they run.
  private(set) var registers = 0
  /// Capturing groups.
  let groups: Int
  let ignoresCase: Bool
  let isMultiline: Bool

  init(_ syntax: RegexNode, groups: Int, ignoresCase: Bool, isMultiline: Bool) {
    self.groups = groups
    self.ignoresCase = ignoresCase
    self.isMultiline = isMultiline
    add(syntax, isBackward: false)
    instructions.append(.match)
  }
}

/// Targets are indices of instructions.
enum RegexInstruction: Sendable {
  /// Takes one character.
  case single(RegexSingle, isBackward: Bool)
  /// Takes as many as it may of one kind: what most loops are, without an entry on the stack for each.
  case run(RegexSingle, RegexRepetition)
  case assertion(RegexAssertion)
  case backReference(Int, isBackward: Bool)
  /// Notes the position as a bound of a group: 2n for the start of group n, 2n + 1 for its end.
  case save(Int)
  /// Goes on, and remembers the other way.
  case split(Int)
  case jump(Int)
  case setToZero(register: Int)
  /// Decides whether there is another repetition.
  case loop(RegexLoop, exit: Int)
  /// The end of a repetition; one that took nothing and was not needed fails.
  case again(RegexLoop, start: Int)
  case beginLook(RegexLookRegisters, isNegative: Bool, exit: Int)
  case endLook(RegexLookRegisters, isNegative: Bool)
  case match
}

struct RegexLoop: Sendable {
  var repetition: RegexRepetition
  /// Holds how many repetitions there were.
  var count: Int
  /// Holds where the present one began.
  var mark: Int
}

struct RegexLookRegisters: Sendable {
  /// Holds the stack's height when the look began.
  var height: Int
  /// Holds where it began.
  var position: Int
}

extension RegexProgram {
  private mutating func newRegister() -> Int {
    registers += 1
    return registers - 1
  }

  /// What stands in a look behind is matched from its end to its beginning.
  private mutating func add(_ node: RegexNode, isBackward: Bool) {
    switch node {
    case .single(let single): instructions.append(.single(prepared(single), isBackward: isBackward))
    case .assertion(let assertion): instructions.append(.assertion(assertion))
    case .backReference(let group): instructions.append(.backReference(group, isBackward: isBackward))
    case .sequence(let nodes):
      for node in isBackward ? nodes.reversed() : nodes { add(node, isBackward: isBackward) }
    case .alternatives(let nodes): addAlternatives(nodes, isBackward: isBackward)
    case .group(let number, let body):
      instructions.append(.save(isBackward ? 2 * number + 1 : 2 * number))
      add(body, isBackward: isBackward)
      instructions.append(.save(isBackward ? 2 * number : 2 * number + 1))
    case .repeated(let body, let repetition): addLoop(body, repetition, isBackward: isBackward)
    case .look(let body, let look): addLook(body, look)
    }
  }

  private func prepared(_ single: RegexSingle) -> RegexSingle {
    guard ignoresCase else { return single }
    switch single {
    case .any: return .any
    case .scalar(let code): return .scalar(RegexCase.folded(code))
    case .set(let set): return .set(set.addingFolded())
    }
  }

  private mutating func addAlternatives(_ nodes: [RegexNode], isBackward: Bool) {
    var ends: [Int] = []
    for (index, node) in nodes.enumerated() {
      let split = instructions.count
      let isLast = index == nodes.count - 1
      if !isLast { instructions.append(.split(0)) }
      add(node, isBackward: isBackward)
      if isLast { break }
      ends.append(instructions.count)
      instructions.append(.jump(0))
      instructions[split] = .split(instructions.count)
    }
    for end in ends { instructions[end] = .jump(instructions.count) }
  }

  private mutating func addLoop(_ body: RegexNode, _ repetition: RegexRepetition, isBackward: Bool) {
    if repetition.maximum == 0 { return }
    if case .single(let single) = body, !isBackward {
      instructions.append(.run(prepared(single), repetition))
      return
    }
    let loop = RegexLoop(repetition: repetition, count: newRegister(), mark: newRegister())
    instructions.append(.setToZero(register: loop.count))
    let start = instructions.count
    instructions.append(.loop(loop, exit: 0))
    add(body, isBackward: isBackward)
    instructions.append(.again(loop, start: start))
    instructions[start] = .loop(loop, exit: instructions.count)
  }

  private mutating func addLook(_ body: RegexNode, _ look: RegexLook) {
    let registers = RegexLookRegisters(height: newRegister(), position: newRegister())
    let start = instructions.count
    instructions.append(.beginLook(registers, isNegative: look.isNegative, exit: 0))
    add(body, isBackward: look.isBehind)
    instructions.append(.endLook(registers, isNegative: look.isNegative))
    instructions[start] = .beginLook(registers, isNegative: look.isNegative, exit: instructions.count)
  }
}
