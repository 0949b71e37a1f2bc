import JobModel
import Testing

@testable import JobFile

@Suite("Lengths of time")
struct DurationTextTests {
  @Test(
    "Whole numbers with their units, the larger first",
    arguments: [
      ("90s", 90), ("15m", 900), ("1h", 3_600), ("1d", 86_400), ("1h30m", 5_400), ("1d2h3m4s", 93_784), ("0s", 0),
    ])
  func read(text: String, seconds: Int64) {
    #expect(DurationText.seconds(text) == seconds)
  }

  @Test(
    "Anything else is refused",
    arguments: [
      "", "1", "s", "1.5h", "30m1h", "1h1h", "1w", "-1s", "1 h", " 1h", "1h ", "1H", "٣s", "99999999999999999999s",
      "9223372036854775807d", "9223372036854775807s1", "9223372036854775807m59s", "1ms", "PT1H",
    ])
  func refuse(text: String) {
    #expect(DurationText.seconds(text) == nil)
  }

  @Test("What is written can be read", arguments: [1, 59, 60, 3_661, 86_399, 86_400, 99_999_999])
  func roundTrip(seconds: Int64) {
    #expect(DurationText.seconds(DurationText.text(seconds: seconds)) == seconds)
  }
}

@Suite("Suggestions")
struct SuggestionTests {
  @Test(
    "The nearest word is found whatever its case",
    arguments: [
      ("taskDefintion", "taskDefinition"), ("TASKDEFINITION", "taskDefinition"), ("task_definition", "taskDefinition"),
      ("clutser", "cluster"), ("tag", "tags"), ("comand", "command"),
    ])
  func near(word: String, expected: String) {
    #expect(Suggestion.nearest(to: word, among: TaskShape.task.fields.map(\.name)) == expected)
  }

  @Test("What resembles nothing gets no suggestion", arguments: ["pool", "x", "", "calendars"])
  func far(word: String) {
    #expect(Suggestion.nearest(to: word, among: TaskShape.task.fields.map(\.name)) == nil)
  }
}
