internal import AWSClient
internal import JobModel

/// The task definition that a launch brings with it, on its way to the revision that RunTask is told.
///
/// Once it is known it stays the same for every repetition of the request, since ECS takes a token only
/// together with the parameters that it first came with.
struct DefinitionOfLaunch: Sendable {
  /// Nil where the request names a definition of ECS.
  private let definition: JSONValue?
  private var request: JSONValue
  private var isResolved: Bool
  private var hasForgotten = false
  /// Why there is no revision; nil where there is one, or none was asked for yet.
  private var failure: TaskDefinitionError?

  init(_ launch: Launch) {
    request = launch.request
    let given = launch.request["taskDefinition"]
    definition = given?.objectValue == nil ? nil : given
    isResolved = definition == nil
  }

  /// RunTask's input, with the revision in place of the definition.
  mutating func resolved(
    with registrar: TaskDefinitionRegistrar
  ) async throws(AWSError) -> JSONValue {
    if isResolved { return request }
    do throws(TaskDefinitionError) {
      let revision = try await registrar.ensure(definition ?? .null)
      var members = request.objectValue ?? [:]
      members["taskDefinition"] = .string(revision)
      request = .object(members)
      isResolved = true
      failure = nil
      return request
    } catch {
      failure = error
      var cause = error.error
      // Registering is no launch: whatever became of it, this RunTask was not sent.
      if cause.kind == .ambiguous { cause.kind = .notSent }
      throw cause
    }
  }

  /// Looks at RunTask's refusal: where the remembered revision was deregistered meanwhile, the definition is
  /// looked for (and registered) anew, once.
  ///
  /// - Returns: the error that the launch protocol is to see.
  mutating func judged(_ error: AWSError, with registrar: TaskDefinitionRegistrar) async -> AWSError {
    guard let definition, isResolved, !hasForgotten, error.kind == .refused, error.code == "ClientException",
      ["inactive", "not found", "unable to describe"].contains(where: error.message.lowercased().contains)
    else { return error }
    await registrar.forget(definition)
    hasForgotten = true
    isResolved = false
    var mild = error
    mild.kind = .notSent
    return mild
  }

  /// Why the definition has no revision, where that is what this refusal says, and not RunTask's own.
  func failure(behind error: AWSError) -> TaskDefinitionError? {
    guard let failure, failure.error.code == error.code, failure.error.message == error.message else { return nil }
    return failure
  }
}

extension Launch {
  /// The definition's family, ARN or `family:revision` as RunTask's request names it, for a search.
  var taskDefinitionName: String? {
    request["taskDefinition"]?.stringValue ?? request["taskDefinition"]?["family"]?.stringValue
  }
}
