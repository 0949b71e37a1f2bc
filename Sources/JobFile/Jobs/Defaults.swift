/// Lays a job over the defaults. The nodes keep their places and paths, so that a mistake among the
/// defaults is reported there, and once.
enum Defaults {
  /// The part of `defaults` that stands beside `task` in a job, and the part that stands in it.
  static func split(_ defaults: YAMLNode?) -> (policies: YAMLNode?, task: YAMLNode?) {
    guard let defaults, let members = defaults.members else { return (nil, nil) }
    var policies = defaults
    var task = defaults
    policies.content = .mapping(members.filter { FileShape.policyKeys.contains($0.key) })
    task.content = .mapping(members.filter { !FileShape.policyKeys.contains($0.key) })
    return (policies, task)
  }

  /// Mappings merge key by key and deeply; anything else, a list too, is replaced by what the job says.
  static func merge(_ base: YAMLNode?, under node: YAMLNode) -> YAMLNode {
    guard let inherited = base?.members, let own = node.members else { return node }
    var result = node
    var members = own
    var positions: [String: Int] = [:]
    for (index, member) in own.enumerated() { positions[member.key] = index }
    for member in inherited {
      guard let position = positions[member.key] else {
        members.append(member)
        continue
      }
      members[position].value = merge(
        expanded(member.value, member.key), under: expanded(own[position].value, member.key))
    }
    result.content = .mapping(members)
    return result
  }

  /// `launchType` and `capacityProviderStrategy` exclude each other: a job that says one of them does not
  /// inherit the other.
  static func mergeTask(_ base: YAMLNode?, under task: YAMLNode) -> YAMLNode {
    guard var base, let inherited = base.members else { return task }
    let excluded: Set<String> = Set(
      [("launchType", "capacityProviderStrategy"), ("capacityProviderStrategy", "launchType")]
        .filter { task[$0.0] != nil }.map(\.1))
    base.content = .mapping(inherited.filter { !excluded.contains($0.key) })
    return merge(base, under: task)
  }

  /// `catchUp: latest` means `catchUp: {mode: latest}`.
  private static func expanded(_ node: YAMLNode, _ key: String) -> YAMLNode {
    guard key == "catchUp", let scalar = node.scalar, scalar.meaning != .null else { return node }
    var value = node
    value.path = node.path(of: "mode")
    var result = node
    result.content = .mapping([YAMLNode.Member(key: "mode", keyPlace: node.place, value: value)])
    return result
  }
}
