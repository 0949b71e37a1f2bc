import JobModel
import Synchronization
import TestSupport
import Testing

@testable import AWSClient

/// Answers when a test lets it, and counts how often it was asked.
private final class GatedProvider: CredentialProvider {
  private struct State {
    var answers: [CredentialAnswer]
    var askedCount = 0
    var arrivals: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    var held: [CheckedContinuation<Void, Never>] = []
    var isHolding = false
  }

  private let state: Mutex<State>

  let name = "test"

  /// The answers in order; the last is repeated.
  init(_ answers: CredentialAnswer...) { state = Mutex(State(answers: answers)) }

  var askedCount: Int { state.withLock { $0.askedCount } }

  func hold() { state.withLock { $0.isHolding = true } }

  func release() {
    let held = state.withLock { state in
      state.isHolding = false
      defer { state.held = [] }
      return state.held
    }
    for one in held { one.resume() }
  }

  func waitUntilAsked(_ count: Int) async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let isReady = state.withLock { state in
        if state.askedCount >= count { return true }
        state.arrivals.append((count, continuation))
        return false
      }
      if isReady { continuation.resume() }
    }
  }

  func fetch() async -> CredentialAnswer {
    let (answer, ready) = state.withLock { state in
      let answer = state.answers[min(state.askedCount, state.answers.count - 1)]
      state.askedCount += 1
      let count = state.askedCount
      let ready = state.arrivals.filter { $0.count <= count }
      state.arrivals.removeAll { $0.count <= count }
      return (answer, ready)
    }
    for one in ready { one.continuation.resume() }
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let isHeld = state.withLock { state in
        if state.isHolding { state.held.append(continuation) }
        return state.isHolding
      }
      if !isHeld { continuation.resume() }
    }
    return answer
  }
}

@Suite("Credentials are kept and renewed")
struct CredentialCacheTests {
  private static func key(_ name: String, minutes: Int?) -> AWSCredentials {
    AWSCredentials(
      accessKeyID: name, secretAccessKey: "s", expiresAt: minutes.map { testNow + .seconds($0 * 60) })
  }

  private static func cache(_ provider: GatedProvider, _ time: ManualTime) -> CredentialCache {
    CredentialCache(CredentialChain(providers: [provider]), time: time)
  }

  @Test("Lasting keys are asked for once")
  func lasting() async throws {
    let provider = GatedProvider(.credentials(Self.key("A", minutes: nil)))
    let time = ManualTime(now: testNow)
    let cache = Self.cache(provider, time)
    for _ in 0..<3 {
      _ = try await cache.credentials()
      time.advance(by: .seconds(1_000_000))
    }
    #expect(provider.askedCount == 1)
  }

  @Test("Temporary keys are renewed five minutes before their end")
  func renewed() async throws {
    let provider = GatedProvider(.credentials(Self.key("A", minutes: 60)), .credentials(Self.key("B", minutes: 120)))
    let time = ManualTime(now: testNow)
    let cache = Self.cache(provider, time)
    _ = try await cache.credentials()
    time.advance(by: .seconds(54 * 60))
    #expect(try await cache.credentials().accessKeyID == "A")
    time.advance(by: .seconds(61))
    #expect(try await cache.credentials().accessKeyID == "B")
    #expect(provider.askedCount == 2)
  }

  @Test("While one caller renews, the others go on with the old ones")
  func renewingOthers() async throws {
    let provider = GatedProvider(.credentials(Self.key("A", minutes: 4)), .credentials(Self.key("B", minutes: 60)))
    let time = ManualTime(now: testNow)
    let cache = Self.cache(provider, time)
    _ = try await cache.credentials()
    provider.hold()
    async let renewing = cache.credentials()
    await provider.waitUntilAsked(2)
    #expect(try await cache.credentials().accessKeyID == "A")
    provider.release()
    #expect(try await renewing.accessKeyID == "B")
    #expect(provider.askedCount == 2)
  }

  @Test("Many callers with nothing yet ask once")
  func singleFlight() async throws {
    let provider = GatedProvider(.credentials(Self.key("A", minutes: 60)))
    let cache = Self.cache(provider, ManualTime(now: testNow))
    provider.hold()
    try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<50 { group.addTask { try await cache.credentials().accessKeyID } }
      await provider.waitUntilAsked(1)
      provider.release()
      for try await key in group { #expect(key == "A") }
    }
    #expect(provider.askedCount == 1)
  }

  @Test("A failed renewal leaves the old ones in use, and is tried again after a while")
  func failedRenewal() async throws {
    let provider = GatedProvider(
      .credentials(Self.key("A", minutes: 4)), .failed(reason: "down"), .credentials(Self.key("B", minutes: 60)))
    let time = ManualTime(now: testNow)
    let cache = Self.cache(provider, time)
    for _ in 0..<5 { #expect(try await cache.credentials().accessKeyID == "A") }
    #expect(provider.askedCount == 2)
    time.advance(by: .seconds(1))
    #expect(try await cache.credentials().accessKeyID == "B")
  }

  @Test("A failure is remembered for a moment, and never for ever")
  func failure() async throws {
    let provider = GatedProvider(
      .failed(reason: "one"), .failed(reason: "two"), .credentials(Self.key("A", minutes: 60)))
    let time = ManualTime(now: testNow)
    let cache = Self.cache(provider, time)
    for _ in 0..<3 { await #expect(throws: CredentialError.self) { try await cache.credentials() } }
    #expect(provider.askedCount == 1)
    time.advance(by: .seconds(1))
    await #expect(throws: CredentialError.self) { try await cache.credentials() }
    #expect(provider.askedCount == 2)
    time.advance(by: .seconds(1))
    await #expect(throws: CredentialError.self) { try await cache.credentials() }
    #expect(provider.askedCount == 2)
    time.advance(by: .seconds(1))
    #expect(try await cache.credentials().accessKeyID == "A")
  }

  @Test("The wait after failures has a bound")
  func backoff() {
    var state = CredentialState()
    var uptime = Duration.zero
    for _ in 0..<40 {
      state.failed(CredentialError(attempts: []), uptime: uptime)
      uptime += .seconds(30)
      #expect(state.decision(at: testNow, uptime: uptime) == .fetch)
    }
  }

  @Test("Refused credentials are forgotten, renewed ones are not")
  func invalidated() async throws {
    let provider = GatedProvider(.credentials(Self.key("A", minutes: 60)), .credentials(Self.key("B", minutes: 60)))
    let cache = Self.cache(provider, ManualTime(now: testNow))
    let old = try await cache.credentials()
    await cache.invalidate(old)
    #expect(try await cache.credentials().accessKeyID == "B")
    await cache.invalidate(old)
    #expect(try await cache.credentials().accessKeyID == "B")
    #expect(provider.askedCount == 2)
  }

  @Test("A caller that is cancelled in line leaves the others alone")
  func cancelledInLine() async throws {
    let provider = GatedProvider(.credentials(Self.key("A", minutes: 60)))
    let cache = Self.cache(provider, ManualTime(now: testNow))
    provider.hold()
    async let first = cache.credentials()
    await provider.waitUntilAsked(1)
    let second = Task { try await cache.credentials() }
    second.cancel()
    await #expect(throws: CredentialError.self) { try await second.value }
    provider.release()
    #expect(try await first.accessKeyID == "A")
    #expect(try await cache.credentials().accessKeyID == "A")
  }
}
