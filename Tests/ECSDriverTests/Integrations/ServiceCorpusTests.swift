import AWSClient
import JobModel
import TestSupport
import Testing

@testable import ECSDriver

/// Recorded executions: what was scheduled goes in, what AWS answered is made from what it became, and what the driver
/// reports must be what was recorded.
@Suite("Recorded executions that call services", .enabled(if: Corpora.isThere))
struct ServiceCorpusTests {
  @Test("Each call of a recorded execution ends as it did there")
  func recorded() async throws {
    var succeeded = 0
    var failed = 0
    for row in try Corpora.lines("asl/manifest.jsonl") where row["needs"]?.arrayValue?.isEmpty == false {
      guard let file = row["expected_history"]?.stringValue else { continue }
      let events = try JSONValue.parse(try Corpora.text("asl/\(file)")).arrayValue ?? []
      var scheduled: JSONValue?
      for event in events {
        switch event["type"]?.stringValue {
        case "TaskScheduled": scheduled = event["taskScheduledEventDetails"]
        case "TaskSucceeded":
          let output = event["taskSucceededEventDetails"]?["output"]
          if try await succeeds(scheduled, with: output, row) { succeeded += 1 }
        case "TaskFailed":
          if try await fails(scheduled, as: event["taskFailedEventDetails"], row) { failed += 1 }
        default: continue
        }
      }
    }
    #expect(succeeded >= 14)
    #expect(failed >= 2)
  }

  private func resource(_ scheduled: JSONValue?) throws -> String? {
    let type = try #require(scheduled?["resourceType"]?.stringValue)
    let resource = "arn:aws:states:::\(type):\(try #require(scheduled?["resource"]?.stringValue))"
    return ServiceFixture().driver.handles(resource) ? resource : nil
  }

  private func succeeds(_ scheduled: JSONValue?, with expected: JSONValue?, _ row: JSONValue) async throws -> Bool {
    guard let resource = try resource(scheduled), var members = expected?.objectValue else { return false }
    let metadata = members.removeValue(forKey: "SdkHttpMetadata")
    let request = members.removeValue(forKey: "SdkResponseMetadata")
    // Services of Step Functions itself spell their members with a small letter.
    let isSmall = resource.contains(":sfn:")
    let output = JSONObject(
      members.map { (key: isSmall ? $0.key.prefix(1).lowercased() + $0.key.dropFirst() : $0.key, value: $0.value) })
    let headers = (metadata?["HttpHeaders"]?.objectValue ?? [:]).map {
      HTTPHeaders.Field(name: $0.key, value: $0.value.stringValue ?? "")
    }
    let fixture = ServiceFixture(
      .success(
        AWSAnswer(
          output: .object(output), headers: HTTPHeaders(headers),
          requestID: request?["RequestId"]?.stringValue)))
    let report = try await fixture.run(resource, scheduled?["parameters"] ?? .null)
    #expect(withoutLists(report.output) == withoutLists(expected), "\(row["id"]?.text ?? "")")
    return true
  }

  /// The recording has some lists of header values replaced by texts.
  private func withoutLists(_ output: JSONValue?) -> JSONValue? {
    guard var members = output?.objectValue, var metadata = members["SdkHttpMetadata"]?.objectValue else {
      return output
    }
    let all = metadata["AllHttpHeaders"]?.objectValue ?? [:]
    metadata["AllHttpHeaders"] = .array(all.keys.sorted().map { .string($0) })
    members["SdkHttpMetadata"] = .object(metadata)
    return .object(members)
  }

  private func fails(_ scheduled: JSONValue?, as expected: JSONValue?, _ row: JSONValue) async throws -> Bool {
    guard let resource = try resource(scheduled), let cause = expected?["cause"]?.stringValue,
      let error = expected?["error"]?.stringValue, let said = cause.wholeMatch(of: /(.*) \(Service: .*\)/)
    else { return false }
    // An error without an exception of its own has the client's name; which one it was the recording does not say.
    let name = String(error.split(separator: ".").last ?? "")
    let code = name == "DynamoDbException" ? "ValidationException" : name
    let fixture = ServiceFixture(
      .failure(
        AWSError(
          kind: .refused, code: code, message: String(said.1), httpStatus: 400, requestID: "<request_id>")))
    let failure = try await fixture.run(resource, scheduled?["parameters"] ?? .null).failure
    #expect(failure?.error == error, "\(row["id"]?.text ?? "")")
    #expect(failure?.cause == cause, "\(row["id"]?.text ?? "")")
    return true
  }
}
