/// Lays a job over the defaults. The nodes keep their places and paths, so that a mistake among the
/// defaults is reported there, and once.
enum Defaults {
  /// The part of `defaults` that stands beside `task` in a job, and the part that stands in it.
  static func split(_ defaults: YAMLNode?) -> (policies: YAMLNode?, task: YAMLNode?) {
    guard let defaults, let members = defaults.members else { return (nil, nil) }
    var policies = defaults
    var task = defaults
    policies.content = .mapping(members.filter { FileShape.policyKeys.contains($0.key) })
    // What is no key of a task is reported where it stands.
    task.content = .mapping(members.filter { TaskShape.task[$0.key] != nil })
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
      members[position].value = merge(member.value, under: own[position].value, key: member.key)
    }
    result.content = .mapping(members)
    return result
  }

  private static func merge(_ base: YAMLNode, under node: YAMLNode, key: String) -> YAMLNode {
    let (base, node) = (expanded(base, key), expanded(node, key))
    switch key {
    // Another pool has another limit, and only a queue has one.
    case "pool": if differ("name", base, node) { return node }
    case "overlap": if differ("mode", base, node) { return node }
    // Another receiver has another key.
    case "webhook": return node
    default: break
    }
    return merge(base, under: node)
  }

  private static func differ(_ key: String, _ base: YAMLNode, _ node: YAMLNode) -> Bool {
    guard let inherited = base[key]?.scalar, let own = node[key]?.scalar else { return false }
    return inherited.text != own.text
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

  /// `catchUp: latest` means `catchUp: {mode: latest}`, and so with the other short forms.
  private static func expanded(_ node: YAMLNode, _ key: String) -> YAMLNode {
    let long = ["catchUp": "mode", "overlap": "mode", "pool": "name", "calendar": "not"]
    guard let long = long[key], node.members == nil, !node.isNull else { return node }
    if ["pool", "calendar"].contains(key), node.scalar?.text == "none" { return node }
    var value = node
    value.path = node.path(of: long)
    var result = node
    result.content = .mapping([YAMLNode.Member(key: long, keyPlace: node.place, value: value)])
    return result
  }
}
