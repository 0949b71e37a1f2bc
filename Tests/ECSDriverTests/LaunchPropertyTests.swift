import AWSClient
import JobModel
import Synchronization
import TestSupport
import Testing

@testable import ECSDriver

/// Faults, crashes and downtimes drawn from one seed; the fake ECS's own list of tasks is the judge.
@Suite("The exactly-once launch under random faults")
struct LaunchPropertyTests {
  @Test("No seed starts two tasks for one launch, and none that failed for certain has one", arguments: 0..<8)
  func neverTwice(block: Int) async throws {
    for seed in block * 100..<(block + 1) * 100 { try await check(seed: UInt64(seed)) }
  }

  private func check(seed: UInt64) async throws {
    let random = SeededRandom(seed: seed)
    var generator = RandomGenerator(random)
    let fixture = Fixture(seed: seed &+ 1_000_000)
    let launch = try fixture.launch()
    var recovering = false
    let pauses: [Duration] = [.zero, .seconds(30), .seconds(1_200), .seconds(3_000), .seconds(7_200), .seconds(90_000)]
    for _ in 0..<6 {
      fixture.ecs.setLife(
        .seconds(Int.random(in: 1...7_200, using: &generator)),
        visibleAfter: .seconds(Int.random(in: 0...8, using: &generator)))
      let crashAfter = Int.random(in: 1...8, using: &generator)
      injectFaults(fixture, random: random, crashAfter: crashAfter)
      let report = try? await fixture.driver.start(launch, recovering: recovering)
      recovering = true
      judge(report, fixture, seed)
      fixture.time.advance(by: pauses.randomElement(using: &generator) ?? .zero)
    }
  }

  private func injectFaults(_ fixture: Fixture, random: SeededRandom, crashAfter: Int) {
    let calls = Mutex(0)
    let time = fixture.time
    fixture.ecs.injectByChance { operation in
      var generator = RandomGenerator(random)
      time.advance(by: .milliseconds(Int.random(in: 5...20_000, using: &generator)))
      let number = calls.withLock { number in
        number += 1
        return number
      }
      if number == crashAfter {
        return Bool.random(using: &generator) ? .before(.cancelled) : .after(.cancelled)
      }
      switch Int.random(in: 0..<14, using: &generator) {
      case 0: return .before(.ambiguous)
      case 1, 2: return .after(.ambiguous)
      case 3: return .before(.throttled)
      case 4: return .before(.notSent)
      case 5: return .answer([:])
      case 6: return operation == "RunTask" ? .before(.refused("AccessDeniedException", "No.")) : nil
      case 7: return operation == "RunTask" ? .failures(["RESOURCE:CPU"]) : nil
      case 8: return operation == "RunTask" ? .failuresAndTask(["AGENT"], visibleAfter: .seconds(6)) : nil
      default: return nil
      }
    }
  }

  private func judge(_ report: LaunchReport?, _ fixture: Fixture, _ seed: UInt64) {
    let tasks = fixture.ecs.tasks
    #expect(tasks.count <= 1, "seed \(seed) started \(tasks.count) tasks")
    switch report {
    case .submitted(let arn, _): #expect(arn == tasks.first?.arn, "seed \(seed)")
    case .failed(let failure) where failure.error != "ECS.UnknownLaunch":
      #expect(tasks.isEmpty, "seed \(seed): \(failure.error), but a task was started")
    case .failed, .succeeded, nil: break
    }
  }
}
