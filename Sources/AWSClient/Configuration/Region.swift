extension AWSSettings {
  /// The region: given, environment, profile, instance.
  func findRegion(given: String?) async throws(AWSConfigurationError) -> String {
    if let region = given ?? region {
      guard AWSSettings.isRegionName(region) else {
        throw AWSConfigurationError(message: "\"\(region)\" is no region name; write one such as eu-west-1")
      }
      return region
    }
    switch await InstanceMetadata(environment: environment).region() {
    case .success(let region): return region
    case .failure(let failure):
      throw AWSConfigurationError(
        message: "no AWS region: none is given, AWS_REGION and AWS_DEFAULT_REGION are not set, profile "
          + "\"\(profileName)\" names none, and instance metadata: \(failure.reason); set one of them")
    }
  }
}
