internal import Foundation
internal import JobModel

/// `Measure NAME INPUTS FOLDER`: runs one benchmark and prints what it found as JSON. Inputs are read from INPUTS, which
/// the peers read too; FOLDER, on the disk that is to be measured, takes what is written.
@main
struct Benchmarks {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 4 else { throw Usage() }
    let inputs = URL(fileURLWithPath: arguments[2])
    let folder = URL(fileURLWithPath: arguments[3])
    let result: JSONValue =
      switch arguments[1] {
      case "next": try NextTimes(inputs).measure()
      case "load": try Loading(folder).measure()
      case "transitions": try Transitions(inputs).measure()
      case "machines": try await DurableMachines(inputs, folder).measure()
      case "commits": try await Commits(folder).measure()
      default: throw Usage()
      }
    print(result.text)
  }
}

struct Usage: Error, CustomStringConvertible {
  var description: String { "Measure next|load|transitions|machines|commits INPUTS FOLDER" }
}

/// What is wrong with a measurement: its figures would mean something else than they say.
struct Wrong: Error, CustomStringConvertible {
  var description: String
}
