public import AWSClient
internal import JobModel

extension IAMPolicyInput {
  /// This input with what AWS knows of it: the account, unless it is given, and the definitions that the job
  /// file only names, whose roles and log groups the policy needs.
  ///
  /// - Returns: the fuller input, and a sentence for each question that was not answered.
  public func asking(_ caller: any AWSCaller) async -> (input: IAMPolicyInput, warnings: [String]) {
    var input = self
    var warnings: [String] = []
    if input.account == nil {
      do throws(AWSError) {
        input.account = try await caller.call(.sts, "GetCallerIdentity", [:])["Account"]?.stringValue
      } catch { warnings.append("the account is not known: sts:GetCallerIdentity: \(error.code): \(error.message)") }
    }
    for case .named(let name) in Set(tasks.map(\.taskDefinition)) where definitions[name] == nil {
      do throws(AWSError) {
        let answer = try await caller.call(.ecs, "DescribeTaskDefinition", ["taskDefinition": .string(name)])
        input.definitions[name] = answer["taskDefinition"]
      } catch {
        warnings.append(
          "task definition \(name) could not be read: ecs:DescribeTaskDefinition: \(error.code): \(error.message)")
      }
    }
    return (input, warnings.sorted())
  }
}
