internal import JobModel

/// Who is told, and who watches.
enum NotificationShape {
  static let notifications = Fields(
    [
      Fields.Field(
        name: "on",
        shape: .oneOrMore(
          .word(NotificationEvent.allCases.map(\.rawValue)), atMost: NotificationEvent.allCases.count)),
      Fields.Field.text("topicArn", topicExample, JobFileForm.topicARN).orWord("none"),
      Fields.Field.fields("webhook", webhook).orWord("none"),
    ],
    example: "{topicArn: \(topicExample)}",
    hints: ["url": "it belongs under `webhook`", "deadManPing": "it belongs at the top of the file"])

  private static let webhook = Fields(
    [
      Fields.Field.text("url", "https://hooks.example.com/jobd", JobFileForm.secretURL).required,
      .text("secretFile", "/etc/jobd/webhook-key", JobFileForm.secretFile),
      .text("secretEnvironment", "WEBHOOK_KEY", JobFileForm.secretVariable),
    ], example: "{url: \"https://hooks.example.com/jobd\", secretFile: /etc/jobd/webhook-key}",
    hints: ["secret": remedy, "key": remedy, "secretKey": remedy], hidesValues: true)

  private static let remedy = "no secret stands in the job file; write `secretFile` or `secretEnvironment`"

  static let deadManPing = Fields(
    [
      Fields.Field.text("url", "https://hc-ping.com/0a1b2c3d", JobFileForm.secretURL).required,
      .duration("every", 10...86_400),
    ], example: "{url: \"https://hc-ping.com/0a1b2c3d\", every: 1m}", hidesValues: true)

  static let events = Fields(
    [Fields.Field.text("queueUrl", JobFileForm.queueExample, JobFileForm.queueURL).required],
    example: "{queueUrl: \"\(JobFileForm.queueExample)\"}",
    hints: ["queueArn": "write `queueUrl`, as `aws sqs get-queue-url` prints it", "url": "write `queueUrl`"],
    hidesValues: true)

  private static let topicExample = "arn:aws:sns:ap-northeast-1:123456789012:job-failures"
}
