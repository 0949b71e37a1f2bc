internal import Foundation
internal import Synchronization

/// The zones of this machine: a folder of TZif files, as the package tzdata installs it.
enum TimeZoneDatabase {
  private struct Key: Hashable {
    var directory: String
    var name: String
  }

  /// Zones once read stay: there are some hundreds of them, of about ten kilobytes each. Failures
  /// are not kept, so that tzdata can be installed while the program runs.
  private static let cache = Mutex<[Key: TimeZoneRules]>([:])

  /// A TZif file is a few kilobytes; whatever is larger is something else.
  private static let largestFile = 1 << 20

  static func rules(named name: String, in directory: String) throws(TimeZoneError) -> TimeZoneRules {
    if name == "UTC" || name == "Etc/UTC" { return .utc }
    let key = Key(directory: directory, name: name)
    if let known = cache.withLock({ $0[key] }) { return known }
    guard isPlausible(name) else { throw unknown(name, in: directory) }
    let path = directory + "/" + name
    guard let bytes = contents(of: path) else { throw unknown(name, in: directory) }
    let table: OffsetTable
    do {
      table = try TZifFile.offsets(of: bytes)
    } catch {
      // zone.tab and its like lie in the same folder and are no zones.
      if !bytes.starts(with: "TZif".utf8) { throw unknown(name, in: directory) }
      throw .damagedFile(name, path: path, reason: error.reason)
    }
    let rules = TimeZoneRules(name: name, table: table)
    cache.withLock { $0[key] = rules }
    return rules
  }

  /// Whether a name may be looked up at all: no way out of the folder, nothing hidden, no copy of the database.
  static func isPlausible(_ name: String) -> Bool {
    guard (1...64).contains(name.utf8.count), name != "localtime", name != "posixrules" else { return false }
    let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts.count <= 4, parts[0].elementsEqual("posix".utf8) == false, parts[0].elementsEqual("right".utf8) == false
    else { return false }
    return parts.allSatisfy { part in
      guard let first = part.first, first.isLetter else { return false }
      return part.allSatisfy { $0.isLetter || $0.digitValue != nil || "+-_".utf8.contains($0) }
    }
  }

  private static func contents(of path: String) -> [UInt8]? {
    let attributes = try? FileManager.default.attributesOfItem(atPath: resolved(path))
    guard let attributes, attributes[.type] as? FileAttributeType == .typeRegular,
      let size = attributes[.size] as? Int, size <= largestFile
    else { return nil }
    return FileManager.default.contents(atPath: path).map { Array($0) }
  }

  /// Many names are links to others; the attributes wanted are those of the file.
  private static func resolved(_ path: String) -> String {
    URL(fileURLWithPath: path).resolvingSymlinksInPath().path
  }

  private static func unknown(_ name: String, in directory: String) -> TimeZoneError {
    let names = names(in: directory)
    if names.isEmpty { return .noDatabase(name, directory: directory) }
    return .unknownName(name, nearest: nearest(to: name, among: names))
  }

  /// The names of all zones in a folder, sorted; empty where there is none.
  static func names(in directory: String) -> [String] {
    guard let enumerator = FileManager.default.enumerator(atPath: directory) else { return [] }
    var names: [String] = []
    while let name = enumerator.nextObject() as? String {
      let isFolder = enumerator.fileAttributes?[.type] as? FileAttributeType == .typeDirectory
      if isFolder, name == "posix" || name == "right" { enumerator.skipDescendants() }
      if !isFolder, isPlausible(name), !name.hasSuffix("list"), name != "leapseconds" { names.append(name) }
    }
    return names.sorted()
  }
}

extension TimeZoneRules {
  /// Where tzdata puts its files.
  public static let systemDirectory = "/usr/share/zoneinfo"

  /// The rules of a zone, read once and kept. May be called from any thread.
  ///
  /// - Parameters:
  ///   - name: an IANA name, spelled as in the database: `Asia/Tokyo`. `UTC` needs no database.
  ///   - directory: the database. A program that respects `TZDIR` passes it here.
  public static func named(
    _ name: String, directory: String = TimeZoneRules.systemDirectory
  ) throws(TimeZoneError) -> TimeZoneRules {
    try TimeZoneDatabase.rules(named: name, in: directory)
  }
}
