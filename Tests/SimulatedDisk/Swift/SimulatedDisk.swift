internal import CSimulatedDisk
internal import Foundation

/// A disk for SQLite databases that fails on demand, loses power, and knows which simulated process each
/// file handle belongs to.
///
/// It is a folder. A simulated process is an ``Owner``; it opens its databases below a path of its own (a link to
/// the one folder of files), so that whatever it opens, however late, is known as its own. What passes SQLite
/// by (creating, renaming or reading a file) passes the disk by, too: such a change is durable at once.
///
/// Everything that happens follows from the calls: the disk has no clock and draws nothing. Any number of
/// disks can be there at once, and databases elsewhere are not affected.
public final class SimulatedDisk: Sendable {
  /// A simulated process: what is killed as one.
  public struct Owner: Sendable, Hashable {
    /// From 1, in the order in which they were made.
    public let number: Int
  }

  /// What a fault can strike.
  public struct Operations: OptionSet, Sendable {
    public let rawValue: Int32

    public init(rawValue: Int32) {
      self.rawValue = rawValue
    }

    public static let write = Operations(jobd_disk_write)
    public static let sync = Operations(jobd_disk_sync)
    public static let truncate = Operations(jobd_disk_truncate)
    public static let delete = Operations(jobd_disk_delete)
    public static let all: Operations = [.write, .sync, .truncate, .delete]

    private init(_ operation: jobd_disk_operation) {
      self.init(rawValue: Int32(operation.rawValue))
    }
  }

  public enum Failure: Sendable, Hashable, CaseIterable {
    /// A write gets `SQLITE_FULL`; another operation, for which SQLite knows no such result, as `.inputOutput`.
    case full
    /// `SQLITE_IOERR_WRITE`, `_FSYNC`, `_TRUNCATE` or `_DELETE`.
    case inputOutput
    /// The owner is killed in the middle of the operation.
    case killed
    /// Every owner is killed, as by ``SimulatedDisk/cutPower(_:choose:)``, which is to follow.
    case power
  }

  public enum State: Sendable, Hashable, CaseIterable {
    case healthy
    /// A write that would make its file longer gets `SQLITE_FULL`; one inside it works, as on a real disk.
    case full
    /// Every write, sync, truncation and deletion is an error.
    case failing
  }

  /// What a power failure takes of that which no sync has made durable.
  public enum Loss: Sendable, Hashable, CaseIterable {
    case nothing
    case everything
    /// What came after one moment, with the write of that moment torn at sectors of 512 bytes.
    case latest
    /// Each sector has any of the contents that were written to it since its file's last sync.
    case sectors
  }

  /// What came to the disk from owners that lived. The operations count whether or not they succeeded.
  public struct Counts: Sendable, Hashable {
    public var writes = 0
    public var syncs = 0
    public var truncations = 0
    public var deletions = 0
    /// The bytes that were written.
    public var bytes = 0

    /// All operations.
    public var operations: Int { writes + syncs + truncations + deletions }
  }

  public struct Trouble: Error, CustomStringConvertible {
    public let description: String
  }

  /// Where the files are. A database that is opened through this path has no owner: only a power failure ends it.
  public let files: String
  private let folder: String
  nonisolated(unsafe) private let disk: OpaquePointer

  /// A disk in an existing, empty folder.
  ///
  /// - Parameter folder: its absolute path, best on a memory file system: syncs are real.
  public init(folder: String) throws {
    let code = jobd_disk_install()
    guard code == 0 else { throw Trouble(description: "SQLite refuses the disk's VFS: code \(code)") }
    self.folder = folder
    files = folder + "/files"
    for name in ["files", "deleted"] {
      try FileManager.default.createDirectory(atPath: folder + "/" + name, withIntermediateDirectories: false)
    }
    guard let disk = jobd_disk_make(folder) else { throw Trouble(description: "no memory for the disk") }
    self.disk = disk
  }

  deinit { jobd_disk_end(disk) }

  // MARK: - Owners

  /// A new simulated process. One that has been killed never comes back: what replaces it is another owner.
  public func makeOwner() throws -> Owner {
    let owner = Owner(number: Int(jobd_disk_add_owner(disk)))
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder)/\(owner.number)", withDestinationPath: "files")
    return owner
  }

  /// The path by which this owner opens a database.
  public func path(_ name: String, of owner: Owner) -> String { "\(folder)/\(owner.number)/\(name)" }

  /// Ends the owner as SIGKILL would: its locks are gone, its files change no more, and whatever it asks of
  /// the disk is an error. Its store is to be closed before another owner goes on.
  public func kill(_ owner: Owner) { jobd_disk_kill(disk, Int32(owner.number)) }

  /// Whether it was killed, by ``kill(_:)``, by a fault, or with the power.
  public func isDead(_ owner: Owner) -> Bool { jobd_disk_is_dead(disk, Int32(owner.number)) != 0 }

  // MARK: - Faults

  public var state: State {
    get {
      switch jobd_disk_get_state(disk) {
      case jobd_disk_full: .full
      case jobd_disk_failing: .failing
      default: .healthy
      }
    }
    set {
      let state =
        switch newValue {
        case .healthy: jobd_disk_healthy
        case .full: jobd_disk_full
        case .failing: jobd_disk_failing
        }
      jobd_disk_set_state(disk, state)
    }
  }

  /// Arms a fault that strikes once. Several can be armed.
  ///
  /// - Parameters:
  ///   - operations: the kinds that count and can be struck.
  ///   - count: how many of them still pass before.
  ///   - owner: whose operations; nil for anybody's.
  ///   - written: how many bytes of its beginning a struck write still writes.
  public func fail(
    _ operations: Operations, after count: Int, of owner: Owner? = nil, with failure: Failure, writing written: Int = 0
  ) {
    let failure =
      switch failure {
      case .full: jobd_disk_fails_full
      case .inputOutput: jobd_disk_fails_io
      case .killed: jobd_disk_fails_killed
      case .power: jobd_disk_fails_power
      }
    let code = jobd_disk_arm(
      disk, operations.rawValue, Int32(owner?.number ?? -1), Int64(count), failure, Int32(written))
    precondition(code == 0, "no memory for a fault")
  }

  /// Takes back the faults that have not struck; the state becomes healthy. The dead stay dead.
  public func heal() {
    jobd_disk_disarm(disk)
    state = .healthy
  }

  /// Kills every owner, and takes what was not durable. The stores are to be closed before another is opened.
  ///
  /// - Parameters:
  ///   - loss: what is lost; drawn where it is nil.
  ///   - choose: a number from 0 to below the one it is given.
  public func cutPower(_ loss: Loss? = nil, choose: (Int) -> Int) throws {
    let loss = loss ?? Loss.allCases[choose(Loss.allCases.count)]
    let number = withoutActuallyEscaping(choose) { choose in
      var choice = Choice(choose: choose)
      return withUnsafeMutablePointer(to: &choice) { context in
        jobd_disk_cut_power(
          disk, loss.code,
          { context, bound in
            guard let context else { return 0 }
            return Int32(context.assumingMemoryBound(to: Choice.self).pointee.choose(Int(bound)))
          }, context)
      }
    }
    guard number == 0 else { throw Trouble(description: "the power failure: \(String(cString: strerror(number)))") }
  }

  private struct Choice {
    var choose: (Int) -> Int
  }

  // MARK: - Counts

  public var counts: Counts {
    let counts = jobd_disk_get_counts(disk)
    return Counts(
      writes: Int(counts.writes), syncs: Int(counts.syncs), truncations: Int(counts.truncations),
      deletions: Int(counts.deletions), bytes: Int(counts.bytes))
  }
}

extension SimulatedDisk.Loss {
  fileprivate var code: jobd_disk_loss {
    switch self {
    case .nothing: jobd_disk_loses_nothing
    case .everything: jobd_disk_loses_everything
    case .latest: jobd_disk_loses_latest
    case .sectors: jobd_disk_loses_sectors
    }
  }
}
