internal import AWSClient
internal import JobModel

/// `/_simulator/…`: what tests ask of the simulator itself. Unsigned, for whoever can reach loopback.
extension ECSSimulator {
  static let controlPrefix = "/_simulator/"

  func control(_ request: WireRequest) -> WireAnswer {
    // A page in a browser may not reach in.
    guard request.headers["Origin"] == nil else { return .json(["error": "not for browsers"], status: 403) }
    switch (request.method, request.path.dropFirst(ECSSimulator.controlPrefix.count)) {
    case ("GET", "health"): return .json(["status": "ok"])
    case ("GET", "tasks"): return .json(["events": .array(taskEvents())])
    case ("GET", "messages"): return .json(["messages": .array(messages())])
    case ("GET", "requests"): return .json(requestCounts())
    case ("GET", "faults"): return .json(faultRules())
    case ("GET", "logs"): return logsAnswer(request.query)
    case ("POST", "faults"): return addFaults(request.body)
    case ("DELETE", "faults"):
      clearFaults()
      return .json(faultRules())
    case ("POST", "reset"):
      reset()
      return .json(["status": "ok"])
    default: return .json(["error": "no such resource"], status: 404)
    }
  }

  private func addFaults(_ body: [UInt8]) -> WireAnswer {
    do {
      let ids = inject(try FaultRule.parse(try JSONValue.parse(body)))
      guard let ids else {
        return .json(["error": .string("more than \(SimulatorLimits.faultRules) rules")], status: 400)
      }
      return .json(["ids": .array(ids.map { .integer(Int64($0)) })])
    } catch {
      return .json(["error": .string("\(error)")], status: 400)
    }
  }

  private func logsAnswer(_ query: String) -> WireAnswer {
    guard let task = FormDecoder.parameters(Array(query.utf8))["task"] else {
      return .json(["error": "logs?task=<ARN or id>"], status: 400)
    }
    let logs = logs(task: task).sorted { $0.key < $1.key }.map { (key: $0.key, value: JSONValue.string($0.value)) }
    return .json(["logs": .object(JSONObject(logs))])
  }
}
