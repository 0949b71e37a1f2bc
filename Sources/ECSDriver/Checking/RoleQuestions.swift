internal import AWSClient
internal import JobModel

/// The roles that tasks run under: they exist, and ECS may take them.
extension CheckRun {
  private struct RoleUse {
    var kinds: Set<String> = []
    var jobs: Set<JobName> = []
  }

  func askRoles() async {
    for (role, use) in roleUses().sorted(by: { $0.key < $1.key }) {
      let kinds = use.kinds.sorted().joined(separator: " and ")
      await askRole(role, kinds: kinds, jobs: use.jobs.sorted())
    }
  }

  private func roleUses() -> [String: RoleUse] {
    var uses: [String: RoleUse] = [:]
    func add(_ role: String?, _ kind: String, _ job: JobName) {
      guard let role else { return }
      uses[role, default: RoleUse()].kinds.insert(kind)
      uses[role, default: RoleUse()].jobs.insert(job)
    }
    for task in tasks {
      let facts = definitions.first { $0.reference == task.taskDefinition }?.facts
      add(task.overrideTaskRole ?? facts?.taskRole, "task role", task.job)
      add(task.overrideExecutionRole ?? facts?.executionRole, "execution role", task.job)
    }
    return uses
  }

  private func askRole(_ role: String, kinds: String, jobs: [JobName]) async {
    let name = String(role.split(separator: "/").last ?? "")
    let subject = "role \(name)"
    if let account = ResourceName(role)?.account, let identity, account != identity.account {
      tell(
        .failed, subject, "it is the \(kinds) and belongs to account \(account), not to \(identity.account)",
        remedy: "a task's roles must be of the account that it runs in", jobs: jobs)
      return
    }
    switch await ask(.iam, "GetRole", ["RoleName": .string(name)]) {
    case .success(let answer):
      let document = answer["Role"]?["AssumeRolePolicyDocument"]?.stringValue ?? ""
      guard let policy = try? JSONValue.parse(PercentEncoding.decode(document)) else {
        tell(.unknown, subject, "the \(kinds): it exists, and its trust policy cannot be read", jobs: jobs)
        return
      }
      if TrustPolicy.lets("ecs-tasks.amazonaws.com", assume: policy) {
        tell(.ok, subject, "the \(kinds): ECS tasks may assume it", jobs: jobs)
      } else {
        tell(
          .failed, subject, "the \(kinds): its trust policy does not let ECS tasks assume it",
          remedy: "allow sts:AssumeRole to the service ecs-tasks.amazonaws.com in its trust policy", jobs: jobs)
      }
    case .failure(let error) where error.code == "NoSuchEntity":
      tell(
        .failed, subject, "the \(kinds): there is no such role", remedy: "make it, or name another", jobs: jobs)
    case .failure(let error): tellUnanswered(error, subject, "iam:GetRole", jobs: jobs)
    }
  }
}

/// Reads trust policies (IAM user guide, "IAM JSON policy elements"). Conditions are not weighed: they bind a
/// source account or ARN, which a policy simulator would have to know.
enum TrustPolicy {
  static func lets(_ service: String, assume policy: JSONValue) -> Bool {
    list(policy["Statement"]).contains { statement in
      statement["Effect"] == "Allow"
        && texts(statement["Action"]).contains { ["sts:assumerole", "sts:*", "*"].contains($0.lowercased()) }
        && (texts(statement["Principal"]?["Service"]).contains(service) || statement["Principal"] == "*")
    }
  }

  /// One value stands for a list of it.
  private static func list(_ value: JSONValue?) -> [JSONValue] {
    guard let value else { return [] }
    return value.arrayValue ?? [value]
  }

  private static func texts(_ value: JSONValue?) -> [String] { list(value).compactMap(\.stringValue) }
}
