internal import AWSClient
internal import JobModel

/// Whether the caller may do what the jobs need: each statement of the least policy, tried in IAM's simulator.
extension CheckRun {
  func askPermissions() async {
    guard let identity else { return }
    let subject = "permissions"
    guard let principal = await principal(of: identity) else {
      tell(
        .unknown, subject, "not known: IAM can simulate users and roles, and the caller is \(identity.arn)",
        remedy: "check with the credentials that jobd will use")
      return
    }
    guard !principal.isRoot else {
      tell(
        .warning, subject, "the caller is the account's root user, who may do anything",
        remedy: "give jobd a role with the policy that `jobd iam-policy` prints")
      return
    }
    let policy = IAMPolicy.least(
      for: IAMPolicyInput(
        collected: input.collected, topics: input.topics.map(\.arn), queueURL: input.queueURL, region: input.region,
        account: identity.account, definitions: described))
    for statement in policy.statements {
      guard !Task.isCancelled, await simulate(statement, principal.arn) else { return }
    }
  }

  private struct Principal {
    var arn: String
    var isRoot = false
  }

  /// The user or role behind the caller. A session does not name its role's path, which its ARN needs.
  private func principal(of identity: Identity) async -> Principal? {
    guard let name = ResourceName(identity.arn) else { return nil }
    if name.service == "iam" {
      if name.resource == "root" { return Principal(arn: identity.arn, isRoot: true) }
      return ["user/", "role/"].contains(where: name.resource.hasPrefix) ? Principal(arn: identity.arn) : nil
    }
    let parts = name.resource.split(separator: "/").map(String.init)
    guard parts.count >= 2, parts[0] == "assumed-role" else { return nil }
    if case .success(let answer) = await ask(.iam, "GetRole", ["RoleName": .string(parts[1])]),
      let arn = answer["Role"]?["Arn"]?.stringValue
    {
      return Principal(arn: arn)
    }
    var role = name
    role.service = "iam"
    role.resource = "role/\(parts[1])"
    return Principal(arn: role.description)
  }

  /// - Returns: false where asking on is of no use.
  private func simulate(_ statement: IAMPolicy.Statement, _ principal: String) async -> Bool {
    let action = "iam:SimulatePrincipalPolicy"
    let subject = "permission \(statement.actions.joined(separator: ", "))"
    var verdict = Simulation.Verdict()
    for value in statement.condition.map({ $0.values.map(Optional.some) }) ?? [nil] {
      var request: JSONObject = [
        "PolicySourceArn": .string(principal), "ActionNames": .array(statement.actions.map { .string($0) }),
        "ResourceArns": .array(statement.resources.map { .string(sample($0)) }),
      ]
      if let condition = statement.condition, let value {
        request["ContextEntries"] = [
          [
            "ContextKeyName": .string(condition.key), "ContextKeyType": "string",
            "ContextKeyValues": [.string(value)],
          ]
        ]
      }
      for _ in 0..<20 {
        let answer: JSONValue
        switch await ask(.iam, "SimulatePrincipalPolicy", .object(request)) {
        case .success(let value): answer = value
        case .failure(let error):
          let isMissing = error.code == "NoSuchEntity"
          tellUnanswered(error, isMissing || error.isDenied ? "permissions" : subject, action)
          return !(isMissing || error.isDenied)
        }
        verdict.add(answer)
        guard answer["IsTruncated"]?.stringValue == "true", let marker = answer["Marker"] else { break }
        request["Marker"] = marker
      }
    }
    tell(verdict, subject, statement)
    return true
  }

  private func tell(_ verdict: Simulation.Verdict, _ subject: String, _ statement: IAMPolicy.Statement) {
    let resources = verdict.denied.sorted().joined(separator: ", ")
    if !verdict.denied.isEmpty {
      tell(
        .failed, subject, "IAM denies it to the caller for \(clipped(resources, to: 600))",
        remedy: "attach the policy that `jobd iam-policy` prints (statement \(statement.sid))")
    } else if !verdict.undecided.isEmpty {
      let keys = verdict.undecided.sorted().joined(separator: ", ")
      tell(.unknown, subject, "not known: the caller's policies depend on \(keys), which the simulator was not told")
    } else if verdict.allowed == 0 {
      tell(.unknown, subject, "not known: IAM's simulator answered nothing")
    } else {
      let count = statement.resources.count
      tell(.ok, subject, "allowed for \(count == 1 ? statement.resources[0] : "\(count) resources")")
    }
  }

  /// One resource that a pattern of the policy stands for: the simulator takes its resources literally.
  private func sample(_ resource: String) -> String {
    guard resource.hasSuffix("*"), resource != "*" else { return resource }
    let prefix = String(resource.dropLast())
    return definitions.compactMap(\.arn).first { $0.hasPrefix(prefix) } ?? prefix + "1"
  }
}

/// Reads SimulatePrincipalPolicy's answers (IAM API, EvaluationResult).
enum Simulation {
  struct Verdict: Equatable {
    var allowed = 0
    /// `action on resource`.
    var denied: Set<String> = []
    /// Condition keys without which the simulator could not decide.
    var undecided: Set<String> = []

    mutating func add(_ answer: JSONValue) {
      for result in answer["EvaluationResults"].elements {
        let action = result["EvalActionName"]?.stringValue ?? ""
        let specific = result["ResourceSpecificResults"].elements
        if specific.isEmpty {
          add(result["EvalDecision"], on: result["EvalResourceName"], action, result["MissingContextValues"])
        }
        for one in specific {
          add(one["EvalResourceDecision"], on: one["EvalResourceName"], action, one["MissingContextValues"])
        }
      }
    }

    private mutating func add(
      _ decision: JSONValue?, on resource: JSONValue?, _ action: String, _ missing: JSONValue?
    ) {
      if decision == "allowed" {
        allowed += 1
      } else if decision == "implicitDeny", !missing.elements.isEmpty {
        undecided.formUnion(missing.elements.compactMap(\.stringValue))
      } else {
        denied.insert("\(action) on \(resource?.stringValue ?? "*")")
      }
    }
  }
}
