import JobModel
import Testing

@Suite("A URL whose path is a secret")
struct SecretURLTests {
  @Test(
    "Only scheme and host are shown",
    arguments: [
      ("https://hooks.example.com/services/T0001/B0002/abcdef", "https://hooks.example.com", false),
      ("https://hooks.example.com:8443?token=abcdef", "https://hooks.example.com:8443", false),
      ("HTTPS://hooks.example.com", "https://hooks.example.com", false),
      ("https://[2001:db8::1]:8443/abcdef", "https://[2001:db8::1]:8443", false),
      ("http://127.0.0.1:9000/abcdef", "http://127.0.0.1:9000", true),
      ("http://localhost/abcdef", "http://localhost", true), ("http://[::1]:1/abcdef", "http://[::1]:1", true),
    ])
  func names(text: String, name: String, isLoopback: Bool) throws {
    let url = try SecretURL(text)
    #expect(url.text == text && url.name == name && url.isLoopback == isLoopback)
    var dumped = ""
    dump(url, to: &dumped)
    for shown in ["\(url)", String(reflecting: url), dumped] {
      #expect(shown.contains(name) && !shown.contains("abcdef"), "\(shown)")
    }
  }

  @Test(
    "What is refused says why, without the path",
    arguments: [
      ("http://hooks.example.com/abcdef", "must begin with https://"), ("ftp://localhost/abcdef", "must begin with"),
      ("hooks.example.com/abcdef", "is no URL"), ("://abcdef", "is no URL"), ("https:///abcdef", "names no host"),
      ("https://u:abcdef@hooks.example.com/", "a user or a password"), ("https://h.example/#abcdef", "a fragment"),
      ("https://h.example/abcdef x", "%20"), ("https://h.example/abcdéf", "no ASCII"),
      ("https://h.example/abcdef\r\nX: y", "a space"), ("https://h.example:0/abcdef", "no port"),
      ("https://h.example:port/abcdef", "no port"), (#"https://h.example\@other/abcdef"#, "a user"),
      (#"https://h.example\other/abcdef"#, "names no host"), ("https://[::1/abcdef", "names no host"),
      ("https://h.example/" + String(repeating: "a", count: 2_048), "2048 characters"),
      ("http://localhost.example.com/abcdef", "another machine"),
    ])
  func refused(text: String, words: String) {
    let thrown = #expect(throws: SecretURLError.self) { try SecretURL(text) }
    let message = thrown?.message ?? ""
    #expect(message.contains(words), "\(message)")
    #expect(!message.contains("abcd"))
  }

  @Test(
    "What an answer repeats of the URL is taken out of it",
    arguments: [
      ("Cannot POST /hooks/s3cr3t%21", "Cannot POST /…/…"), ("no hook s3cr3t! here", "no hook … here"),
      ("the key abcdef is void", "the key … is void"), ("hello", "hello"),
      ("no route to /hooks/s3cr3t%21?token=abcdef", "no route to …"),
    ])
  func removed(text: String, shown: String) throws {
    let url = try SecretURL("https://h.example/hooks/s3cr3t%21?token=abcdef")
    #expect(url.removed(from: text) == shown)
  }
}
