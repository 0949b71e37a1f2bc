internal import Foundation
internal import JobModel

/// Reads a secret from its place each time that it is needed, so that a renewed one counts at once and none stays
/// in memory.
public struct SecretReader: Sendable {
  /// Bytes of a file; no key is longer.
  public static let maximumBytes = 4_096

  private let readFile: @Sendable (_ path: String) throws(SecretError) -> [UInt8]
  private let variable: @Sendable (_ name: String) -> String?

  public init(
    readFile: @escaping @Sendable (_ path: String) throws(SecretError) -> [UInt8],
    variable: @escaping @Sendable (_ name: String) -> String?
  ) {
    self.readFile = readFile
    self.variable = variable
  }

  /// The machine's files and this process's environment.
  public static let system = SecretReader(
    readFile: { path throws(SecretError) in try SecretReader.contents(of: path) },
    variable: { ProcessInfo.processInfo.environment[$0] })

  /// The first line, without white space around it.
  func text(of source: SecretSource) throws(SecretError) -> String {
    let text: String
    switch source {
    case .file(let path): text = String(decoding: try readFile(path), as: UTF8.self)
    case .environment(let name):
      guard let value = variable(name) else {
        throw SecretError(message: "\(source.place) is not set; set it for the daemon")
      }
      text = value
    }
    let line = (text.split(whereSeparator: \.isNewline).first ?? "").trimmingPrefix(while: \.isWhitespace)
    let end = line.lastIndex { !$0.isWhitespace }.map(line.index(after:)) ?? line.startIndex
    guard line.startIndex < end else { throw SecretError(message: "\(source.place) is empty; put the key there") }
    return String(line[..<end])
  }

  /// Of a regular file alone: a pipe or a device could hold up the sender, or never end.
  private static func contents(of path: String) throws(SecretError) -> [UInt8] {
    let place = SecretSource.file(path: path).place
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw SecretError(message: "\(place) cannot be read: \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw SecretError(message: "\(place) is no regular file")
    }
    var bytes = [UInt8](repeating: 0, count: maximumBytes + 1)
    let count = read(descriptor, &bytes, bytes.count)
    guard count >= 0 else {
      throw SecretError(message: "\(place) cannot be read: \(String(cString: strerror(errno)))")
    }
    guard count <= maximumBytes else {
      throw SecretError(message: "\(place) is longer than \(maximumBytes) bytes; it is to hold the key alone")
    }
    return Array(bytes[..<count])
  }
}

/// Why there is no secret: its place and what is wrong there, never what it holds.
public struct SecretError: Error, Equatable, Sendable {
  public var message: String

  public init(message: String) { self.message = message }
}

extension SecretSource {
  /// For messages.
  var place: String {
    switch self {
    case .file(let path): "the key's file \(path)"
    case .environment(let variable): "the key's environment variable \(variable)"
    }
  }
}
