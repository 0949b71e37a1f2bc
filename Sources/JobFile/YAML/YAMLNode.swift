/// A line and a column, both from 1; columns count Unicode scalars.
struct Place: Hashable {
  var line: Int
  var column: Int

  static let start = Place(line: 1, column: 1)
}

/// A value of the job file with its place: YAML's tree after anchors, merges and tags are done with.
struct YAMLNode {
  enum Content {
    case scalar(YAMLScalar)
    case list([YAMLNode])
    case mapping([Member])
  }

  struct Member {
    var key: String
    var keyPlace: Place
    var value: YAMLNode
  }

  var content: Content
  var place: Place
  /// The place of the key whose value this is; nil in a list and at the root.
  var keyPlace: Place?
  /// Such as `jobs.nightly-report.task.command[0]`. A default keeps its path when a job takes it.
  var path: String

  var scalar: YAMLScalar? { if case .scalar(let scalar) = content { scalar } else { nil } }
  var items: [YAMLNode]? { if case .list(let items) = content { items } else { nil } }
  var members: [Member]? { if case .mapping(let members) = content { members } else { nil } }
  var isNull: Bool { if case .null = scalar?.meaning { true } else { false } }

  /// The member of a key; of one that is given twice (which is a mistake) the last, as everywhere.
  subscript(_ key: String) -> YAMLNode? {
    members?.last { $0.key == key }?.value
  }

  /// The node that a JSON pointer (RFC 6901) names, or its nearest parent.
  func node(at pointer: String) -> YAMLNode {
    var node = self
    for token in pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
      let key = String(token).replacing("~1", with: "/").replacing("~0", with: "~")
      if let child = node[key] {
        node = child
      } else if let items = node.items, let index = Int(key), items.indices.contains(index) {
        node = items[index]
      } else {
        break
      }
    }
    return node
  }

  /// The path of a member.
  func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  /// What stands here, for messages.
  ///
  /// - Parameter showing: false where the value may be a secret.
  func described(showing: Bool = true) -> String {
    switch content {
    case .list: "a list"
    case .mapping: "a mapping"
    case .scalar(let scalar): scalar.described(showing: showing)
    }
  }
}
