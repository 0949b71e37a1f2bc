internal import JobModel

/// The sizes that Fargate has (ECS guide, "Task CPU and memory").
enum FargateSize {
  /// Memory in MiB by CPU units: least, most and step.
  private static let sizes: [Int: (least: Int, most: Int, step: Int)] = [
    512: (1_024, 4_096, 1_024), 1_024: (2_048, 8_192, 1_024), 2_048: (4_096, 16_384, 1_024),
    4_096: (8_192, 30_720, 1_024), 8_192: (16_384, 61_440, 4_096), 16_384: (32_768, 122_880, 8_192),
  ]

  /// What is wrong with a combination, or nil. Texts that are no sizes at all are told elsewhere.
  static func problem(cpu: String, memory: String) -> String? {
    guard let units = amount(cpu, unit: "vcpu"), let mebibytes = amount(memory, unit: "gb") else { return nil }
    if units == 256 {
      return [512, 1_024, 2_048].contains(mebibytes)
        ? nil : "Fargate has no task of \(cpu) CPU and \(memory) memory; with 256 CPU it takes 512, 1024 or 2048 MiB"
    }
    guard let size = sizes[units] else {
      let all = ([256] + sizes.keys).sorted().map { String($0) }.joined(separator: ", ")
      return "Fargate has no task of \(cpu) CPU; it takes \(all) CPU units"
    }
    guard (size.least...size.most).contains(mebibytes), (mebibytes - size.least) % size.step == 0 else {
      return
        "Fargate has no task of \(cpu) CPU and \(memory) memory; with \(units) CPU units it takes \(size.least) to "
        + "\(size.most) MiB in steps of \(size.step)"
    }
    return nil
  }

  /// `1 vCPU` is 1024 units, `2 GB` are 2048 MiB.
  private static func amount(_ text: String, unit: String) -> Int? {
    if let amount = Int(text) { return amount }
    let number = text.prefix { $0 != " " && !$0.isLetter }
    guard text.dropFirst(number.count).drop(while: { $0 == " " }).lowercased() == unit, let value = Double(number),
      value.isFinite, value < 1e6
    else { return nil }
    return Int((value * 1_024).rounded())
  }
}
