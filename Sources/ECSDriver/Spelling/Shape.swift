/// What a member of an API operation may be. Step Functions spells members in PascalCase, ECS in
/// camelCase; a shape says which names are the API's own and which are the user's data.
indirect enum Shape: Sendable {
  case string
  case integer
  case boolean
  case list(Shape)
  case structure([Member])
  /// The user's own names and texts (labels, options): they are left as they are.
  case map
  /// A text, or a structure in its place.
  case stringOr([Member])

  struct Member: Sendable {
    /// As the API spells it: `networkConfiguration`.
    var name: String
    var shape: Shape
    var isRequired: Bool

    init(_ name: String, _ shape: Shape, isRequired: Bool = false) {
      self.name = name
      self.shape = shape
      self.isRequired = isRequired
    }

    /// As Step Functions spells it: `NetworkConfiguration`. Only the first letter differs
    /// (`enableECSManagedTags`, `sizeInGiB`).
    var stateName: String { pascalCase(name) }
  }
}

/// A name with its first letter in upper case.
func pascalCase(_ name: String) -> String {
  guard let first = name.utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else { return name }
  var letters = Array(name.utf8)
  letters[0] = first - 0x20
  return String(decoding: letters, as: UTF8.self)
}
