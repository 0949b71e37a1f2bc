internal import Foundation
internal import JobModel

/// A lock that a living process holds: as soon as it is dead, however it died, the kernel lets go.
///
/// So an instance that was killed needs not be waited for until its lease is over, where the next one starts
/// on the same host and state directory.
struct InstanceLock: Sendable {
  private let directory: String
  private let descriptor: Int32

  struct Failure: Error, CustomStringConvertible {
    var description: String

    /// Says why a call of C has just failed.
    init(_ verb: String, _ path: String) {
      let reason = String(cString: strerror(errno))
      description =
        "cannot \(verb) \(path): \(reason); let jobd's user write there, or choose another place with --state"
    }
  }

  /// Takes the lock of `instance` in a folder of `stateDirectory`.
  init(stateDirectory: String, instance: InstanceID) throws(Failure) {
    directory = stateDirectory + "/instances"
    let mode: mode_t = 0o700
    guard mkdir(directory, mode) == 0 || errno == EEXIST else {
      throw Failure("make", directory)
    }
    let path = "\(directory)/\(instance.rawValue).lock"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw Failure("lock", path)
    }
  }

  /// Whether an instance of this host and state directory is certainly dead: its lock is free. The lock file
  /// of a dead instance is removed.
  func isFree(_ instance: InstanceID) -> Bool {
    let path = "\(directory)/\(instance.rawValue).lock"
    let other = open(path, O_RDWR | O_CLOEXEC)
    guard other >= 0 else { return false }
    defer { close(other) }
    guard flock(other, LOCK_EX | LOCK_NB) == 0 else { return false }
    unlink(path)
    return true
  }

  /// Removes what processes left behind that died between taking their lock and registering: nobody will ask
  /// for those. The locks of registered instances tell whether they are dead, and stay.
  ///
  /// - Parameter registered: the instances that the store knows.
  func removeLeftOvers(except registered: Set<InstanceID>, at now: Instant) {
    let suffix = ".lock"
    for name in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] where name.hasSuffix(suffix) {
      let instance = InstanceID(String(name.dropLast(suffix.count)))
      if !registered.contains(instance), isSettled(name, at: now) { _ = isFree(instance) }
    }
  }

  /// Whether a lock file is not that of a process which has made it just now and is about to lock it.
  private func isSettled(_ name: String, at now: Instant) -> Bool {
    let attributes = try? FileManager.default.attributesOfItem(atPath: "\(directory)/\(name)")
    guard let changed = attributes?[.modificationDate] as? Date else { return false }
    return Double(now.seconds) - changed.timeIntervalSince1970 >= InstanceLock.settling
  }

  /// Seconds after which a lock file is locked by whoever made it, or by nobody any more.
  private static let settling = 10.0

  /// Lets go and removes the file.
  func release(_ instance: InstanceID) {
    unlink("\(directory)/\(instance.rawValue).lock")
    close(descriptor)
  }
}
