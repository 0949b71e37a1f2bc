/// Where a secret's value is kept. The value itself has no place in a job file, so what looks like one is
/// refused, without being repeated.
enum SecretReference {
  static let example = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:db-AbCdEf:password::"

  /// In the short form a name must be recognizable as one: `hunter2` might be a parameter or a password.
  static let short = TextCheck { text in
    isARN(text) || text.hasPrefix("/") && isParameterName(text) ? nil : TextProblem(message: remedy)
  }

  /// As ECS writes it (`valueFrom`), any parameter's name will do.
  static let written = TextCheck { text in
    isARN(text) || isParameterName(text) && !text.hasPrefix("arn:") ? nil : TextProblem(message: remedy)
  }

  static let remedy =
    "must say where the value is kept, not what it is: the ARN of a Secrets Manager secret (with `:json-key::` for one "
    + "key of it) or of an SSM parameter, or a parameter's name such as `/batch/db-password`"

  /// `arn:aws:secretsmanager:region:account:secret:name[:json-key:version-stage:version-id]` (ECS guide, "Pass
  /// Secrets Manager secrets") or `arn:aws:ssm:region:account:parameter/name`.
  private static func isARN(_ text: String) -> Bool {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count >= 6, parts[0] == "arn", parts[1].hasPrefix("aws"),
      JobFileForm.region.problem(String(parts[3])) == nil, parts[4].count == 12,
      parts[4].allSatisfy({ ("0"..."9").contains($0) })
    else { return false }
    switch parts[2] {
    case "secretsmanager":
      return parts[5] == "secret" && (parts.count == 7 || parts.count == 10) && !parts[6].isEmpty
    case "ssm":
      return parts.count == 6 && parts[5].hasPrefix("parameter/") && parts[5].count > "parameter/".count
    default: return false
    }
  }

  /// Systems Manager: letters, digits and `.-_/`, at most 2,048.
  private static func isParameterName(_ text: String) -> Bool {
    (1...2_048).contains(text.utf8.count)
      && text.allSatisfy {
        ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0) || ".-_/".contains($0)
      }
  }
}
