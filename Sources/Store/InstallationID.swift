internal import JobModel

/// Sixteen hexadecimal digits, drawn once when a store is made.
func newInstallationID(_ random: any RandomSource) -> String {
  let digits = String(random.next(), radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}
