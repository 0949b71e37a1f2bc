internal import JobModel

/// The forms of texts that jobd can judge by themselves.
enum JobFileForm {
  static let notEmpty = TextCheck { $0.isEmpty ? TextProblem(message: "is empty") : nil }

  /// `ap-northeast-1`, `us-gov-west-1`: lower-case words and a number at the end.
  static let region = TextCheck { text in
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    let isRegion =
      (3...5).contains(parts.count) && parts[0].count >= 2
      && parts.dropLast().allSatisfy { !$0.isEmpty && $0.allSatisfy { ("a"..."z").contains($0) } }
      && parts.last.map { (1...2).contains($0.count) && $0.allSatisfy { ("0"..."9").contains($0) } } == true
    return isRegion ? nil : TextProblem(message: "is no AWS Region, such as `ap-northeast-1`: `\(text)`")
  }

  /// `arn:aws:iam::123456789012:role/report`.
  static let roleARN = TextCheck { text in
    let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
    let isARN =
      parts.count == 6 && parts[0] == "arn" && parts[1].hasPrefix("aws") && parts[2] == "iam" && parts[3].isEmpty
      && parts[4].count == 12 && parts[4].allSatisfy(isDigit) && parts[5].hasPrefix("role/")
      && parts[5].count > "role/".count
    return isARN
      ? nil
      : TextProblem(message: "is no ARN of an IAM role, such as `arn:aws:iam::123456789012:role/report`: `\(text)`")
  }

  /// A family's and a container's name (ECS API, RegisterTaskDefinition).
  static let familyName = TextCheck { text in
    (1...255).contains(text.utf8.count) && text.allSatisfy(isNameCharacter)
      ? nil
      : TextProblem(
        message: "is no name in ECS: it takes letters, digits, `-` and `_`, at most 255 in all: `\(text.prefix(100))`")
  }

  /// `1024` or `1 vCPU` (ECS API, TaskOverride).
  static let cpu = amount(units: ["vcpu"], problem: "is no CPU size such as `1024` or `1 vCPU`")
  /// `2048` in MiB or `2 GB`.
  static let memory = amount(units: ["gb"], problem: "is no memory size in MiB such as `2048`, or `2 GB`")

  /// A name in an environment: not empty, without `=` and NUL, which no process could receive.
  static let environmentName = TextCheck { text in
    if text.isEmpty { return TextProblem(message: "is empty") }
    if text.unicodeScalars.contains(where: { $0 == "=" || $0 == "\0" }) {
      return TextProblem(message: "holds a character that a variable's name cannot have")
    }
    if text.hasPrefix("JOBD_") {
      return TextProblem(message: "begins with `JOBD_`: jobd itself sets such variables; choose another name")
    }
    return nil
  }

  /// A word of `retry.on`, or an error name. Of the reserved names only the states language's own mean anything (ASL,
  /// "Errors"), and a name without a dot is none that a task can have.
  static let retriedError = TextCheck { text in
    if text.isEmpty { return TextProblem(message: "is empty") }
    if RetryWord(rawValue: text) != nil { return nil }
    if text.hasPrefix("States."), !reservedErrors.contains(text) {
      let suggestion = Suggestion.nearest(to: text, among: reservedErrors).map { "; did you mean `\($0)`?" } ?? ""
      return TextProblem(message: "is no error of the states language: `\(text)`\(suggestion)")
    }
    if text.contains(".") { return nil }
    let words = RetryWord.allCases.map(\.rawValue)
    let ending =
      Suggestion.nearest(to: text, among: words).map { "; did you mean `\($0)`?" }
      ?? "; the words are \(words.joined(separator: ", "))"
    return TextProblem(message: "is neither a word nor an error name such as `ECS.OutOfMemory`: `\(text)`\(ending)")
  }

  /// One code or a range of them.
  static let exitCodes = TextCheck { text in
    ExitCodes.range(text) == nil
      ? TextProblem(message: "is no exit code from 0 to 255 such as `75`, and no range such as `100-110`: `\(text)`")
      : nil
  }

  private static let reservedErrors = [
    "States.ALL", "States.Timeout", "States.HeartbeatTimeout", "States.TaskFailed", "States.Permissions",
    "States.ResultPathMatchFailure", "States.ParameterPathFailure", "States.QueryEvaluationError",
    "States.BranchFailed", "States.NoChoiceMatched", "States.IntrinsicFailure",
    "States.ExceedToleratedFailureThreshold", "States.ItemReaderFailed", "States.ResultWriterFailed",
    "States.DataLimitExceeded", "States.Runtime",
  ]

  private static func amount(units: [String], problem: String) -> TextCheck {
    TextCheck { text in
      let number = text.prefix { isDigit($0) || $0 == "." }
      let unit = text.dropFirst(number.count).drop { $0 == " " }.lowercased()
      let isAmount =
        unit.isEmpty
        ? Int(number).map { $0 > 0 } == true : units.contains(unit) && Double(number).map { $0 > 0 } == true
      return isAmount ? nil : TextProblem(message: "\(problem): `\(text)`")
    }
  }

  static func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) }

  static func isNameCharacter(_ character: Character) -> Bool {
    isDigit(character) || ("a"..."z").contains(character) || ("A"..."Z").contains(character) || character == "-"
      || character == "_"
  }
}
