@testable import AWSClient
import JobModel

extension FuzzTarget {
  /// An answer of AWS: the HTTP status, the value of its headers, and the body.
  static let awsAnswer = FuzzTarget(name: "aws-answer") { input in
    let parts = input.parts(3)
    let response = HTTPResponse(
      status: Int(parts[0]) ?? 200,
      headers: ["x-amzn-errortype": parts[1], "Date": parts[1], "Content-Length": "\(parts[2].utf8.count)"],
      body: Array(parts[2].utf8))
    for service in [AWSService.ecs, .sns, .ec2, .lambda] {
      do throws(AWSError) {
        let output = try WireFormat.output(service, "Publish", response)
        require((try? JSONValue.parse(output.text)) == output, "an output that can be written: \(output.text)")
        _ = WireFormat.request(service, "Publish", output)
      } catch {
        require(!error.code.isEmpty, "an error with a code: \(error)")
      }
    }
    _ = HTTPDate.parse(parts[1])
    _ = try? CredentialDocument.read(response.body).get()
  }

  /// The shared configuration files of AWS: `config`, then `credentials`.
  static let awsConfiguration = FuzzTarget(name: "aws-configuration") { input in
    let parts = input.parts(2)
    let configuration = SharedConfiguration(config: parts[0], credentials: parts[1])
    require(configuration == SharedConfiguration(config: parts[0], credentials: parts[1]), "it is read the same again")
    for line in parts[0].split(whereSeparator: \.isNewline) { _ = ServiceEndpoint(String(line)) }
  }
}
