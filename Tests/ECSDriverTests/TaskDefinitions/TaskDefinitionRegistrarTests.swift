import AWSClient
import JobModel
import Testing

@testable import ECSDriver

@Suite("Registering task definitions")
struct TaskDefinitionRegistrarTests {
  let fixture = RegisteringFixture()

  private func failure(_ input: JSONValue = DefinitionSample.input) async -> TaskDefinitionError? {
    do throws(TaskDefinitionError) {
      _ = try await fixture.registrar.ensure(input)
      return nil
    } catch {
      return error
    }
  }

  @Test("A family without a revision gets its first, as it was written, and it is remembered")
  func first() async throws {
    #expect(try await fixture.registrar.ensure(DefinitionSample.input) == RegisteringECS.arn("report", 1))
    #expect(try await fixture.registrar.ensure(DefinitionSample.input) == RegisteringECS.arn("report", 1))
    #expect(fixture.ecs.calls(of: "RegisterTaskDefinition").map(\.input) == [DefinitionSample.input])
    #expect(
      fixture.ecs.calls(of: "DescribeTaskDefinition").map(\.input) == [
        ["taskDefinition": "report", "include": ["TAGS"]]
      ])
  }

  @Test("The latest revision serves where it says the same")
  func served() async throws {
    fixture.ecs.add(DefinitionSample.changed { $0["cpu"] = "1024" })
    #expect(try await fixture.registrar.ensure(DefinitionSample.input) == RegisteringECS.arn("report", 1))
    #expect(fixture.ecs.calls(of: "RegisterTaskDefinition").isEmpty)
  }

  @Test("Another content makes another revision, and an older revision is not asked for")
  func changed() async throws {
    fixture.ecs.add(DefinitionSample.input)
    fixture.ecs.add(DefinitionSample.changed { $0["memory"] = "3 GB" })
    #expect(try await fixture.registrar.ensure(DefinitionSample.input) == RegisteringECS.arn("report", 3))
    let other = DefinitionSample.containerChanged { $0["image"] = "report:2" }
    #expect(try await fixture.registrar.ensure(other) == RegisteringECS.arn("report", 4))
    #expect(try await fixture.registrar.ensure(DefinitionSample.input) == RegisteringECS.arn("report", 3))
  }

  @Test("Many who want the same at once share one question")
  func shared() async throws {
    fixture.ecs.hold()
    let registrar = fixture.registrar
    let revisions = await withTaskGroup(of: String?.self) { group in
      for _ in 0..<20 { group.addTask { try? await registrar.ensure(DefinitionSample.input) } }
      await fixture.ecs.held(1)
      fixture.ecs.release()
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(revisions == Array(repeating: RegisteringECS.arn("report", 1), count: 20))
    #expect(fixture.ecs.calls(of: "DescribeTaskDefinition").count == 1)
    #expect(fixture.ecs.calls(of: "RegisterTaskDefinition").count == 1)
  }

  @Test("Who is cancelled leaves at once, and the others are served all the same")
  func cancelled() async throws {
    fixture.ecs.hold()
    let registrar = fixture.registrar
    let leaver = Task { () -> TaskDefinitionError? in
      do throws(TaskDefinitionError) {
        _ = try await registrar.ensure(DefinitionSample.input)
        return nil
      } catch {
        return error
      }
    }
    await fixture.ecs.held(1)
    let other = Task { try? await registrar.ensure(DefinitionSample.changed { $0["cpu"] = "1024" }) }
    while await registrar.waiters < 2 { await Task.yield() }
    leaver.cancel()
    #expect(await leaver.value?.error.kind == .cancelled)
    fixture.ecs.release()
    #expect(await other.value == RegisteringECS.arn("report", 1))
    #expect(fixture.ecs.calls(of: "RegisterTaskDefinition").count == 1)
  }

  @Test("A refusal says which operation and family it was, and is not remembered")
  func refused() async throws {
    fixture.ecs.inject("RegisterTaskDefinition", .refused("ClientException", "Invalid 'cpu' setting for task."))
    let error = try #require(await failure())
    #expect(error.operation == "RegisterTaskDefinition")
    #expect(error.family == "report")
    #expect(await failure() == nil)
  }

  @Test("Being unable to ask is no reason to register")
  func unreadable() async throws {
    for error in [
      AWSError.throttled, .notSent, .ambiguous, .refused("AccessDeniedException", "User is not authorized"),
    ] {
      fixture.ecs.inject("DescribeTaskDefinition", error)
      #expect(await failure()?.error == error)
    }
    #expect(fixture.ecs.calls(of: "RegisterTaskDefinition").isEmpty)
  }

  @Test("What is forgotten is asked for again")
  func forget() async throws {
    _ = try await fixture.registrar.ensure(DefinitionSample.input)
    fixture.ecs.deregister(RegisteringECS.arn("report", 1))
    #expect(try await fixture.registrar.ensure(DefinitionSample.input) == RegisteringECS.arn("report", 1))
    await fixture.registrar.forget(DefinitionSample.input)
    #expect(try await fixture.registrar.ensure(DefinitionSample.input) == RegisteringECS.arn("report", 2))
  }
}
