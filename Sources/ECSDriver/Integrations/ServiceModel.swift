internal import AWSClient
internal import JobModel

/// One service of the ``ServiceTable``: how it is called, its actions, its errors.
struct ServiceModel: Sendable {
  /// What the AWS SDK for Java 2 calls its client, and error names begin with: `DynamoDb`.
  let clientName: String
  let service: AWSService
  private let names: ServiceTableNames
  private var exceptions: [String: String] = [:]
  /// What follows an action's name on its line.
  private var actions: [String: Substring] = [:]
  private var inputs: [Substring] = []
  private var outputs: [Substring] = []

  /// - Parameter lines: the service's lines, the first of which begins with `#`.
  init(lines: [Substring], names: ServiceTableNames) {
    let head = (lines.first ?? "").dropFirst().split(separator: "|", omittingEmptySubsequences: false).map(String.init)
    precondition(head.count == 8, "the service table is damaged: \(lines.first?.prefix(80) ?? "no head")")
    clientName = head[0]
    service = ServiceModel.service(head)
    self.names = names
    for line in lines.dropFirst() {
      switch line.first {
      case "<": inputs.append(line.dropFirst())
      case ">": outputs.append(line.dropFirst())
      case "!":
        for token in line.dropFirst().split(separator: " ") {
          let parts = token.split(separator: "=", maxSplits: 1)
          let code = names.name(parts[0])
          exceptions[code] =
            parts.count == 2 ? String(parts[1]) : code.hasSuffix("Exception") ? code : code + "Exception"
        }
      default:
        let name = line.prefix { $0 != "|" && $0 != "-" }
        actions[names.name(name)] = line.dropFirst(name.count)
      }
    }
  }

  private static func service(_ head: [String]) -> AWSService {
    let wireProtocol: AWSService.WireProtocol =
      switch head[5] {
      case "json": .json(version: head[6], targetPrefix: head[7])
      case "query": .query(apiVersion: head[6])
      case "ec2": .ec2(apiVersion: head[6])
      default: preconditionFailure("the service table is damaged: there is no protocol \(head[5])")
      }
    let form = head[4]
    let isDualStackOnly = form.hasPrefix("a") || form.hasPrefix("pa")
    let home = form.hasPrefix("p") ? String(form.dropFirst(isDualStackOnly ? 2 : 1)) : nil
    return AWSService(
      name: head[3], hostLabel: head[2], isGlobal: form == "g", homeRegion: home, isDualStackOnly: isDualStackOnly,
      environmentSuffix: head[1].uppercased().replacing(" ", with: "_"), wireProtocol: wireProtocol)
  }

  /// The exception that the SDK makes of an error code; nil for a code without one of its own.
  func exception(_ code: String) -> String? { exceptions[code] }

  /// The API's names of all actions, those that are left out too.
  var actionNames: [String] { actions.keys.sorted() }

  /// What an action of the API is.
  enum Action: Sendable {
    case callable(ServiceAction)
    case refused(String)
  }

  /// - Parameter name: as a resource spells it, with a small letter first: `putItem`.
  func action(_ name: String) -> Action? {
    guard let first = name.first, first.isLowercase else { return nil }
    let operation = first.uppercased() + name.dropFirst()
    guard let rest = actions[operation] else { return nil }
    switch rest {
    case "-host": return .refused("it has an endpoint of its own")
    case "-stream": return .refused("it streams events")
    default:
      let parts = rest.split(separator: "|", omittingEmptySubsequences: false)
      precondition(parts.count == 3, "the service table is damaged at \(operation)")
      return .callable(
        ServiceAction(operation: operation, input: members(parts[1]), output: members(parts[2], isOutput: true)))
    }
  }

  func inputStructure(_ number: Int) -> [ServiceMember] { members(inputs[number]) }
  func outputStructure(_ number: Int) -> [ServiceMember] { members(outputs[number], isOutput: true) }

  var structureCounts: (inputs: Int, outputs: Int) { (inputs.count, outputs.count) }

  private func members(_ text: Substring, isOutput: Bool = false) -> [ServiceMember] {
    text.split(separator: " ").map { token in
      let split = token.firstIndex(of: ":")
      let naming = token[..<(split ?? token.endIndex)].split(separator: "=", maxSplits: 1)
      let name = names.name(naming[0])
      let type = split.map { ServiceType(token[token.index(after: $0)...]) } ?? .string
      let wire = naming.count == 2 ? String(naming[1]) : isOutput ? outputName(name) : name
      return ServiceMember(name: name, wireName: wire, type: type)
    }
  }

  /// What a member is called in an answer where the table does not say it.
  private func outputName(_ name: String) -> String {
    guard case .ec2 = service.wireProtocol else { return name }
    return name.prefix(1).lowercased() + name.dropFirst()
  }
}

/// An action with what it takes and gives.
struct ServiceAction: Sendable {
  /// As the API spells it: `PutItem`.
  var operation: String
  var input: [ServiceMember]
  /// In JSON protocols only what no rule can tell.
  var output: [ServiceMember]
}

/// A member of a structure.
struct ServiceMember: Equatable, Sendable {
  /// As the API's model spells it.
  var name: String
  /// As a form or an XML answer spells it; the same as the name in JSON.
  var wireName: String
  var type: ServiceType
}
