// swift-tools-version: 6.2
import PackageDescription

/// What every Swift target is built with. Warnings become errors where `JOBD_WARNINGS_AS_ERRORS`
/// is set (the Makefile and CI set it), so that a newer compiler's new warning never keeps a user
/// from building a release.
let strict: [SwiftSetting] =
  [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  ] + (Context.environment["JOBD_WARNINGS_AS_ERRORS"] == nil ? [] : [.treatAllWarnings(as: .error)])

let collections = Target.Dependency.product(name: "Collections", package: "swift-collections")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: [.byName(name: name), "TestSupport"] + dependencies, swiftSettings: strict)
}

/// What the packages beside this one use without the daemon: Benchmarks, Tests/Fuzzing.
let shared = [
  "JobModel", "JSONata", "StatesLanguage", "Scheduler", "JobFile", "Store", "AWSClient", "ECSDriver", "ControlAPI",
]

let package = Package(
  name: "jobd",
  products: [
    .executable(name: "jobd", targets: ["JobDaemon"])
  ] + shared.map { .library(name: $0, targets: [$0]) },
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.3.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.10.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.20.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.9.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
  ],
  targets: [
    .target(name: "CCurl", linkerSettings: [.linkedLibrary("curl")]),
    .target(name: "CMemory"),
    .target(name: "COpenSSL", linkerSettings: [.linkedLibrary("crypto")]),

    library("JobModel", [collections]),
    library("JSONata", ["JobModel"]),
    library("StatesLanguage", ["JobModel", "JSONata", "COpenSSL"]),
    library("Scheduler", ["JobModel", "StatesLanguage", collections, logging]),
    library(
      "JobFile",
      ["JobModel", "StatesLanguage", "Scheduler", .product(name: "Yams", package: "Yams")]),
    library("Store", ["JobModel", logging, .product(name: "GRDB", package: "GRDB.swift")]),
    library("AWSClient", ["JobModel", "CCurl", "COpenSSL", logging]),
    library("ECSDriver", ["JobModel", "AWSClient", "COpenSSL", logging]),
    library("ControlAPI", ["JobModel", hummingbird, lifecycle, logging]),
    library("LocalDriver", ["JobModel", logging, .product(name: "Subprocess", package: "swift-subprocess")]),
    library(
      "ECSSimulator",
      [
        "JobModel", "AWSClient", hummingbird, logging,
        .product(name: "Subprocess", package: "swift-subprocess"),
      ]),
    .executableTarget(
      name: "JobDaemon",
      dependencies: [
        "JobModel", "StatesLanguage", "Scheduler", "JobFile", "Store", "AWSClient", "ECSDriver",
        "ControlAPI", "ECSSimulator", "LocalDriver", "CMemory", logging, lifecycle,
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    .target(
      name: "TestSupport", dependencies: ["JobModel"], path: "Tests/TestSupport", swiftSettings: strict),
    .target(
      name: "Simulation",
      dependencies: [
        "JobModel", "Scheduler", "JobFile", "Store", "AWSClient", "ECSDriver", "SimulatedDisk", "CExecutorHook",
        "TestSupport", collections, logging,
      ],
      path: "Tests/Simulation", swiftSettings: strict),
    .executableTarget(
      name: "simulate",
      dependencies: ["Simulation", "JobModel", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      path: "Tests/Simulate", swiftSettings: strict),
    .target(name: "CExecutorHook", path: "Tests/ExecutorHook"),
    tests("Simulation", ["JobModel"]),
    .target(name: "CSimulatedDisk", path: "Tests/SimulatedDisk/C", linkerSettings: [.linkedLibrary("sqlite3")]),
    .target(
      name: "SimulatedDisk", dependencies: ["CSimulatedDisk"], path: "Tests/SimulatedDisk/Swift", swiftSettings: strict),
    tests("JobModel", []),
    tests("JSONata", ["JobModel"]),
    tests("StatesLanguage", ["JobModel"]),
    tests("Scheduler", ["JobModel", "StatesLanguage", "Store", logging]),
    tests("JobFile", ["JobModel", "StatesLanguage", "Scheduler"]),
    tests("Store", ["JobModel", "SimulatedDisk", logging, .product(name: "GRDB", package: "GRDB.swift")]),
    tests("AWSClient", ["JobModel", logging]),
    tests("ECSDriver", ["JobModel", "AWSClient", logging]),
    tests("ControlAPI", ["JobModel", lifecycle, logging]),
    tests("ECSSimulator", ["JobModel", "AWSClient", "ECSDriver", "JobFile", logging]),
    tests("LocalDriver", ["JobModel", logging]),
    tests(
      "JobDaemon",
      ["JobModel", "StatesLanguage", "Scheduler", "JobFile", "AWSClient", "ECSDriver", "ECSSimulator", logging]),
  ]
)
