internal import ArgumentParser
internal import Foundation

/// `-c FILE`, wherever a command reads the job file.
struct JobFileOption: ParsableArguments {
  @Option(
    name: [.customShort("c"), .customLong("config")],
    help: ArgumentHelp("The job file. Default: $JOBD_CONFIG, else /etc/jobd/jobs.yaml.", valueName: "file"))
  var config: String?

  var path: String {
    config ?? ProcessInfo.processInfo.environment["JOBD_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
      ?? "/etc/jobd/jobs.yaml"
  }
}
