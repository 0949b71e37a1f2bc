internal import JobModel

/// What a rule looks at.
struct RequestFacts: Equatable, Sendable {
  var operation: String
  var cluster: String?
  var family: String?
  var startedBy: String?
}

/// The rules in force, with their counts.
struct FaultBook: Sendable {
  struct Entry: Equatable, Sendable {
    var id: Int
    var rule: FaultRule
    var matched = 0
    var struck = 0
    var generator: RuleGenerator
  }

  private(set) var entries: [Entry] = []
  private var nextID = 1

  /// Nil where there would be too many.
  mutating func add(_ rules: [FaultRule]) -> [Int]? {
    guard entries.count + rules.count <= SimulatorLimits.faultRules else { return nil }
    return rules.map { rule in
      let id = nextID
      nextID += 1
      entries.append(Entry(id: id, rule: rule, generator: RuleGenerator(state: rule.seed)))
      return id
    }
  }

  mutating func removeAll() { entries = [] }

  /// Counts the request, and yields what strikes it, in the order of the rules.
  mutating func strike(_ facts: RequestFacts) -> [FaultEffect] {
    var effects: [FaultEffect] = []
    for index in entries.indices where entries[index].rule.matches(facts) {
      entries[index].matched += 1
      let rule = entries[index].rule
      guard entries[index].matched > rule.skip, rule.times.map({ entries[index].struck < $0 }) ?? true,
        rule.probability >= 1 || Double.random(in: 0..<1, using: &entries[index].generator) < rule.probability
      else { continue }
      entries[index].struck += 1
      effects.append(rule.effect)
    }
    return effects
  }
}

extension FaultRule {
  func matches(_ facts: RequestFacts) -> Bool {
    guard operation == "*" || operation == facts.operation else { return false }
    if case .task = effect, facts.operation != "RunTask" { return false }
    return (cluster == nil || cluster == facts.cluster) && (family == nil || family == facts.family)
      && (startedBy == nil || startedBy == facts.startedBy)
  }
}

/// SplitMix64: a rule's own numbers, the same for the same seed.
struct RuleGenerator: RandomNumberGenerator, Equatable, Sendable {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}
