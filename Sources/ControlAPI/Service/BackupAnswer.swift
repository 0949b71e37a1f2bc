/// A copy of the store that is ready to be fetched.
public struct BackupAnswer: Codable, Equatable, Sendable {
  /// Names the copy in further requests.
  public var id: String
  public var bytes: Int

  public init(id: String, bytes: Int) {
    self.id = id
    self.bytes = bytes
  }
}

/// A piece of a copy.
public struct BackupPiece: Codable, Equatable, Sendable {
  /// Base64.
  public var data: String
  /// Where the next piece begins; nil after the last one.
  public var next: Int?

  public init(data: String, next: Int?) {
    self.data = data
    self.next = next
  }
}
