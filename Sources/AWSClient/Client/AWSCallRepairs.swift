internal import JobModel

/// What can be mended between two tries of one call, each thing a few times at the most. Pure.
struct AWSCallRepairs: Equatable, Sendable {
  enum Repair: Equatable, Sendable {
    /// AWS's clock is ahead by this much.
    case setOffset(Duration)
    case renewCredentials
  }

  /// AWS accepts signatures of five minutes around its own time; less is no reason for a refusal.
  private static let toleratedSkew = Duration.seconds(4 * 60)

  /// A clock that was set may be set again, back perhaps, while the call is on its way once more.
  private var offsetsLeft = 3
  private var hasRenewed = false

  /// - Parameters:
  ///   - serverDate: the answer's `Date`.
  ///   - signedAt: the time in the refused request's signature. Another call may have set the offset since then.
  mutating func next(for error: AWSError, serverDate: Instant?, signedAt: Instant, now: Instant) -> Repair? {
    // A broken clock in front of the signature shows as an expired or a wrong signature, depending on the service.
    let isSkew = AnswerError.skewCodes.contains(error.code)
    if isSkew || AnswerError.signatureCodes.contains(error.code), offsetsLeft > 0, let serverDate {
      let difference = serverDate - signedAt
      let isLarge = difference > AWSCallRepairs.toleratedSkew || difference < .zero - AWSCallRepairs.toleratedSkew
      if isLarge {
        offsetsLeft -= 1
        return .setOffset(serverDate - now)
      }
    }
    if AnswerError.expiredTokenCodes.contains(error.code), !hasRenewed {
      hasRenewed = true
      return .renewCredentials
    }
    return nil
  }
}
