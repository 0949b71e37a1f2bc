import JSONata
import Testing

@Suite("JSONata errors") struct ErrorTests {
  @Test("carry a code, a message and a place") func parts() {
    let error = JSONataError(code: "S0201", message: "Syntax error: )", position: 3, token: ")")
    #expect(error.code == "S0201" && error.position == 3)
  }
}
