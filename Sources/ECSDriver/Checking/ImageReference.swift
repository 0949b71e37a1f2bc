/// An image of a private ECR repository: `123456789012.dkr.ecr.eu-west-1.amazonaws.com/repository:tag@digest`.
struct ImageReference: Hashable, Sendable {
  /// The account.
  var registry: String
  var region: String
  var repository: String
  var tag: String?
  var digest: String?

  /// Nil for an image that is elsewhere.
  init?(_ text: String) {
    guard let slash = text.firstIndex(of: "/"),
      let (registry, region) = ImageReference.registry(String(text[..<slash]))
    else { return nil }
    var rest = text[text.index(after: slash)...]
    if let at = rest.lastIndex(of: "@") {
      digest = String(rest[rest.index(after: at)...])
      rest = rest[..<at]
    }
    if let colon = rest.lastIndex(of: ":") {
      tag = String(rest[rest.index(after: colon)...])
      rest = rest[..<colon]
    }
    guard !rest.isEmpty, tag?.isEmpty != true, digest?.isEmpty != true else { return nil }
    self.registry = registry
    self.region = region
    repository = String(rest)
  }

  /// The image that ECR is asked for: a digest wins, and no tag is `latest`.
  var imageID: (member: String, value: String) {
    digest.map { ("imageDigest", $0) } ?? ("imageTag", tag ?? "latest")
  }

  /// The hosts of private registries (ECR user guide, "Private registries"): IPv4, FIPS, China, dual-stack.
  private static func registry(_ host: String) -> (String, String)? {
    let labels = host.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard let account = labels.first, account.utf8.count == 12,
      account.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    let rest = Array(labels.dropFirst())
    if rest.count >= 5, rest[0] == "dkr", ["ecr", "ecr-fips"].contains(rest[1]), rest[3] == "amazonaws" {
      return (account, rest[2])
    }
    if rest.count >= 4, ["dkr-ecr", "dkr-ecr-fips"].contains(rest[0]), rest[2] == "on" { return (account, rest[1]) }
    return nil
  }
}
