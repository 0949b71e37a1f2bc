import JobModel
import TestSupport
import Testing

@testable import LocalDriver

@Suite("Arguments of local:run")
struct LocalCommandTests {
  @Test("What is kept with the launch is read to the same command")
  func roundTrip() throws {
    let arguments: JSONValue = [
      "Command": ["/bin/echo", "a b"], "Environment": ["STAGE": "prod"], "WorkingDirectory": "/tmp", "Input": ["a": 1],
    ]
    let command = try LocalCommand(arguments, state: "Run")
    #expect(command.json == arguments)
    #expect(try LocalCommand(command.json, state: "Run") == command)
    #expect(try LocalCommand(["Command": ["true"]], state: "Run").json == ["Command": ["true"]])
  }

  @Test(
    "Arguments that do not fit fail the state, and say which",
    arguments: [
      ([], "an object"), ([:], "Command must be a list"), (["Command": "rm -rf /"], "Command must be a list"),
      (["Command": []], "Command must be a list"), (["Command": [""]], "Command must be a list"),
      (["Command": ["a", 1]], "Command holds"), (["Command": ["a\0b"]], "NUL"),
      (["Command": ["a"], "Comand": 1], "did you mean \"Command\""),
      (["Command": ["a"], "Environment": ["A": 1]], "the variable A must be a text"),
      (["Command": ["a"], "Environment": ["A=B": "c"]], "no name of a variable"),
      (["Command": ["a"], "Environment": ["A"]], "Environment must be an object"),
      (["Command": ["a"], "WorkingDirectory": "here"], "absolute path"),
    ] as [(JSONValue, String)])
  func mistakes(arguments: JSONValue, message: String) {
    let failure = #expect(throws: TaskFailure.self) { try LocalCommand(arguments, state: "Run") }
    #expect(failure?.error == "States.Runtime")
    #expect(failure?.cause.contains(message) == true, "\(failure?.cause ?? "")")
  }

  @Test("Arguments, variables and input are bounded")
  func bounds() {
    let long = JSONValue.string(String(repeating: "x", count: LocalLimits.textBytes + 1))
    let many = JSONValue.array(Array(repeating: "a", count: LocalLimits.arguments + 1))
    let input = JSONValue.string(String(repeating: "x", count: LocalLimits.inputBytes))
    for arguments: JSONValue in [
      ["Command": ["a", long]], ["Command": many], ["Command": ["a"], "Input": input],
      ["Command": ["a"], "Environment": ["A": long]],
    ] {
      #expect(throws: TaskFailure.self) { try LocalCommand(arguments, state: "Run") }
    }
  }
}

@Suite("What is kept of a command's output")
struct KeptOutputTests {
  private func kept(_ output: KeptOutput, _ pieces: String...) -> KeptOutput {
    var output = output
    for piece in pieces { output.append(Array(piece.utf8)) }
    return output
  }

  @Test("What fits is whole")
  func whole() {
    let output = kept(KeptOutput(first: 6), "abc", "def")
    #expect(output.isWhole)
    #expect(output.text == "abcdef")
    #expect(kept(KeptOutput(last: 6), "abc", "def").text == "abcdef")
  }

  @Test("Of more the beginning stays, or the end, and a line says how many bytes do not")
  func cut() {
    let output = kept(KeptOutput(first: 4), "abc", "def", "ghi")
    #expect(!output.isWhole)
    #expect(output.text == "abcd\n[5 bytes more are not kept]")
    #expect(kept(KeptOutput(last: 4), "abc", "def", "ghi").text == "[5 bytes more are not kept]\nfghi")
  }

  @Test("A character that is cut in two goes whole")
  func characters() {
    #expect(kept(KeptOutput(first: 4), "aé€z").text == "aé\n[3 bytes more are not kept]")
    #expect(kept(KeptOutput(last: 3), "aé€z").text == "[4 bytes more are not kept]\nz")
  }

  @Test("Bytes that are no text become replacement characters")
  func noText() {
    var output = KeptOutput(first: 10)
    output.append([0x61, 0xFF])
    #expect(output.text == "a\u{FFFD}")
  }
}
