/// A queue's URL, `https://sqs.eu-west-1.amazonaws.com/123456789012/name`, taken apart.
struct QueueAddress: Hashable, Sendable {
  var account: String
  var name: String
  /// Nil where the host does not say it, as an emulator's.
  var region: String?

  /// Nil where the URL does not end in an account and a name.
  init?(_ url: String) {
    guard let scheme = url.firstRange(of: "://") else { return nil }
    let parts = url[scheme.upperBound...].split(separator: "/").map(String.init)
    guard parts.count >= 3, let name = parts.last, !name.isEmpty else { return nil }
    let account = parts[parts.count - 2]
    guard account.utf8.count == 12, account.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    self.account = account
    self.name = name
    let labels = parts[0].split(separator: ".").map(String.init)
    if labels.count >= 4, labels[0].hasPrefix("sqs"), labels[2] == "amazonaws" || labels[2] == "api" {
      region = labels[1]
    }
  }

  func arn(defaultRegion: String) -> String {
    let region = region ?? defaultRegion
    return ResourceName(
      partition: ResourceName.partition(ofRegion: region), service: "sqs", region: region, account: account,
      resource: name
    ).description
  }
}
