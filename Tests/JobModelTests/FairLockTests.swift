import JobModel
import Testing

@Suite("The lock that tasks wait for in order")
struct FairLockTests {
  @Test("The lock is handed on in order, past those who were cancelled")
  func order() async {
    let lock = FairLock()
    #expect(lock.tryLock())
    #expect(!lock.tryLock())
    let cancelled = Task { await lock.lock() }
    cancelled.cancel()
    #expect(await cancelled.value == false)
    let next = Task { await lock.lock() }
    lock.unlock()
    #expect(await next.value)
    lock.unlock()
    #expect(lock.tryLock())
    lock.unlock()
  }

  @Test("Under contention as many hold it as it has places, and no more", arguments: [1, 3])
  func contention(places: Int) async {
    let lock = FairLock(places: places)
    let counter = Counter()
    await withTaskGroup(of: Void.self) { group in
      for index in 0..<500 {
        group.addTask {
          guard await lock.lock() else { return }
          await counter.enter()
          await Task.yield()
          await counter.leave()
          lock.unlock()
        }
        if index % 7 == 0 { group.addTask { await Task.yield() } }
      }
    }
    #expect(await counter.highest == places)
    #expect(await counter.total == 500)
  }

  private actor Counter {
    private var current = 0
    private(set) var highest = 0
    private(set) var total = 0

    func enter() {
      current += 1
      total += 1
      highest = max(highest, current)
    }

    func leave() { current -= 1 }
  }
}
