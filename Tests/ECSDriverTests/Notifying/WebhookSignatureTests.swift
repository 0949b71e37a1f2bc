import AWSClient
import Foundation
import JobModel
import Testing

@testable import ECSDriver

@Suite("A webhook's signature")
struct WebhookSignatureTests {
  private static let source = SecretSource.file(path: "/run/key")

  @Test("It is that of the Standard Webhooks libraries' own test")
  func vector() throws {
    let key = try WebhookKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", from: Self.source)
    let signature = WebhookSignature.signature(
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330, body: Array(#"{"test": 2432232314}"#.utf8), key: key
    )
    #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
  }

  @Test("A text without prefix is the key as it stands")
  func raw() throws {
    #expect(
      try WebhookKey("a text of 24 bytes or so", from: Self.source).bytes == Array("a text of 24 bytes or so".utf8))
  }

  @Test("The signed text's separator stands in no id")
  func identifiers() {
    let headers = WebhookSignature.headers(
      messageID: "nightly-report.20261121T030000Z.0/FAILED/5c3a90e1", body: [], at: .reference, key: nil)
    #expect(headers["webhook-id"] == "nightly-report:20261121T030000Z:0/FAILED/5c3a90e1")
    #expect(headers["webhook-timestamp"] == "1795230000")
    #expect(headers["webhook-signature"] == nil)
  }

  @Test(
    "A key that is none is refused by its place, and never shown",
    arguments: [
      ("whsec_MfKQ9r8G!", "no Base64"), ("whsec_MfKQ9r8GKYqrTwjU", "too short"), ("hunter2", "too short"),
      ("whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "asymmetric"),
    ])
  func refused(text: String, words: String) {
    let thrown = #expect(throws: SecretError.self) { try WebhookKey(text, from: Self.source) }
    let message = thrown?.message ?? ""
    #expect(message.contains("/run/key") && message.contains(words), "\(message)")
    #expect(!message.contains(text) && !message.contains("MfKQ"))
  }

  @Test("A key is shown in no description")
  func descriptions() throws {
    let text = "correct horse battery staple"
    let key = try WebhookKey(text, from: Self.source)
    var dumped = ""
    dump(key, to: &dumped)
    for shown in ["\(key)", String(reflecting: key), dumped] {
      #expect(!shown.contains("horse") && !shown.contains("\(Array(text.utf8)[0])"), "\(shown)")
    }
  }
}

@Suite("Reading a key from its place")
struct SecretReaderTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("jobd-\(UUID().uuidString)").path

  private func file(_ contents: String) throws -> String {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let path = folder + "/key"
    try contents.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  private func problem(_ source: SecretSource, _ reader: SecretReader = .system) -> String {
    do throws(SecretError) { return "read: \(try reader.text(of: source))" } catch { return error.message }
  }

  @Test(
    "The first line counts, without white space around it",
    arguments: ["the key", "the key\n", "\u{20}\tthe key \r\nanother line\n", "\n\nthe key"])
  func firstLine(contents: String) throws {
    let path = try file(contents)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(try SecretReader.system.text(of: .file(path: path)) == "the key")
    let reader = SecretReader(readFile: { _ throws(SecretError) in [] }, variable: { $0 == "KEY" ? contents : nil })
    #expect(try reader.text(of: .environment(variable: "KEY")) == "the key")
  }

  @Test("A file is read each time, so that a renewed key counts")
  func renewed() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for key in ["first", "second"] {
      #expect(try SecretReader.system.text(of: .file(path: try file(key))) == key)
    }
  }

  @Test("What is no key's file is refused by its name: missing, empty, too long, a folder, a pipe")
  func refused() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let missing = problem(.file(path: folder + "/nowhere"))
    #expect(missing.contains(folder + "/nowhere") && missing.contains("No such file"))
    let empty = problem(.file(path: try file(" \n \n")))
    #expect(empty.contains(folder + "/key") && empty.contains("is empty"))
    let long = problem(.file(path: try file(String(repeating: "k", count: 4_097))))
    #expect(long.contains("longer than 4096 bytes") && !long.contains("kkk"))
    #expect(
      try SecretReader.system.text(of: .file(path: try file(String(repeating: "k", count: 4_096)))).count == 4_096)
    #expect(problem(.file(path: folder)).contains("no regular file"))
    #expect(mkfifo(folder + "/pipe", 0o600) == 0)
    #expect(problem(.file(path: folder + "/pipe")).contains("no regular file"))
  }

  @Test("A variable that is not set or empty is refused by its name")
  func variables() {
    let reader = SecretReader(readFile: { _ throws(SecretError) in [] }, variable: { $0 == "EMPTY" ? " " : nil })
    #expect(problem(.environment(variable: "EMPTY"), reader).contains("EMPTY is empty"))
    #expect(problem(.environment(variable: "NOT_SET"), reader).contains("NOT_SET is not set"))
    #expect(SecretReaderTests().problem(.environment(variable: "JOBD_NO_SUCH_VARIABLE")).contains("is not set"))
  }
}
