internal import JobModel

/// The forms of texts that say where messages go. What may be a secret is never repeated.
extension JobFileForm {
  /// Amazon SNS guide: a name has up to 256 letters, digits, `-` and `_`; a FIFO topic's ends with `.fifo`.
  static let topicARN = TextCheck { text in
    let example = "arn:aws:sns:ap-northeast-1:123456789012:job-failures"
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    let name = parts.last.map { $0.hasSuffix(".fifo") ? $0.dropLast(".fifo".count) : $0 } ?? ""
    let isARN =
      parts.count == 6 && parts[0] == "arn" && parts[1].hasPrefix("aws") && parts[2] == "sns"
      && region.problem(String(parts[3])) == nil && parts[4].count == 12 && parts[4].allSatisfy(isDigit)
      && !name.isEmpty && parts[5].count <= 256 && name.allSatisfy(isNameCharacter)
    return isARN ? nil : TextProblem(message: "is no ARN of an SNS topic, such as `\(example)`: `\(text)`")
  }

  static let secretURL = TextCheck { problem(url: $0) }

  private static func problem(url text: String) -> TextProblem? {
    do {
      _ = try SecretURL(text)
      return nil
    } catch {
      return TextProblem(message: error.message)
    }
  }

  /// Where a secret is kept.
  static let secretFile = TextCheck { text in
    text.hasPrefix("/") && !text.hasSuffix("/") && !text.unicodeScalars.contains { $0.value < 0x20 }
      ? nil
      : TextProblem(
        message: "must be the absolute path of a file that holds the secret, such as `/etc/jobd/webhook-key`")
  }

  /// The name of an environment variable, not its value.
  static let secretVariable = TextCheck { text in
    let isName =
      text.allSatisfy { isNameCharacter($0) && $0 != "-" } && text.first.map { !isDigit($0) } == true
      && !text.hasPrefix("whsec_")
    return isName
      ? nil
      : TextProblem(message: "must be the name of an environment variable that holds the secret, such as `WEBHOOK_KEY`")
  }

  static let queueExample = "https://sqs.ap-northeast-1.amazonaws.com/123456789012/jobd-events"

  /// A queue's URL ends with account and name; a name has up to 80 letters, digits, `-` and `_`, `.fifo` included
  /// (SQS API, CreateQueue). An emulator's may begin with `http`.
  static let queueURL = TextCheck { text in
    let ending = "; write what `aws sqs get-queue-url` prints, such as `\(queueExample)`"
    if text.hasPrefix("arn:") { return TextProblem(message: "is an ARN, not a URL\(ending)") }
    let scheme = ["https://", "http://"].first { text.lowercased().hasPrefix($0) }
    guard let scheme, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      return TextProblem(message: "is no URL of an SQS queue\(ending)")
    }
    let parts = text.dropFirst(scheme.count).split(separator: "/", omittingEmptySubsequences: false)
    let host = parts[0]
    guard !host.isEmpty, !host.contains("@"), !text.contains("?"), !text.contains("#") else {
      return TextProblem(message: "must be a plain URL with a host, without a user, `?` and `#`\(ending)")
    }
    guard scheme == "https://" || !host.contains("amazonaws.com") else {
      return TextProblem(message: "must begin with https:// (http:// is for emulators)\(ending)")
    }
    let name = parts.last.map { $0.hasSuffix(".fifo") ? $0.dropLast(".fifo".count) : $0 } ?? ""
    guard parts.count >= 3, parts.dropFirst().allSatisfy({ !$0.isEmpty }), !name.isEmpty,
      name.allSatisfy(isNameCharacter), parts.last.map({ $0.count <= 80 }) == true
    else { return TextProblem(message: "must end with the account and the queue's name\(ending)") }
    return nil
  }
}
