import ArgumentParser
import Foundation
@testable import JobDaemon
import JobModel
import Testing

@Suite("jobd ctl's arguments")
struct CtlCommandTests {
  @Test("A run takes variables, from the shell where they have no value, and a command after --")
  func run() throws {
    let command = try CtlRun.parse(["a", "--env", "A=1=2", "--env", "B=", "--wait", "--", "report", "--all", "-x"])
    #expect(try command.variables([:]) == ["A": "1=2", "B": ""])
    #expect(command.words == ["report", "--all", "-x"])
    #expect(command.wait)
    var shell = CtlRun()
    shell.environment = ["TOKEN"]
    #expect(try shell.variables(["TOKEN": "hunter2"]) == ["TOKEN": "hunter2"])
    #expect(try CtlRun.parse(["a", "--command", #"["report", "--all"]"#]).command == ["report", "--all"])
  }

  @Test("An input is JSON, or stands in a file")
  func input() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("jobd-\(UUID()).json").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try #"{"b": 1, "a": [2]}"#.write(toFile: path, atomically: true, encoding: .utf8)
    #expect(try CtlRun.parse(["a", "--input", "@" + path]).input == ["b": 1, "a": [2]])
    #expect(try CtlRun.parse(["a", "--input", "[1]"]).input == [1])
  }

  @Test(
    "What contradicts itself is refused with the remedy",
    arguments: [
      (["run", "a", "--env", "=hunter2"], "--env needs a name before the ="),
      (["run", "a", "--env", "A=hunter2", "--env", "A=3"], "--env gives A twice"),
      (["run", "a", "--env", "NOT_SET_ANYWHERE"], "write NOT_SET_ANYWHERE=…"),
      (["run", "a", "--command", "[]"], "It must be a JSON list of strings"),
      (["run", "a", "--command", #"["x", 1]"#], "It must be a JSON list of strings"),
      (["run", "a", "--command", #"["x"]"#, "--", "y"], "are the same: give one of them"),
      (["run", "a", "--input", "{"], "It is not JSON"),
      (["run", "a", "--input", "@"], "After the @ belongs the path of a file"),
      (["run", "a", "--input", "@/not/there"], "/not/there cannot be read"),
      (["rerun", "a", "--date", "2026-11-20", "--slot", "2026-11-20T03:00:00Z"], "both name a slot"),
      (["backfill", "a"], "give --from and --to"),
      (["backfill", "a", "--from", "2026-11-02"], "give --from and --to"),
      (["backfill", "a", "--from", "2026-11-02", "--to", "2026-11-01"], "--to 2026-11-01 is before --from 2026-11-02"),
      (
        ["backfill", "a", "--from", "2026-11-01", "--to", "2026-11-02", "--max-parallel", "0"],
        "--max-parallel must be from 1 to 1000"
      ),
      (["backfill", "a", "--status", "--cancel"], "give one of them"),
      (["backfill", "a", "--cancel", "--force"], "take none of the options of a new backfill"),
      (["backfill", "a", "--list", "--wait"], "take none of the options of a new backfill"),
      (["logs", "a", "--tail", "0"], "--tail must be from 1 to 1000"),
      (["logs", "a", "--launch", "0"], "--launch must be at least 1"),
      (["logs", "not/a/name"], "not/a/name"),
      (["history", "a", "--errors"], "are for a run: give its id"),
      (["history", "a", "--follow"], "are for a run: give its id"),
      (["history", "a", "--limit", "1001"], "--limit must be at most 1000"),
      (["history", "a.20261121T030000Z.0", "--tail", "0"], "--limit must be at least 1"),
      (["definition", "a", "--version", "0"], "--version must be at least 1"),
      (["definition", "a", "--version", "1", "--list"], "give one of them"),
      (["definition", "a.20261121T030000Z.0", "--list"], "are for a job"),
      (["backup", "folder/"], "FILE must be the name of a file"),
      (["task", "succeed", ""], "The token is empty"),
      (["task", "succeed", "t", "--output", "{"], "It is not JSON"),
      (["task", "succeed", "t", "--output", "@/not/there"], "/not/there cannot be read"),
      (["task", "heartbeat"], "Missing expected argument '<token>'"),
    ])
  func refused(arguments: [String], message: String) throws {
    let error = try #require(throws: (any Error).self) { try CtlCommand.parseAsRoot(arguments) }
    let text = CtlCommand.fullMessage(for: error)
    #expect(text.contains(message), "\(text)")
    #expect(!text.contains("hunter2"))
    #expect(CtlCommand.exitCode(for: error) == .validationFailure)
  }

  @Test("A run's history takes a number of events under either name, and how they are told")
  func history() throws {
    let command = try CtlHistory.parse(["a.20261121T030000Z.0", "--tail", "100000", "-f", "--errors", "--full"])
    #expect(command.limit == 100_000)
    #expect(command.follow && command.errors && command.full)
    #expect(try CtlHistory.parse(["a", "--limit", "3"]).limit == 3)
  }

  @Test("A task's answer takes its token, and JSON or a file as output")
  func taskAnswers() throws {
    let command = try CtlTaskSucceed.parse(["t", "--output", #"{"rows": 12}"#])
    #expect(command.task.token == "t")
    #expect(command.output == ["rows": 12])
    #expect(try CtlTaskSucceed.parse(["-"]).output == nil)
    let failed = try CtlTaskFail.parse(["t", "--error", "E", "--cause", "C"])
    #expect(failed.error == "E")
    #expect(failed.cause == "C")
    #expect(try CtlTaskHeartbeat.parse(["t"]).task.token == "t")
  }

  @Test("Every command has examples in its help")
  func examples() {
    for command in CtlCommand.configuration.subcommands {
      #expect(command.configuration.discussion.contains("Examples:\n  jobd "), "\(command)")
    }
  }
}
