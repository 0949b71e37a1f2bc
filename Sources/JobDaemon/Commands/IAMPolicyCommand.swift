internal import AWSClient
internal import ArgumentParser
internal import ECSDriver
internal import Foundation
internal import JobFile
internal import JobModel

/// `jobd iam-policy`: the least that jobd's role must be allowed, for the jobs of a file.
struct IAMPolicyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "iam-policy",
    abstract: "Print the least IAM policy with which jobd can run the jobs of a file.",
    discussion: """
      The policy goes to standard output, what it could not know to standard error. Roles are passed by name:
      AWS is asked for those of task definitions that the file only names (ecs:DescribeTaskDefinition) and for
      the account (sts:GetCallerIdentity), unless --offline is given. Where it cannot be asked, the policy
      leaves those roles out and says so.

      EXAMPLES:
        jobd iam-policy -c jobs.yaml > policy.json
        aws iam put-role-policy --role-name jobd --policy-name jobd --policy-document file://policy.json
        jobd iam-policy -c jobs.yaml --offline

      EXIT STATUS:
        0 a policy was printed, 2 the file has mistakes.
      """)

  @OptionGroup var file: JobFileOption

  @Flag(help: "Ask nothing of AWS.")
  var offline = false

  func run() async throws {
    let result = JobFile.read(path: file.path)
    for diagnostic in result.diagnostics { Terminal.complain(diagnostic.rendered) }
    guard let jobFile = result.file else { throw ExitCode(2) }
    let (input, unanswered) = await input(for: jobFile)
    let policy = IAMPolicy.least(for: input)
    let called = jobFile.calledServices
    if !called.isEmpty {
      Terminal.complain(
        "jobd: warning: what Task states call is not in the policy; allow it by hand: "
          + called.joined(separator: ", "))
    }
    for warning in unanswered + policy.warnings { Terminal.complain("jobd: warning: \(warning)") }
    Terminal.write(policy.json.prettyText + "\n")
  }

  /// What is known, and a sentence for each question that was not answered.
  private func input(for jobFile: JobFile) async -> (input: IAMPolicyInput, warnings: [String]) {
    var input = IAMPolicyInput(
      collected: jobFile.collectedTasks, topics: jobFile.topics.map(\.arn), queueURL: jobFile.eventsQueueURL,
      region: jobFile.region ?? IAMPolicyCommand.region(ProcessInfo.processInfo.environment) ?? "*")
    var warnings: [String] = []
    if !offline {
      do {
        let connection = try await AWSConnection.forCommand(region: jobFile.region)
        input.region = connection.client.region
        return await input.asking(connection.client)
      } catch {
        warnings.append("AWS was not asked: \(error)")
      }
    }
    if input.region == "*" {
      warnings.append("the Region is not known, so the ARNs hold * in its place: set `region` in the job file")
    }
    return (input, warnings)
  }

  /// What the AWS SDKs take first.
  private static func region(_ environment: [String: String]) -> String? {
    ["AWS_REGION", "AWS_DEFAULT_REGION"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
  }
}
