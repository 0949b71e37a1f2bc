internal import Foundation
public import JobModel

/// Why a file or a program gave nothing.
public struct AWSEnvironmentError: Error, Equatable, Sendable, CustomStringConvertible {
  public var message: String

  public init(message: String) { self.message = message }

  public var description: String { message }
}

/// Everything outside that configuration and credentials come from, as one value: tests build their own.
public struct AWSEnvironment: Sendable {
  /// Bytes of a configuration, credentials or token file, and of a program's output.
  public static let maximumFileBytes = 1 << 20

  public var variables: [String: String]
  /// Where `~/.aws` is; nil where the user has no home.
  public var homeDirectory: String?
  /// A file's bytes; nil where there is no such file.
  public var readFile: @Sendable (_ path: String) throws(AWSEnvironmentError) -> [UInt8]?
  /// A shell command's standard output (for `credential_process`), once it has ended with status 0.
  public var runProcess: @Sendable (_ command: String) async throws(AWSEnvironmentError) -> [UInt8]
  public var transport: any HTTPTransport
  public var time: any TimeSource

  public init(
    variables: [String: String], homeDirectory: String?,
    readFile: @escaping @Sendable (_ path: String) throws(AWSEnvironmentError) -> [UInt8]?,
    runProcess: @escaping @Sendable (_ command: String) async throws(AWSEnvironmentError) -> [UInt8],
    transport: any HTTPTransport, time: any TimeSource
  ) {
    self.variables = variables
    self.homeDirectory = homeDirectory
    self.readFile = readFile
    self.runProcess = runProcess
    self.transport = transport
    self.time = time
  }

  /// This process's own surroundings.
  public static func system(transport: any HTTPTransport, time: any TimeSource) -> AWSEnvironment {
    let variables = ProcessInfo.processInfo.environment
    return AWSEnvironment(
      variables: variables, homeDirectory: variables["HOME"] ?? NSHomeDirectory(),
      readFile: { (path) throws(AWSEnvironmentError) in try readBoundedFile(path) },
      runProcess: { (command) async throws(AWSEnvironmentError) in
        try await CredentialProcess(command: command).run(time: time)
      }, transport: transport, time: time)
  }

  /// A variable's value; an empty one counts as not set.
  func variable(_ name: String) -> String? {
    variables[name].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Boolean variables are `true` in any case; everything else is false.
  func flag(_ name: String) -> Bool { variable(name)?.lowercased() == "true" }

  /// A path with `~/` resolved.
  func expanded(_ path: String) -> String {
    guard path.hasPrefix("~/"), let homeDirectory else { return path }
    return homeDirectory + path.dropFirst()
  }

  /// A small text file, such as a token; the error names the file.
  func readText(_ path: String) throws(AWSEnvironmentError) -> String {
    guard let bytes = try readFile(expanded(path)) else { throw AWSEnvironmentError(message: "\(path) does not exist") }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw AWSEnvironmentError(message: "\(path) is not UTF-8")
    }
    return text
  }
}

private func readBoundedFile(_ path: String) throws(AWSEnvironmentError) -> [UInt8]? {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else {
    if errno == ENOENT || errno == ENOTDIR { return nil }
    throw AWSEnvironmentError(message: "\(path) cannot be opened: \(String(cString: strerror(errno)))")
  }
  defer { close(descriptor) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = read(descriptor, &buffer, buffer.count)
    if count == 0 { return bytes }
    if count < 0 {
      if errno == EINTR { continue }
      throw AWSEnvironmentError(message: "\(path) cannot be read: \(String(cString: strerror(errno)))")
    }
    bytes += buffer[..<count]
    guard bytes.count <= AWSEnvironment.maximumFileBytes else {
      throw AWSEnvironmentError(message: "\(path) is over \(AWSEnvironment.maximumFileBytes) bytes")
    }
  }
}
