/// An Amazon Resource Name taken apart: `arn:partition:service:region:account:resource`.
struct ResourceName: Hashable, Sendable, CustomStringConvertible {
  var partition: String
  var service: String
  /// Empty where the resource has none, as IAM's.
  var region: String
  var account: String
  /// All that follows, colons and slashes included.
  var resource: String

  init(partition: String, service: String, region: String, account: String, resource: String) {
    self.partition = partition
    self.service = service
    self.region = region
    self.account = account
    self.resource = resource
  }

  /// Nil for a text that is no ARN.
  init?(_ text: String) {
    let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 6, parts[0] == "arn", !parts[1].isEmpty, !parts[2].isEmpty, !parts[5].isEmpty else {
      return nil
    }
    self.init(partition: parts[1], service: parts[2], region: parts[3], account: parts[4], resource: parts[5])
  }

  var description: String { "arn:\(partition):\(service):\(region):\(account):\(resource)" }

  /// `aws-cn` for China, `aws-us-gov` for the government's regions, `aws` for all others.
  static func partition(ofRegion region: String) -> String {
    if region.hasPrefix("cn-") { return "aws-cn" }
    return region.hasPrefix("us-gov-") ? "aws-us-gov" : "aws"
  }
}
