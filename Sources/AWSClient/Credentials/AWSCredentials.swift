public import JobModel

/// An access key, perhaps a temporary one. Its text never shows the secret or the session token.
public struct AWSCredentials: Hashable, Sendable {
  public var accessKeyID: String
  public var secretAccessKey: String
  public var sessionToken: String?
  /// Nil for keys that stay good until somebody deletes them.
  public var expiresAt: Instant?

  public init(accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil, expiresAt: Instant? = nil) {
    self.accessKeyID = accessKeyID
    self.secretAccessKey = secretAccessKey
    self.sessionToken = sessionToken
    self.expiresAt = expiresAt
  }
}

extension AWSCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String {
    "\(accessKeyID)" + (sessionToken == nil ? "" : " with a session token")
      + (expiresAt.map { ", until \($0)" } ?? "")
  }

  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: ["accessKeyID": accessKeyID]) }
}
