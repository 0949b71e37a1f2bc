internal import JobModel

/// Why a path has no result, in the words of Jayway, which Step Functions shows.
struct PathNotFound: Error, Equatable {
  var message: String
}

extension JSONPath {
  /// The path's value in a document: the one result of a definite path, the array of results of any other.
  func value(in document: JSONValue) throws(PathNotFound) -> JSONValue {
    if segments.isEmpty { return document }
    var walk = PathWalk(root: document)
    let results = try walk.results(of: segments, in: document)
    guard isDefinite else { return .array(results) }
    guard let first = results.first else {
      throw PathNotFound(message: "No results for path: \(normalText)")
    }
    return first
  }
}

/// One evaluation: applies the segments one after the other to the values found so far.
struct PathWalk {
  let root: JSONValue
  private var visits = 0

  init(root: JSONValue) { self.root = root }

  mutating func results(of segments: [Segment], in document: JSONValue) throws(PathNotFound) -> [JSONValue] {
    var values = [document]
    var isDefinite = true
    var trail = "$"
    for (position, segment) in segments.enumerated() {
      if !segment.isDefinite { isDefinite = false }
      let isLeaf = position == segments.count - 1
      var next: [JSONValue] = []
      for value in values {
        if isDefinite { try require(segment, of: value, at: trail, isLeaf: isLeaf) }
        try apply(segment, to: value, into: &next)
      }
      visits += next.count
      guard visits <= LanguageLimits.pathVisits else {
        throw PathNotFound(message: "The path has more than \(LanguageLimits.pathVisits) results")
      }
      values = next
      trail += segment.normalText
    }
    return values
  }

  /// Jayway's complaints about a definite path that cannot go on.
  private func require(_ segment: Segment, of value: JSONValue, at trail: String, isLeaf: Bool) throws(PathNotFound) {
    switch (segment, value) {
    case (.name(let name), .object(let members)):
      if !isLeaf, members[name] == nil {
        throw PathNotFound(message: "Missing property in path \(trail)['\(name)']")
      }
    case (.name(let name), _):
      throw PathNotFound(
        message: "Expected to find an object with property ['\(name)'] in path \(trail) but found '\(value.kind)'.")
    case (.index, .array): break
    case (.index, .null): throw PathNotFound(message: "The path \(trail) is null")
    case (.index, _):
      throw PathNotFound(
        message: "Filter: \(segment.normalText) can only be applied to arrays. Current context is: \(value.text)")
    default: break
    }
  }

  private mutating func apply(
    _ segment: Segment, to value: JSONValue, into results: inout [JSONValue]
  ) throws(PathNotFound) {
    switch segment {
    case .name(let name):
      if let member = value[name] { results.append(member) }
    case .names(let names):
      if case .object(let members) = value {
        results.append(.object(JSONObject(names.compactMap { name in members[name].map { (name, $0) } })))
      }
    case .index(let index):
      if let element = PathWalk.element(of: value, at: index) { results.append(element) }
    case .indices(let indices):
      results.append(contentsOf: indices.compactMap { PathWalk.element(of: value, at: $0) })
    case .slice(let from, let to): results.append(contentsOf: PathWalk.slice(of: value, from: from, to: to))
    case .wildcard: results.append(contentsOf: PathWalk.children(of: value))
    case .descent: try descend(value, depth: 0, into: &results)
    case .filter(let filter):
      // A filter on an object asks about the object itself, as in Jayway.
      let candidates = value.arrayValue ?? (value.objectValue == nil ? [] : [value])
      for candidate in candidates where filter.holds(for: candidate, root: root) { results.append(candidate) }
    case .function(let function):
      if let result = function.result(of: value) { results.append(result) }
    }
  }

  private mutating func descend(
    _ value: JSONValue, depth: Int, into results: inout [JSONValue]
  ) throws(PathNotFound) {
    visits += 1
    guard visits <= LanguageLimits.pathVisits else {
      throw PathNotFound(message: "The path has more than \(LanguageLimits.pathVisits) results")
    }
    switch value {
    case .array, .object: results.append(value)
    default: return
    }
    for child in PathWalk.children(of: value) { try descend(child, depth: depth + 1, into: &results) }
  }

  private static func children(of value: JSONValue) -> [JSONValue] {
    switch value {
    case .array(let elements): elements
    case .object(let members): members.values
    default: []
    }
  }

  private static func element(of value: JSONValue, at index: Int) -> JSONValue? {
    guard case .array(let elements) = value else { return nil }
    return value[index < 0 ? elements.count + index : index]
  }

  private static func slice(of value: JSONValue, from: Int?, to: Int?) -> ArraySlice<JSONValue> {
    guard case .array(let elements) = value else { return [] }
    func clamp(_ index: Int) -> Int { max(0, min(elements.count, index < 0 ? elements.count + index : index)) }
    let start = clamp(from ?? 0)
    let end = clamp(to ?? elements.count)
    return start < end ? elements[start..<end] : []
  }
}

extension PathFunction {
  func result(of value: JSONValue) -> JSONValue? {
    switch (self, value) {
    case (.length, .array(let elements)): return .integer(Int64(elements.count))
    case (.length, .object(let members)): return .integer(Int64(members.count))
    case (.length, .string(let text)): return .integer(Int64(text.utf16.count))
    case (.keys, .object(let members)): return .array(members.keys.map(JSONValue.string))
    case (.length, _), (.keys, _): return nil
    default: break
    }
    let numbers = (value.arrayValue ?? []).compactMap(\.numberValue)
    guard !numbers.isEmpty else { return nil }
    switch self {
    case .minimum: return numbers.min().map(JSONValue.double)
    case .maximum: return numbers.max().map(JSONValue.double)
    case .sum: return .double(numbers.reduce(0, +))
    default: return .double(numbers.reduce(0, +) / Double(numbers.count))
    }
  }
}
