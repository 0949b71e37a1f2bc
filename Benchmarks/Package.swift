// swift-tools-version: 6.2
import PackageDescription

/// The benchmarks of jobd's parts, apart from the package itself so that nobody who builds jobd builds them.
let package = Package(
  name: "Benchmarks",
  dependencies: [
    .package(name: "jobd", path: ".."),
    .package(url: "https://github.com/apple/swift-log", from: "1.10.0"),
  ],
  targets: [
    .systemLibrary(name: "CSQLite"),
    .executableTarget(
      name: "Measure",
      dependencies: [
        "CSQLite",
        .product(name: "JobModel", package: "jobd"),
        .product(name: "StatesLanguage", package: "jobd"),
        .product(name: "Scheduler", package: "jobd"),
        .product(name: "JobFile", package: "jobd"),
        .product(name: "Store", package: "jobd"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
      ]),
  ]
)
