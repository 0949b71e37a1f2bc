public import JobModel

/// Spreads jobs that are due at the same time over a window, as EventBridge Scheduler's FlexibleTimeWindow does
/// (EventBridge Scheduler user guide, "Flexible time windows"), which draws a new time for every invocation.
///
/// Here a job keeps its place in the window: its runs are a whole period apart, every instance and every
/// restart computes the same, and `jobd ctl` can say the time in advance.
public enum FlexibleWindow {
  /// How much after its nominal time a job is started.
  ///
  /// The digest of the name is scaled to the window, so that names are spread evenly over its seconds, and
  /// a job moves in proportion when the window is changed. The result is part of what users see: it must
  /// stay the same from release to release.
  ///
  /// - Parameter window: the length over which starts are spread. A fraction of a second is dropped.
  /// - Returns: whole seconds, from zero to less than the window; zero for a window of less than a second.
  public static func offset(of job: JobName, within window: Duration) -> Duration {
    let seconds = window.components.seconds
    guard seconds > 0 else { return .zero }
    return .seconds(Int64(mixed(digest(job.description.utf8)).multipliedFullWidth(by: UInt64(seconds)).high))
  }

  /// FNV-1a, 64 bits (draft-eastlake-fnv, "The FNV Non-Cryptographic Hash Algorithm").
  static func digest(_ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
  }

  /// The finalizer of MurmurHash3: names that differ in their last letter differ in the digest's low bits, and
  /// scaling looks at the high ones.
  static func mixed(_ digest: UInt64) -> UInt64 {
    var word = digest
    word = (word ^ (word >> 33)) &* 0xFF51_AFD7_ED55_8CCD
    word = (word ^ (word >> 33)) &* 0xC4CE_B9FE_1A85_EC53
    return word ^ (word >> 33)
  }
}
