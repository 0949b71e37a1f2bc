internal import JobModel

/// How old a launch is, by whichever clock says more: the wall clock may have been set back since.
struct LaunchClock {
  private let intendedAt: Instant
  private let ageAtStart: Duration
  private let startedAt: Duration
  private let time: any TimeSource

  init(launch: Launch, time: any TimeSource) {
    intendedAt = launch.intendedAt
    ageAtStart = time.now() - launch.intendedAt
    startedAt = time.uptime()
    self.time = time
  }

  /// Negative where the wall clock was already behind when this process began with the launch.
  func age() -> Duration {
    max(time.now() - intendedAt, ageAtStart + (time.uptime() - startedAt))
  }
}
