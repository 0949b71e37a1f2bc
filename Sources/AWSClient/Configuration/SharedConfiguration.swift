/// The shared `config` and `credentials` files, read into profiles.
///
/// Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files". As every SDK does,
/// this skips what it does not understand: the files are shared with programs that know more.
struct SharedConfiguration: Equatable, Sendable {
  /// A section's settings; those with indented settings below them are in `nested`.
  struct Section: Equatable, Sendable {
    var values: [String: String] = [:]
    var nested: [String: [String: String]] = [:]
  }

  var profiles: [String: Section] = [:]
  /// `[services NAME]`: settings by service, shared by profiles.
  var services: [String: Section] = [:]

  enum File: Sendable {
    case config
    case credentials
  }

  /// Settings of the credentials file win over those of the config file.
  init(config: String, credentials: String) {
    read(config, .config)
    read(credentials, .credentials)
  }

  private enum Place: Hashable {
    case profile(String)
    case services(String)
    case ignored
  }

  private mutating func read(_ text: String, _ file: File) {
    var place = Place.ignored
    var sections: [Place: Section] = [:]
    var property: String?
    // `[profile default]` and `[default]` may both be there: the former is the one that counts.
    let hasPrefixedDefault =
      file == .config
      && text.split(whereSeparator: \.isNewline).contains {
        SharedConfiguration.header($0).map(SharedConfiguration.words) == ["profile", "default"]
      }
    for line in text.split(whereSeparator: \.isNewline) {
      guard let first = line.first, !line.allSatisfy(\.isWhitespace) else { continue }
      if first == "#" || first == ";" { continue }
      if let header = SharedConfiguration.header(line) {
        place = SharedConfiguration.place(header, file, hasPrefixedDefault: hasPrefixedDefault)
        property = nil
      } else if first.isWhitespace {
        if let property {
          SharedConfiguration.readContinuation(line, of: property, in: &sections[place, default: Section()])
        }
      } else if let (key, value) = SharedConfiguration.setting(line) {
        property = key
        sections[place, default: Section()].values[key] = value
      }
    }
    for (place, section) in sections { merge(section, at: place) }
  }

  private mutating func merge(_ section: Section, at place: Place) {
    func join(_ target: inout Section) {
      target.values.merge(section.values) { $1 }
      for (key, values) in section.nested { target.nested[key, default: [:]].merge(values) { $1 } }
    }
    switch place {
    case .profile(let name): join(&profiles[name, default: Section()])
    case .services(let name): join(&services[name, default: Section()])
    case .ignored: break
    }
  }

  /// What is between the brackets of a section's line.
  private static func header(_ line: Substring) -> Substring? {
    guard line.first == "[", let end = line.firstIndex(of: "]") else { return nil }
    return line[line.index(after: line.startIndex)..<end]
  }

  private static func words(_ text: Substring) -> [Substring] { text.split(whereSeparator: \.isWhitespace) }

  private static func place(_ header: Substring, _ file: File, hasPrefixedDefault: Bool) -> Place {
    let words = words(header)
    switch (file, words.count, words.first) {
    case (.credentials, 1, let name?): return .profile(String(name))
    case (.config, 1, "default"): return hasPrefixedDefault ? .ignored : .profile("default")
    case (.config, 2, "profile"): return .profile(String(words[1]))
    case (.config, 2, "services"): return .services(String(words[1]))
    default: return .ignored
    }
  }

  /// An indented line: a nested setting below a setting without value, otherwise more of the value.
  private static func readContinuation(_ line: Substring, of property: String, in section: inout Section) {
    if section.values[property] == "", let (key, value) = setting(trimmed(line)) {
      section.nested[property, default: [:]][key] = value
    } else if let value = section.values[property], section.nested[property] == nil {
      section.values[property] = value + "\n" + trimmed(line)
    } else if let (key, value) = setting(trimmed(line)) {
      section.nested[property, default: [:]][key] = value
    }
  }

  /// `key = value`, with a comment after white space taken off.
  private static func setting(_ line: Substring) -> (String, String)? {
    guard let sign = line.firstIndex(of: "=") else { return nil }
    let key = trimmed(line[..<sign]).lowercased()
    var value = line[line.index(after: sign)...]
    for mark in [" #", " ;", "\t#", "\t;"] {
      if let comment = value.firstRange(of: mark) { value = value[..<comment.lowerBound] }
    }
    return key.isEmpty ? nil : (key, String(trimmed(value)))
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text.drop(while: \.isWhitespace)
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return text
  }
}
