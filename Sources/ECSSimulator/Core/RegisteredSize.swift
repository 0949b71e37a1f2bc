/// A task definition's size as ECS takes and keeps it (ECS API, RegisterTaskDefinition).
enum RegisteredSize {
  /// Memory in MiB by CPU units on Fargate: least, most and step (ECS guide, "Task CPU and memory").
  private static let fargate: [Int: (least: Int, most: Int, step: Int)] = [
    512: (1_024, 4_096, 1_024), 1_024: (2_048, 8_192, 1_024), 2_048: (4_096, 16_384, 1_024),
    4_096: (8_192, 30_720, 1_024), 8_192: (16_384, 61_440, 4_096), 16_384: (32_768, 122_880, 8_192),
  ]

  /// `1024` and `1 vCPU`, `2048` and `2 GB`: an amount in CPU units or MiB; nil for another text.
  static func amount(_ text: String, unit: String) -> Int? {
    if let amount = Int(text) { return amount > 0 ? amount : nil }
    let number = text.prefix { $0 == "." || ("0"..."9").contains($0) }
    guard text.dropFirst(number.count).drop(while: { $0 == " " }).lowercased() == unit, let value = Double(number),
      value > 0, value < 1e6
    else { return nil }
    return Int((value * 1_024).rounded())
  }

  static func isOfFargate(cpu: String, memory: String) -> Bool {
    guard let units = Int(cpu), let mebibytes = Int(memory) else { return false }
    if units == 256 { return [512, 1_024, 2_048].contains(mebibytes) }
    guard let size = fargate[units] else { return false }
    return (size.least...size.most).contains(mebibytes) && (mebibytes - size.least) % size.step == 0
  }
}
