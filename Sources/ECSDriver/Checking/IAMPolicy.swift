public import JobModel

/// An IAM policy: what jobd may do in AWS.
///
/// Which actions take which resources and condition keys: Service Authorization Reference, the pages of
/// Amazon ECS, IAM, SNS, SQS and CloudWatch Logs.
public struct IAMPolicy: Hashable, Sendable {
  public struct Condition: Hashable, Sendable {
    /// `ArnEquals`, `StringEquals`.
    public var test: String
    public var key: String
    public var values: [String]

    public init(test: String, key: String, values: [String]) {
      self.test = test
      self.key = key
      self.values = values
    }
  }

  public struct Statement: Hashable, Sendable {
    /// Letters and digits only.
    public var sid: String
    public var actions: [String]
    public var resources: [String]
    public var condition: Condition?

    public init(sid: String, actions: [String], resources: [String], condition: Condition? = nil) {
      self.sid = sid
      self.actions = actions
      self.resources = resources
      self.condition = condition
    }

    public var json: JSONValue {
      var members: JSONObject = [
        "Sid": .string(sid), "Effect": "Allow", "Action": .array(actions.map { .string($0) }),
        "Resource": .array(resources.map { .string($0) }),
      ]
      if let condition {
        let values = JSONValue.array(condition.values.map { .string($0) })
        members["Condition"] = .object([condition.test: .object([condition.key: values])])
      }
      return .object(members)
    }
  }

  public var statements: [Statement]
  /// What the policy could not know, and what to do about it; sentences for people.
  public var warnings: [String]

  public init(statements: [Statement], warnings: [String] = []) {
    self.statements = statements
    self.warnings = warnings
  }

  /// The policy document, in the same order for the same input.
  public var json: JSONValue {
    ["Version": "2012-10-17", "Statement": .array(statements.map(\.json))]
  }

  /// Characters of a managed policy, white space not counted (IAM quotas).
  static let managedPolicyLength = 6_144
}
