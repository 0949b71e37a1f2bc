internal import AWSClient
internal import JobModel

/// The secrets that containers are given: whether they exist, never what they are.
extension CheckRun {
  func askSecrets() async {
    var secrets: [ResourceName: Set<JobName>] = [:]
    var parameters: [Parameter: Set<JobName>] = [:]
    for definition in definitions {
      for text in definition.facts.secrets {
        switch SecretReference(text) {
        case .secret(let name): secrets[name, default: []].formUnion(definition.tasks.jobs)
        case .parameter(let name, let region, let account):
          let parameter = Parameter(name: name, region: region ?? input.region, account: account)
          parameters[parameter, default: []].formUnion(definition.tasks.jobs)
        case nil:
          tell(
            .failed, definition.subject, "a secret's valueFrom is of neither Secrets Manager nor Systems Manager",
            remedy: "give the ARN of a secret, or the ARN or name of a parameter", jobs: definition.tasks.jobs)
        }
      }
    }
    for (name, jobs) in secrets.sorted(by: { $0.key.description < $1.key.description }) {
      await askSecret(name, jobs: jobs.sorted())
    }
    let regions = Dictionary(grouping: parameters) { $0.key.region }
    for (region, parameters) in regions.sorted(by: { $0.key < $1.key }) {
      await askParameters(parameters.sorted { $0.key.name < $1.key.name }, region)
    }
  }

  private struct Parameter: Hashable {
    var name: String
    var region: String
    var account: String?
  }

  private func askSecret(_ name: ResourceName, jobs: [JobName]) async {
    let subject = "secret \(name.resource.split(separator: ":").last ?? "")"
    let result = await ask(
      .secretsManager, "DescribeSecret", ["SecretId": .string(name.description)],
      region: name.region.isEmpty ? nil : name.region)
    switch result {
    case .success(let answer) where (answer["DeletedDate"] ?? .null).isNull:
      let key = answer["KmsKeyId"]?.stringValue.map {
        "; the execution role needs kms:Decrypt on its key \($0)"
      }
      tell(.ok, subject, "it is there" + key.orEmpty, jobs: jobs)
    case .success:
      tell(
        .failed, subject, "it is marked for deletion", remedy: "restore it, or name another", jobs: jobs)
    case .failure(let error) where error.code == "ResourceNotFoundException":
      tell(
        .failed, subject, "there is none in \(name.region)", remedy: "check `valueFrom`, or make the secret", jobs: jobs
      )
    case .failure(let error): tellUnanswered(error, subject, "secretsmanager:DescribeSecret", jobs: jobs)
    }
  }

  private func askParameters(_ parameters: [(key: Parameter, value: Set<JobName>)], _ region: String) async {
    let foreign = parameters.filter { $0.key.account != nil && identity != nil && $0.key.account != identity?.account }
    for (parameter, jobs) in foreign {
      tell(
        .unknown, "parameter \(parameter.name)", "it is of account \(parameter.account ?? ""), which cannot be asked",
        jobs: jobs.sorted())
    }
    var rest = parameters.filter { parameter in !foreign.contains { $0.key == parameter.key } }[...]
    while !rest.isEmpty {
      // A filter takes at most 50 values.
      let batch = rest.prefix(50)
      rest = rest.dropFirst(batch.count)
      switch await describeParameters(batch.map(\.key.name), region) {
      case .failure(let error):
        let names = batch.map(\.key.name).joined(separator: ", ")
        tellUnanswered(
          error, "parameters \(clipped(names, to: 300))", "ssm:DescribeParameters",
          jobs: Set(batch.flatMap(\.value)).sorted())
      case .success(let found):
        for (parameter, jobs) in batch {
          let subject = "parameter \(parameter.name)"
          if found.contains(parameter.name) {
            tell(.ok, subject, "it is there", jobs: jobs.sorted())
          } else {
            tell(
              .failed, subject, "there is none in \(region)", remedy: "check `valueFrom`, or make the parameter",
              jobs: jobs.sorted())
          }
        }
      }
    }
  }

  private func describeParameters(_ names: [String], _ region: String) async -> Result<Set<String>, AWSError> {
    var found: Set<String> = []
    var request: JSONObject = [
      "ParameterFilters": [["Key": "Name", "Option": "Equals", "Values": .array(names.map { .string($0) })]],
      "MaxResults": 50,
    ]
    // A page may be empty and have a next one all the same.
    for _ in 0..<50 {
      switch await ask(.ssm, "DescribeParameters", .object(request), region: region) {
      case .failure(let error): return .failure(error)
      case .success(let answer):
        found.formUnion(answer["Parameters"].elements.compactMap { $0["Name"]?.stringValue })
        guard let next = answer["NextToken"]?.stringValue, !next.isEmpty else { return .success(found) }
        request["NextToken"] = .string(next)
      }
    }
    return .success(found)
  }
}
