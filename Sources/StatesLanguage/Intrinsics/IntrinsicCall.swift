internal import JobModel

/// A call such as `States.Format('{} of {}', $.done, $.all)`.
struct IntrinsicCall: Hashable, Sendable {
  var function: IntrinsicFunction
  var arguments: [Argument]
  /// As the user wrote it, for messages.
  var text: String

  indirect enum Argument: Hashable, Sendable {
    /// Between the quotes, escapes not yet resolved: Format needs to know which braces were escaped.
    case text(String)
    case integer(Int64)
    case double(Double)
    case bool(Bool)
    case null
    case path(JSONPath)
    case call(IntrinsicCall)
  }

  /// The paths in it, those of nested calls included.
  var paths: [JSONPath] {
    arguments.flatMap { argument -> [JSONPath] in
      switch argument {
      case .path(let path): [path]
      case .call(let call): call.paths
      default: []
      }
    }
  }
}

/// The functions, with how many arguments each takes (Step Functions guide, "Intrinsic functions").
enum IntrinsicFunction: String, Hashable, Sendable, CaseIterable {
  case format = "Format"
  case stringToJSON = "StringToJson"
  case jsonToString = "JsonToString"
  case array = "Array"
  case arrayPartition = "ArrayPartition"
  case arrayContains = "ArrayContains"
  case arrayRange = "ArrayRange"
  case arrayGetItem = "ArrayGetItem"
  case arrayLength = "ArrayLength"
  case arrayUnique = "ArrayUnique"
  case base64Encode = "Base64Encode"
  case base64Decode = "Base64Decode"
  case hash = "Hash"
  case jsonMerge = "JsonMerge"
  case mathRandom = "MathRandom"
  case mathAdd = "MathAdd"
  case stringSplit = "StringSplit"
  case uuid = "UUID"

  var argumentCounts: ClosedRange<Int> {
    switch self {
    case .format: 1...1_000
    case .array: 0...1_000
    case .uuid: 0...0
    case .stringToJSON, .jsonToString, .arrayLength, .arrayUnique, .base64Encode, .base64Decode: 1...1
    case .arrayPartition, .arrayContains, .arrayGetItem, .hash, .mathAdd, .stringSplit: 2...2
    case .arrayRange, .jsonMerge: 3...3
    case .mathRandom: 2...3
    }
  }
}
