/// A value that is its text wherever it is encoded: readable in a database and in an answer.
public protocol TextCodable: Codable, LosslessStringConvertible {
  /// What such a text is, for errors: `a job name`, `an RFC 3339 time`.
  static var textForm: String { get }
}

extension TextCodable {
  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let value = Self(text) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "not \(Self.textForm): \(text)"))
    }
    self = value
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

extension JobName: TextCodable {
  public static var textForm: String { "a job name" }
}

extension RunID: TextCodable {
  public static var textForm: String { "a run id" }
}

extension Instant: TextCodable {
  public static var textForm: String { "an RFC 3339 time" }
}

extension CivilDate: TextCodable {
  public static var textForm: String { "a date of the form 2026-11-21" }
}
