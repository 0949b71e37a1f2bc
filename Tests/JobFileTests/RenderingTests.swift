import Testing

@testable import JobFile

@Suite("How a diagnostic is shown")
struct RenderingTests {
  @Test("The source line stands below, with a caret under the place")
  func caret() throws {
    let diagnostic = try #require(
      parse("jobs:\n  a:\n    timeout: 5\n    task: {taskDefinition: a}\n").diagnostics.first)
    #expect(
      diagnostic.rendered == """
        jobs.yaml:3:14: error: \(diagnostic.message)
              timeout: 5
                       ^
        """)
  }

  @Test("Wide characters before the place move the caret by two")
  func wide() {
    let diagnostic = JobFileDiagnostic(
      severity: .error, file: "f", line: 1, column: 4, path: "", message: "m", sourceLine: "夜間: x")
    #expect(diagnostic.rendered == "f:1:4: error: m\n  夜間: x\n       ^")
  }

  @Test("A long line is cut around the place, and no control character reaches the terminal")
  func long() {
    let line = String(repeating: "a", count: 300) + "\u{1B}[31m" + String(repeating: "b", count: 300)
    let diagnostic = JobFileDiagnostic(
      severity: .error, file: "f", line: 1, column: 302, path: "", message: "m", sourceLine: line)
    let lines = diagnostic.rendered.split(separator: "\n")
    #expect(lines[1].count < 150)
    #expect(!diagnostic.rendered.unicodeScalars.contains("\u{1B}"))
    let caret = lines[2].count - 1
    #expect(Array(lines[1])[caret] == "[")
  }

  @Test(
    "The values of an environment are never shown",
    arguments: [
      "jobs:\n  a:\n    task:\n      environment: {PASSWORD: hunter2, B: [x]}\n",
      "jobs:\n  a:\n    task:\n      environment:\n        PASSWORD: hunter2\n        PASSWORD: hunter2\n",
      "jobs:\n  a:\n    task:\n      environment:\n        PASSWORD: @hunter2\n",
      "jobs:\n  a:\n    task:\n      environment:\n        PASSWORD: [hunter2]\n",
      "jobs:\n  a:\n    task:\n      environment:\n        JOBD_X: hunter2\n",
      "jobs:\n  a: {bogus: 1, task: {environment: {PASSWORD: hunter2}}}\n",
      "jobs:\n  a:\n    task:\n      environment: hunter2\n",
      """
      jobs:
        a:
          task:
            overrides:
              containerOverrides:
              - name: app
                environment:
                - name: A
                  value: hunter2
                - {name: A, value: hunter2}
      """,
    ])
  func secrets(text: String) {
    let result = parse(text)
    #expect(result.file == nil)
    for diagnostic in result.diagnostics { #expect(!diagnostic.rendered.contains("hunter2"), "\(diagnostic.rendered)") }
  }
}
