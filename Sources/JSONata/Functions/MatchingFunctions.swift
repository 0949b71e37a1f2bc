extension StandardFunctions {
  static let matching: [NativeFunction] = [
    NativeFunction("match", "<s-f<s:o>n?:a<o>>", 3, match),
    NativeFunction("contains", "<s-(sf):b>", 2, contains),
    NativeFunction("replace", "<s-(sf)(sf)n?:s>", 4, replace),
    NativeFunction("split", "<s-(sf)n?:a<s>>", 3, split),
  ]

  /// How many times at most; nil where there is no bound.
  private static func limit(_ call: Call, _ index: Int, _ code: String) throws(JSONataError) -> Double? {
    guard let limit = call.number(index) else { return nil }
    if limit < 0 { throw JSONataError(code, ["value": .value(call[index])]) }
    return limit
  }

  private static func contains(_ call: Call) throws(JSONataError) -> Value? {
    guard let text = call.text(0) else { return nil }
    if let function = call.function(1) {
      var matcher = Matcher(function, text, try call.scalars(text), call)
      return .bool(try matcher.next() != nil)
    }
    try call.run.budget.allocate(text.utf8.count)
    guard let part = call.text(1) else { return nil }
    return .bool(TextSearch.first(Array(part.utf8), in: Array(text.utf8), from: 0) != nil)
  }

  private static func match(_ call: Call) throws(JSONataError) -> Value? {
    guard let text = call.text(0), let function = call.function(1) else { return nil }
    let limit = try limit(call, 2, "D3040") ?? .infinity
    var matcher = Matcher(function, text, try call.scalars(text), call)
    var result: [Value] = []
    while Double(result.count) < limit, let match = try matcher.next() {
      result.append(
        .object(
          Members([("match", match.text), ("index", .number(Double(match.start))), ("groups", match.groups)])))
      try call.run.budget.allocate(8)
    }
    return try call.made(result, [.sequence])
  }

  private static func split(_ call: Call) throws(JSONataError) -> Value? {
    guard let text = call.text(0) else { return nil }
    let limit = try limit(call, 2, "D3020") ?? .infinity
    guard limit > 0 else { return .array(List([])) }
    guard let function = call.function(1) else { return try split(text, by: call.text(1), limit, call) }
    let scalars = try call.scalars(text)
    var matcher = Matcher(function, text, scalars, call)
    var result: [Value] = []
    var start = 0
    while Double(result.count) < limit, let match = try matcher.next() {
      result.append(.string(String(scalars: scalars[Swift.min(start, match.start)..<match.start])))
      start = match.end
    }
    if Double(result.count) < limit { result.append(.string(String(scalars: scalars[start...]))) }
    return try call.made(result)
  }

  private static func split(
    _ text: String, by separator: String?, _ limit: Double, _ call: Call
  ) throws(JSONataError) -> Value? {
    guard let separator else { return try call.made([.string(text)]) }
    // JavaScript takes the whole part of the number.
    let most = Swift.min(limit.rounded(.down), Double(Int32.max))
    if separator.isEmpty {
      let scalars = try call.scalars(text)
      return try call.made(scalars.prefix(Int(most)).map { .string(String(Character($0))) })
    }
    try call.run.budget.allocate(text.utf8.count)
    let bytes = Array(text.utf8)
    let part = Array(separator.utf8)
    var result: [Value] = []
    var start = 0
    while Double(result.count) < most, let end = TextSearch.first(part, in: bytes, from: start) {
      result.append(.string(String(decoding: bytes[start..<end], as: UTF8.self)))
      start = end + part.count
    }
    if Double(result.count) < most { result.append(.string(String(decoding: bytes[start...], as: UTF8.self))) }
    return try call.made(result)
  }

  private static func replace(_ call: Call) throws(JSONataError) -> Value? {
    guard let text = call.text(0) else { return nil }
    if call.text(1)?.isEmpty ?? false { throw JSONataError("D3010", ["value": .value(call[1])]) }
    let limit = try limit(call, 3, "D3011") ?? .infinity
    guard limit > 0 else { return .string(text) }
    if let pattern = call.text(1) { return try replace(pattern, in: text, limit, call) }
    guard let function = call.function(1) else { return .string(text) }
    let scalars = try call.scalars(text)
    var matcher = Matcher(function, text, scalars, call)
    var result = ""
    var (position, count) = (0, 0.0)
    while count < limit, let match = try matcher.next() {
      result.append(String(scalars: scalars[Swift.min(position, match.start)..<match.start]))
      let replacement = try substitute(match, call)
      try call.run.budget.allocate(replacement.utf8.count)
      result.append(replacement)
      position = match.start + (match.text.text?.unicodeScalars.count ?? 0)
      count += 1
    }
    position = Swift.min(position, scalars.count)
    return .string(result + String(scalars: scalars[position...]))
  }

  private static func replace(
    _ pattern: String, in text: String, _ limit: Double, _ call: Call
  ) throws(JSONataError) -> Value? {
    let bytes = Array(text.utf8)
    let part = Array(pattern.utf8)
    try call.run.budget.allocate(bytes.count)
    var result: [UInt8] = []
    var (position, count) = (0, 0.0)
    while count < limit, let start = TextSearch.first(part, in: bytes, from: position) {
      result += bytes[position..<start]
      let replacement = call.text(2) ?? ""
      try call.run.budget.allocate(replacement.utf8.count)
      result += replacement.utf8
      position = start + part.count
      count += 1
    }
    return .string(String(decoding: result + bytes[position...], as: UTF8.self))
  }

  /// What takes a match's place.
  private static func substitute(_ match: Matcher.Match, _ call: Call) throws(JSONataError) -> String {
    if let function = call.function(2) {
      let value = try call.run.apply(function, [match.whole], call.frame)
      guard case .string(let text) = value else { throw JSONataError("D3012", ["value": .value(value)]) }
      return text
    }
    return expand(call.text(2) ?? "", match)
  }

  /// `$0` is the match, `$1` its first group, `$$` a dollar sign; as many digits count as there may be groups.
  private static func expand(_ template: String, _ match: Matcher.Match) -> String {
    guard template.utf8.contains(UInt8(ascii: "$")) else { return template }
    let scalars = Array(template.unicodeScalars)
    let groups = match.groups.list ?? List([])
    var result = ""
    var index = 0
    while index < scalars.count {
      guard scalars[index] == "$" else {
        result.unicodeScalars.append(scalars[index])
        index += 1
        continue
      }
      index += 1
      if index < scalars.count, scalars[index] == "$" {
        result.append("$")
        index += 1
      } else if index < scalars.count, scalars[index] == "0" {
        result.append(match.text.text ?? "")
        index += 1
      } else if let (number, length) = groupNumber(scalars[index...], groups.count) {
        if number >= 1, number <= groups.count, case .string(let text) = groups[number - 1] { result.append(text) }
        index += length
      } else {
        result.append("$")
      }
    }
    return result
  }

  private static func groupNumber(
    _ scalars: ArraySlice<Unicode.Scalar>, _ count: Int
  ) -> (number: Int, length: Int)? {
    let most = count == 0 ? 1 : String(count).count
    func read(_ length: Int) -> (number: Int, length: Int)? {
      let digits = scalars.prefix(length).prefix { ("0"..."9").contains($0) }
      guard let number = Int(String(scalars: digits)) else { return nil }
      return (number, digits.count)
    }
    guard let found = read(most) else { return nil }
    return most > 1 && found.number > count ? read(most - 1) : found
  }
}
