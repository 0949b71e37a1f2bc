// swift-tools-version: 6.2
import PackageDescription

let modules = ["JobModel", "JSONata", "StatesLanguage", "Scheduler", "JobFile", "AWSClient", "ECSDriver", "ControlAPI"]

/// The fuzzers of everything that reads what users and networks send, apart from the package itself so that nobody who
/// builds jobd builds them. `Tests/Fuzzing/run.py` builds it: all modules need instrumenting, not only this one.
let package = Package(
  name: "Fuzzing",
  dependencies: [
    .package(name: "jobd", path: "../.."),
    .package(url: "https://github.com/apple/swift-log", from: "1.10.0"),
  ],
  targets: [
    .executableTarget(
      name: "Fuzz",
      dependencies: modules.map { .product(name: $0, package: "jobd") } + [
        .product(name: "Logging", package: "swift-log")
      ],
      swiftSettings: [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
      ])
  ]
)
