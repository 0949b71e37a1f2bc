internal import Foundation
public import JobModel

/// Reference data beside the checkout, which a user's clone does not have: tests that use it are
/// skipped there, with a line that says so.
public enum Corpora {
  /// The folder, or nil. `JOBD_CORPORA` names another one.
  public static let folder: String? = {
    let named = ProcessInfo.processInfo.environment["JOBD_CORPORA"]
    let source = URL(fileURLWithPath: #filePath)
    let root = source.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let path = named ?? root.appendingPathComponent("../shared/corpora").standardizedFileURL.path
    if FileManager.default.fileExists(atPath: path) { return path }
    FileHandle.standardError.write(Data("skipped: no reference data at \(path)\n".utf8))
    return nil
  }()

  public static var isThere: Bool { folder != nil }

  /// The values of a file of JSON lines.
  public static func lines(_ name: String) throws -> [JSONValue] {
    try text(name).split(separator: "\n").map { try JSONValue.parse(String($0)) }
  }

  public static func text(_ name: String) throws -> String {
    try String(contentsOfFile: (folder ?? "") + "/" + name, encoding: .utf8)
  }
}
