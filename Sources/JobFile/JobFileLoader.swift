internal import Foundation
internal import JobModel
internal import Scheduler

extension JobFile {
  /// Reads a job file from disk, and the files of state machines and calendars that it names, relative to its folder.
  ///
  /// A file that cannot be read is a diagnostic like any other mistake.
  public static func load(path: String, zones: String = "/usr/share/zoneinfo") -> JobFileResult {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    let text: String
    do {
      text = try TextFile.read(URL(fileURLWithPath: path), atMost: Limits.jobFileBytes)
    } catch {
      return JobFileResult(
        file: nil,
        diagnostics: [
          JobFileDiagnostic(
            severity: .error, file: path, line: error.place.line, column: error.place.column, path: "",
            message: error.message)
        ])
    }
    var result = parse(text, name: path, zones: zones) { name in
      // The folds of a calendar may part the bytes of a character.
      let isCalendar = name.lowercased().hasSuffix(".ics")
      return try TextFile.read(
        URL(fileURLWithPath: name, relativeTo: folder),
        atMost: isCalendar ? CalendarFile.byteLimit : Limits.definitionBytes, repairing: isCalendar)
    }
    // Named as whoever called jobd can open it, whatever the working directory.
    let prefix = path[..<(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)]
    for index in result.diagnostics.indices where result.diagnostics[index].file != path {
      if !result.diagnostics[index].file.hasPrefix("/") {
        result.diagnostics[index].file = prefix + result.diagnostics[index].file
      }
    }
    return result
  }
}

/// Reading a text file, bounded.
enum TextFile {
  struct Problem: Error, CustomStringConvertible {
    var message: String
    var place = Place.start

    var description: String { message }
  }

  /// - Parameter repairing: whether bytes that are no UTF-8 are replaced instead of refused.
  static func read(_ url: URL, atMost limit: Int, repairing: Bool = false) throws(Problem) -> String {
    let data: Data
    do {
      let handle = try FileHandle(forReadingFrom: url)
      defer { try? handle.close() }
      data = try handle.read(upToCount: limit + 1) ?? Data()
    } catch {
      throw Problem(message: reason(error, url))
    }
    guard data.count <= limit else { throw Problem(message: "the file is longer than \(limit) bytes") }
    if repairing { return String(decoding: data, as: UTF8.self) }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw Problem(message: "the file is not UTF-8; save it as UTF-8", place: placeOfInvalidByte(data))
    }
    return text
  }

  private static func reason(_ error: any Error, _ url: URL) -> String {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
      return "there is no such file"
    }
    if isFolder.boolValue { return "this is a folder, not a file" }
    guard FileManager.default.isReadableFile(atPath: url.path) else { return "the file may not be read (permissions)" }
    return "the file cannot be read: \((error as NSError).localizedDescription)"
  }

  /// The longest valid beginning ends where the text goes wrong.
  private static func placeOfInvalidByte(_ data: Data) -> Place {
    var decoder = UTF8()
    var bytes = data.makeIterator()
    var place = Place.start
    while case .scalarValue(let scalar) = decoder.decode(&bytes) {
      if scalar == "\n" { place = Place(line: place.line + 1, column: 1) } else { place.column += 1 }
    }
    return place
  }
}
