/// Runs a program over a text with backtracking. What it may have to return to is on a stack of its own:
/// ways not tried, and the values to put back before they are.
struct RegexMatcher {
  private let program: RegexProgram
  private let text: [Unicode.Scalar]
  /// The bounds of the groups, -1 where there is none.
  private var bounds: [Int]
  private var registers: [Int]
  private var stack = RegexStack()
  private var counter = 0
  private var position = 0

  init(_ program: RegexProgram, _ text: [Unicode.Scalar]) {
    self.program = program
    self.text = text
    bounds = Array(repeating: -1, count: 2 * program.groups + 2)
    registers = Array(repeating: 0, count: program.registers)
  }

  /// The match that begins exactly there. To be called again only after it found none: then everything has
  /// been put back.
  mutating func match(
    at start: Int, budget: inout EvaluationBudget
  ) throws(JSONataError) -> RegularExpression.Match? {
    counter = 0
    position = start
    guard try run(&budget) else { return nil }
    let groups = (0..<program.groups).map { group -> Range<Int>? in
      let (low, high) = (bounds[2 * group + 2], bounds[2 * group + 3])
      return low >= 0 && high >= low ? low..<high : nil
    }
    return RegularExpression.Match(range: start..<position, groups: groups)
  }

  private mutating func run(_ budget: inout EvaluationBudget) throws(JSONataError) -> Bool {
    while true {
      try budget.spend()
      let isAlive: Bool
      switch program.instructions[counter] {
      case .match: return true
      case .single(let single, let isBackward): isAlive = take(single, isBackward: isBackward)
      case .run(let single, let repetition): isAlive = try takeRun(single, repetition, &budget)
      case .assertion(let assertion): isAlive = advance(holds(assertion))
      case .backReference(let group, let isBackward):
        isAlive = try takeAgain(group, isBackward: isBackward, &budget)
      case .save(let bound):
        try setBound(bound, position)
        isAlive = advance(true)
      case .split(let other):
        try stack.push(RegexEntry(.way, other, position))
        isAlive = advance(true)
      case .jump(let target):
        counter = target
        isAlive = true
      case .setToZero(let register):
        try setRegister(register, 0)
        isAlive = advance(true)
      case .loop(let loop, let exit):
        try enter(loop, exit: exit)
        isAlive = true
      case .again(let loop, let start): isAlive = try finish(loop, start: start)
      case .beginLook(let look, let isNegative, let exit):
        try begin(look, isNegative: isNegative, exit: exit)
        isAlive = true
      case .endLook(let look, let isNegative): isAlive = try end(look, isNegative: isNegative, &budget)
      }
      if !isAlive, try !goBack(&budget) { return false }
    }
  }

  private mutating func advance(_ isAlive: Bool) -> Bool {
    if isAlive { counter += 1 }
    return isAlive
  }
}

// MARK: Characters

extension RegexMatcher {
  private func fits(_ single: RegexSingle, _ index: Int) -> Bool {
    let code = text[index].value
    switch single {
    case .any: return !ScalarSet.isLineEnd(code)
    case .scalar(let wanted): return (program.ignoresCase ? RegexCase.folded(code) : code) == wanted
    case .set(let set): return program.ignoresCase ? set.containsIgnoringCase(code) : set.contains(code)
    }
  }

  private mutating func take(_ single: RegexSingle, isBackward: Bool) -> Bool {
    let index = isBackward ? position - 1 : position
    guard index >= 0, index < text.count, fits(single, index) else { return false }
    position += isBackward ? -1 : 1
    counter += 1
    return true
  }

  private mutating func takeRun(
    _ single: RegexSingle, _ repetition: RegexRepetition, _ budget: inout EvaluationBudget
  ) throws(JSONataError) -> Bool {
    let wanted = repetition.isGreedy ? repetition.maximum : repetition.minimum
    let start = position
    while position - start < wanted, position < text.count, fits(single, position) {
      try budget.spend()
      position += 1
    }
    let taken = position - start
    guard taken >= repetition.minimum else { return false }
    if repetition.isGreedy {
      if taken > repetition.minimum {
        try stack.push(RegexEntry(.shorter, counter + 1, position, start + repetition.minimum))
      }
    } else if taken < repetition.maximum {
      try stack.push(RegexEntry(.longer, counter, position, min(repetition.maximum - taken, text.count)))
    }
    counter += 1
    return true
  }

  private mutating func takeAgain(
    _ group: Int, isBackward: Bool, _ budget: inout EvaluationBudget
  ) throws(JSONataError) -> Bool {
    let (low, high) = (bounds[2 * group], bounds[2 * group + 1])
    guard low >= 0, high > low else { return advance(true) }
    let length = high - low
    let start = isBackward ? position - length : position
    guard start >= 0, start + length <= text.count else { return false }
    try budget.spend(length)
    for offset in 0..<length {
      let (left, right) = (text[low + offset].value, text[start + offset].value)
      guard left == right || (program.ignoresCase && RegexCase.folded(left) == RegexCase.folded(right)) else {
        return false
      }
    }
    position += isBackward ? -length : length
    return advance(true)
  }

  private func holds(_ assertion: RegexAssertion) -> Bool {
    func isLineEnd(_ index: Int) -> Bool { program.isMultiline && ScalarSet.isLineEnd(text[index].value) }
    func isWord(_ index: Int) -> Bool {
      text.indices.contains(index) && ScalarSet.isWord(text[index].value)
    }
    switch assertion {
    case .start: return position == 0 || isLineEnd(position - 1)
    case .end: return position == text.count || isLineEnd(position)
    case .wordBoundary: return isWord(position - 1) != isWord(position)
    case .noWordBoundary: return isWord(position - 1) == isWord(position)
    }
  }
}

// MARK: Loops and looks

extension RegexMatcher {
  private mutating func enter(_ loop: RegexLoop, exit: Int) throws(JSONataError) {
    let count = registers[loop.count]
    let repetition = loop.repetition
    if count >= repetition.maximum {
      counter = exit
      return
    }
    if count >= repetition.minimum {
      if !repetition.isGreedy {
        try stack.push(RegexEntry(.repetition, counter, position))
        counter = exit
        return
      }
      try stack.push(RegexEntry(.way, exit, position))
    }
    try beginRepetition(loop)
  }

  private mutating func beginRepetition(_ loop: RegexLoop) throws(JSONataError) {
    try setRegister(loop.mark, position)
    for group in loop.repetition.groups {
      try setBound(2 * group, -1)
      try setBound(2 * group + 1, -1)
    }
    counter += 1
  }

  private mutating func finish(_ loop: RegexLoop, start: Int) throws(JSONataError) -> Bool {
    let count = registers[loop.count]
    if count >= loop.repetition.minimum, position == registers[loop.mark] { return false }
    try setRegister(loop.count, count + 1)
    counter = start
    return true
  }

  private mutating func begin(_ look: RegexLookRegisters, isNegative: Bool, exit: Int) throws(JSONataError) {
    try setRegister(look.height, stack.count)
    try setRegister(look.position, position)
    if isNegative { try stack.push(RegexEntry(.way, exit, position)) }
    counter += 1
  }

  /// The look has found something. Its other ways are given up.
  private mutating func end(
    _ look: RegexLookRegisters, isNegative: Bool, _ budget: inout EvaluationBudget
  ) throws(JSONataError) -> Bool {
    let height = registers[look.height]
    try budget.spend(stack.count - height)
    if isNegative {
      while stack.count > height, let entry = stack.pop() { putBack(entry) }
      return false
    }
    position = registers[look.position]
    // What it captured stays, and is put back when something before the look is tried another way.
    stack.forgetWays(above: height)
    return advance(true)
  }
}

// MARK: The way back

extension RegexMatcher {
  private mutating func setRegister(_ register: Int, _ value: Int) throws(JSONataError) {
    try stack.push(RegexEntry(.register, register, registers[register]))
    registers[register] = value
  }

  private mutating func setBound(_ bound: Int, _ value: Int) throws(JSONataError) {
    if bounds[bound] == value { return }
    try stack.push(RegexEntry(.bound, bound, bounds[bound]))
    bounds[bound] = value
  }

  private mutating func putBack(_ entry: RegexEntry) {
    switch entry.kind {
    case .register: registers[entry.index] = entry.value
    case .bound: bounds[entry.index] = entry.value
    case .way, .shorter, .longer, .repetition: break
    }
  }

  /// Takes up the way that was left open last; false where there is none.
  private mutating func goBack(_ budget: inout EvaluationBudget) throws(JSONataError) -> Bool {
    while let entry = stack.pop() {
      try budget.spend()
      let (index, value, limit) = (entry.index, entry.value, entry.limit)
      switch entry.kind {
      case .register, .bound: putBack(entry)
      case .way:
        (counter, position) = (index, value)
        return true
      case .shorter:
        (counter, position) = (index, value - 1)
        if value - 1 > limit { try stack.push(RegexEntry(.shorter, index, value - 1, limit)) }
        return true
      case .longer:
        guard case .run(let single, _) = program.instructions[index], value < text.count, fits(single, value) else {
          continue
        }
        (counter, position) = (index + 1, value + 1)
        if limit > 1 { try stack.push(RegexEntry(.longer, index, value + 1, limit - 1)) }
        return true
      case .repetition:
        guard case .loop(let loop, _) = program.instructions[index] else { continue }
        (counter, position) = (index, value)
        try beginRepetition(loop)
        return true
      }
    }
    return false
  }
}
