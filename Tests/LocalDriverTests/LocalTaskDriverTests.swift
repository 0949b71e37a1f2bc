import Foundation
import JobModel
import Logging
import TestSupport
import Testing

@testable import LocalDriver

/// Runs real commands; waits for what they do, never for a length of time.
@Suite("Commands on the host", .timeLimit(.minutes(1)))
struct LocalTaskDriverTests {
  private static let run = RunID(slot: SlotKey(job: "glue", scheduledAt: Instant(seconds: 1_795_219_230)), rerun: 0)
  private let time = ManualTime(now: Instant(seconds: 1_795_219_230))
  private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  private func driver(isAllowed: Bool = true) -> LocalTaskDriver {
    LocalTaskDriver(permission: .init(remedy: "say so") { isAllowed }, time: time, logger: logger)
  }

  /// - Parameter installation: tells launches of tests that run at once apart.
  private func launch(
    _ arguments: JSONValue, _ driver: LocalTaskDriver, installation: String = UUID().uuidString
  ) throws -> Launch {
    let request = TaskRequest(
      launch: LaunchID(run: Self.run, number: 1), task: 1, state: "Run", resource: "arn:aws:states:::local:run",
      arguments: arguments)
    return try driver.prepare(request, installation: installation, at: time.now())
  }

  private func shell(_ script: String) -> JSONValue { ["Command": ["/bin/sh", "-c", .string(script)]] }

  /// Starts and follows, as the engine does.
  private func perform(_ arguments: JSONValue) async throws -> LaunchReport {
    let driver = driver()
    let launch = try launch(arguments, driver)
    guard case .submitted = try await driver.start(launch, recovering: false) else {
      Issue.record("it was not taken")
      return .failed(TaskFailure(error: "", cause: ""))
    }
    return try await driver.follow(launch)
  }

  private func output(_ arguments: JSONValue) async throws -> JSONValue {
    let report = try await perform(arguments)
    guard case .succeeded(let output, _, _) = report else {
      Issue.record("\(report)")
      return .null
    }
    return output
  }

  private func failure(_ arguments: JSONValue) async throws -> TaskFailure? {
    if case .failed(let failure) = try await perform(arguments) { failure } else { nil }
  }

  @Test("The resource is known with and without its ARN")
  func handles() {
    #expect(driver().handles("local:run"))
    #expect(driver().handles("arn:aws-cn:states:::local:run"))
    #expect(!driver().handles("arn:aws:states:::local:run.sync"))
    #expect(!driver().handles("arn:aws:states:::ecs:runTask"))
  }

  @Test("A command's output is the result, and as JSON where it is JSON")
  func success() async throws {
    #expect(
      try await output(shell("echo '{\"sum\": 7}'; echo careful >&2")) == [
        "ExitCode": 0, "Stdout": "{\"sum\": 7}\n", "Stderr": "careful\n", "Output": ["sum": 7],
      ])
    #expect(try await output(shell("echo done")) == ["ExitCode": 0, "Stdout": "done\n", "Stderr": ""])
  }

  @Test("Input stands on standard input as JSON, and nothing without it")
  func input() async throws {
    #expect(
      try await output(["Command": ["cat"], "Input": ["a": [1, "ü"]]]) == [
        "ExitCode": 0, "Stdout": "{\"a\":[1,\"ü\"]}\n", "Stderr": "", "Output": ["a": [1, "ü"]],
      ])
    #expect(try await output(["Command": ["cat"]])["Stdout"] == "")
    // One that does not read it.
    let long = JSONValue.string(String(repeating: "x", count: 500_000))
    #expect(try await output(["Command": ["true"], "Input": long])["ExitCode"] == 0)
  }

  @Test("No shell looks at the arguments, and the folder is the one that is named")
  func literal() async throws {
    #expect(try await output(["Command": ["echo", "$HOME; *"]])["Stdout"] == "$HOME; *\n")
    #expect(try await output(["Command": ["pwd"], "WorkingDirectory": "/usr"])["Stdout"] == "/usr\n")
  }

  @Test("A command gets its own variables and jobd's, and nothing else of the daemon's environment")
  func environment() async throws {
    setenv("AWS_SECRET_ACCESS_KEY", "hidden", 0)
    let text = try #require(
      try await output(["Command": ["env"], "Environment": ["STAGE": "prod"]])["Stdout"]?.stringValue)
    let names = Set(text.split(separator: "\n").map { String($0.prefix { $0 != "=" }) })
    #expect(names.subtracting(["HOME"]) == ["PATH", "LANG", "STAGE", "JOBD_JOB", "JOBD_RUN", "JOBD_LAUNCH"])
    #expect(text.contains("STAGE=prod\n"))
    #expect(text.contains("JOBD_RUN=\(Self.run)\n"))
  }

  @Test("Another exit code than 0 is an error of that name, with the last lines as the cause")
  func exitCode() async throws {
    let failure = try #require(try await failure(shell("echo first >&2; echo last >&2; exit 3")))
    #expect(failure.error == "Local.ExitCode.3")
    #expect(failure.aliases == ["Local.ExitCode"])
    #expect(try JSONValue.parse(failure.cause) == ["ExitCode": 3, "Stderr": "first\nlast"])
    #expect(failure.diagnosis?.class == .exitCode)
    #expect(failure.diagnosis?.exitCodes == ["sh": 3])
    #expect(failure.diagnosis?.log == ["first", "last"])
    #expect(try await self.failure(shell("kill -KILL $$"))?.error == "Local.ExitCode.137")
  }

  @Test("A program that is not there, or a folder, is an error of its own")
  func cannotStart() async throws {
    #expect(try await failure(["Command": ["/no/such/program"]])?.error == "Local.CannotStart")
    #expect(try await failure(["Command": ["no-such-program-here"]])?.error == "Local.CannotStart")
    #expect(
      try await failure(["Command": ["true"], "WorkingDirectory": "/no/such/folder"])?.error == "Local.CannotStart")
  }

  @Test("Long output is cut, says so, and is no JSON any more")
  func long() async throws {
    let output = try await output(shell("printf '['; head -c 300000 /dev/zero | tr '\\0' 1; printf ']'"))
    let text = try #require(output["Stdout"]?.stringValue)
    #expect(text.hasSuffix("1\n[\(300_002 - LocalLimits.outputBytes) bytes more are not kept]"))
    #expect(output["Output"] == nil)
  }

  @Test("Where commands are not allowed none begins, and the error says how to allow them")
  func notAllowed() async throws {
    let driver = driver(isAllowed: false)
    let report = try await driver.start(try launch(shell("true"), driver), recovering: false)
    guard case .failed(let failure) = report else {
      Issue.record("it was taken")
      return
    }
    #expect(failure.error == "States.Permissions")
    #expect(failure.cause.contains("say so"))
  }

  // MARK: Ends

  /// A command with descendants that pay no heed to SIGTERM, one of them in a session of its own, each of which holds
  /// a file open; it says when all are there.
  private func stubborn(_ folder: URL) -> JSONValue {
    let script = """
      trap '' TERM
      (echo a > \(folder.path)/ready; exec sleep 1000) &
      setsid sh -c 'echo b > \(folder.path)/ready; exec sleep 1000' &
      wait
      """
    return shell(script)
  }

  private func withFIFO(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(mkfifo(folder.path + "/ready", 0o600) == 0)
    try await body(folder)
  }

  /// Returns once two descendants have written to the pipe.
  private func waitForDescendants(_ folder: URL) async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      Thread.detachNewThread {
        // Open for writing as well, so that the first writer's end is no end of the file.
        let pipe = open(folder.path + "/ready", O_RDWR)
        var seen = 0
        var buffer = [UInt8](repeating: 0, count: 16)
        while seen < 4 { seen += max(0, read(pipe, &buffer, buffer.count)) }
        close(pipe)
        continuation.resume()
      }
    }
  }

  @Test(
    "A stopped command gets SIGTERM, then SIGKILL, and so do all its descendants, also those with a session of their own"
  )
  func stop() async throws {
    try await withFIFO { folder in
      let driver = driver()
      let launch = try launch(stubborn(folder), driver)
      _ = try await driver.start(launch, recovering: false)
      async let report = driver.follow(launch)
      await waitForDescendants(folder)
      let family = ProcessFamily(mark: launch.startedBy ?? "", leader: nil)
      #expect(family.members.count == 3)
      async let stop: Void = driver.stop(launch, reason: "enough")
      await time.waitForSleepers()
      time.advance(by: LocalLimits.stopGrace)
      try await stop
      guard case .failed(let failure) = try await report else {
        Issue.record("it succeeded")
        return
      }
      #expect(failure.error == "Local.ExitCode.137")
      #expect(family.members.isEmpty)
    }
  }

  @Test("What a command leaves behind ends with it")
  func leftBehind() async throws {
    try await withFIFO { folder in
      let driver = driver()
      let launch = try launch(
        shell("setsid sleep 1000 > /dev/null 2>&1 & sleep 1000 & echo gone"), driver)
      _ = try await driver.start(launch, recovering: false)
      guard case .succeeded(let output, _, _) = try await driver.follow(launch) else {
        Issue.record("it failed")
        return
      }
      #expect(output["Stdout"] == "gone\n")
      #expect(ProcessFamily(mark: launch.startedBy ?? "", leader: nil).members.isEmpty)
    }
  }

  @Test("A command that is stopped before it begins never begins")
  func stoppedBefore() async throws {
    let driver = driver()
    let launch = try launch(shell("exit 0"), driver)
    _ = try await driver.start(launch, recovering: false)
    try await driver.stop(launch, reason: "enough")
    guard case .failed(let failure) = try await driver.follow(launch) else {
      Issue.record("it ran")
      return
    }
    #expect(failure.cause.contains("before it began"))
  }

  @Test("After a crash what is left of a command is ended, and its outcome is not known")
  func crash() async throws {
    try await withFIFO { folder in
      let first = driver()
      let launch = try launch(stubborn(folder), first)
      _ = try await first.start(launch, recovering: false)
      let following = Task { try await first.follow(launch) }
      await waitForDescendants(folder)

      let second = driver()
      guard case .failed(let failure) = try await second.follow(launch) else {
        Issue.record("it succeeded")
        return
      }
      #expect(failure.error == "Jobd.UnknownOutcome")
      #expect(ProcessFamily(mark: launch.startedBy ?? "", leader: nil).members.isEmpty)
      _ = await following.result
    }
  }

  @Test("When jobd stops its commands end with it")
  func cancelled() async throws {
    try await withFIFO { folder in
      let driver = driver()
      let launch = try launch(
        shell("echo ab > \(folder.path)/ready; echo c > \(folder.path)/ready; exec sleep 1000"), driver)
      _ = try await driver.start(launch, recovering: false)
      let following = Task { try await driver.follow(launch) }
      await waitForDescendants(folder)
      following.cancel()
      await #expect(throws: CancellationError.self) { try await following.value }
      #expect(ProcessFamily(mark: launch.startedBy ?? "", leader: nil).members.isEmpty)
    }
  }
}
