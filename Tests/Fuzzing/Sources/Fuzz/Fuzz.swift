import Foundation
import JobModel
import Synchronization

/// One fuzzer: what reads an input, and what must hold of what it made of it.
struct FuzzTarget: Sendable {
  var name: String
  /// Fails by ``require(_:_:)`` or by a trap.
  var check: @Sendable (Input) -> Void
}

/// Every fuzzer; `JOBD_FUZZER` names the one that runs.
private let targets: [FuzzTarget] = [
  .schedule, .zone, .calendar, .json, .words, .jobFile, .machine, .storedScopes, .path, .intrinsic, .template, .jsonata,
  .patterns, .awsAnswer, .awsConfiguration, .taskAnswer, .serviceAnswer, .controlRequest, .controlAnswer,
]

private let chosen = targets.first { $0.name == ProcessInfo.processInfo.environment["JOBD_FUZZER"] }

@main
enum FuzzMain {
  static func main() {
    guard chosen != nil else {
      print("JOBD_FUZZER names one of: \(targets.map(\.name).joined(separator: " "))")
      exit(2)
    }
    var count = CommandLine.argc
    var arguments = CommandLine.unsafeArgv
    exit(runFuzzer(&count, &arguments, testOneInput))
  }
}

/// libFuzzer's own main (llvm.org/docs/LibFuzzer.html, "Using libFuzzer as a library"): the package manager wants an
/// executable to have one.
@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// What libFuzzer calls for each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  chosen?.check(Input(bytes: Array(UnsafeBufferPointer(start: start, count: count))))
  return 0
}

/// Ends the process, which libFuzzer takes for a find, where something does not hold that must.
func require(_ holds: Bool, _ what: @autoclosure () -> String, line: Int = #line, file: StaticString = #fileID) {
  if holds { return }
  FileHandle.standardError.write(Data("\(file):\(line): does not hold: \(what())\n".utf8))
  abort()
}

/// What libFuzzer made up.
struct Input {
  var bytes: [UInt8]

  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Its parts where a target takes several: a line of three hyphens stands between them. Those that are missing are
  /// empty.
  func parts(_ count: Int) -> [String] {
    var parts: [String] = []
    var rest = bytes[...]
    while parts.count < count - 1, let place = rest.firstRange(of: Array("\n---\n".utf8)) {
      parts.append(String(decoding: rest[..<place.lowerBound], as: UTF8.self))
      rest = rest[place.upperBound...]
    }
    parts.append(String(decoding: rest, as: UTF8.self))
    return parts + Array(repeating: "", count: count - parts.count)
  }
}

/// Numbers that are the same in every run (SplitMix64).
final class SeededRandom: RandomSource {
  private let state: Mutex<UInt64>

  init(seed: UInt64) { state = Mutex(seed) }

  func next() -> UInt64 {
    state.withLock { state in
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
  }
}
