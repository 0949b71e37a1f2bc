/// One sub-picture of a number picture, split into its parts, checked and analysed (XPath and XQuery Functions
/// and Operators 3.1, §4.7.3 and §4.7.4).
///
/// Checked as the reference implementation does: every rule in turn, and the last one that is broken is the
/// one that is told.
struct NumberPicture {
  private(set) var prefix: Scalars
  let suffix: Scalars
  let isPercent: Bool
  let isPerMille: Bool
  let hasDecimalSeparator: Bool
  let hasExponent: Bool
  /// Digits to the right of each separator of the integer part, the greatest first.
  let integerGrouping: [Int]
  /// The distance of separators that stand regularly; 0 where they do not.
  let regularGrouping: Int
  /// Digits to the left of each separator of the fractional part.
  let fractionGrouping: [Int]
  private(set) var minimumIntegerDigits: Int
  private(set) var minimumFractionDigits: Int
  private(set) var maximumFractionDigits: Int
  let minimumExponentDigits: Int
  /// Digits of the mantissa before its point, where there is an exponent.
  let scale: Int

  init(_ picture: Scalars, _ format: DecimalFormat) throws(JSONataError) {
    let parts = Parts(picture, format)
    if let problem = parts.problems(format).last { throw problem.error }
    prefix = parts.prefix
    suffix = parts.suffix
    isPercent = picture.has(format.percent)
    isPerMille = picture.has(format.perMille)
    hasDecimalSeparator = picture.has(format.decimalSeparator)
    hasExponent = parts.exponent != nil

    let integerGrouping = NumberPicture.digitsLeft(of: format, in: parts.integer.reversed()).reversed()
    self.integerGrouping = Array(integerGrouping)
    regularGrouping = NumberPicture.regularDistance(self.integerGrouping)
    fractionGrouping = NumberPicture.digitsLeft(of: format, in: parts.fraction)

    scale = parts.integer.count(where: format.isDigit)
    minimumIntegerDigits = scale
    minimumFractionDigits = parts.fraction.count(where: format.isDigit)
    maximumFractionDigits = parts.fraction.count(where: format.isAnyDigit)
    minimumExponentDigits = parts.exponent?.count(where: format.isDigit) ?? 0
    if minimumIntegerDigits == 0, maximumFractionDigits == 0 {
      if hasExponent {
        minimumFractionDigits = 1
        maximumFractionDigits = 1
      } else {
        minimumIntegerDigits = 1
      }
    }
    if hasExponent, minimumIntegerDigits == 0, parts.integer.contains(where: format.isOptionalDigit) {
      minimumIntegerDigits = 1
    }
    if minimumIntegerDigits == 0, minimumFractionDigits == 0 { minimumFractionDigits = 1 }
  }

  /// What numbers below zero have where the picture says nothing of them.
  func negated(_ format: DecimalFormat) -> NumberPicture {
    var negated = self
    negated.prefix = format.minusSign + prefix
    return negated
  }

  private static func digitsLeft(of format: DecimalFormat, in part: Scalars) -> [Int] {
    var places: [Int] = []
    var digits = 0
    for scalar in part {
      if format.isAnyDigit(scalar) { digits += 1 }
      if [scalar] == format.groupingSeparator { places.append(digits) }
    }
    return places
  }

  /// The distance at which all of them stand, from the first multiple on; 0 where there is none.
  static func regularDistance(_ places: [Int]) -> Int {
    func divisor(_ left: Int, _ right: Int) -> Int { right == 0 ? left : divisor(right, left % right) }
    let distance = places.reduce(0, divisor)
    guard distance > 0, (1...places.count).allSatisfy({ places.contains($0 * distance) }) else { return 0 }
    return distance
  }
}

/// A sub-picture in pieces, whether right or wrong.
private struct Parts {
  let picture: Scalars
  let prefix: Scalars
  let suffix: Scalars
  let active: Scalars
  let mantissa: Scalars
  let exponent: Scalars?
  let integer: Scalars
  let fraction: Scalars

  init(_ picture: Scalars, _ format: DecimalFormat) {
    func begins(_ scalar: Unicode.Scalar) -> Bool {
      format.isActive(scalar) && [scalar] != format.exponentSeparator
    }
    self.picture = picture
    let first = picture.firstIndex(where: begins) ?? 0
    let end = picture.lastIndex(where: begins).map { $0 + 1 } ?? picture.count
    prefix = Scalars(picture[..<first])
    suffix = Scalars(picture[end...])
    active = Scalars(picture[first..<end])
    if let place = active.place(of: format.exponentSeparator) {
      mantissa = Scalars(active[..<place])
      exponent = Scalars(active[(place + format.exponentSeparator.count)...])
    } else {
      mantissa = active
      // The separator may end the picture's active part: it is one all the same, with no digits.
      exponent = suffix.starts(with: format.exponentSeparator) && !suffix.isEmpty ? [] : nil
    }
    if let place = mantissa.place(of: format.decimalSeparator) {
      integer = Scalars(mantissa[..<place])
      fraction = Scalars(mantissa[(place + format.decimalSeparator.count)...])
    } else {
      integer = mantissa
      fraction = []
    }
  }

  /// In the order of the rules.
  func problems(_ format: DecimalFormat) -> [PictureProblem] {
    let grouping = format.groupingSeparator
    let hasPercent = picture.has(format.percent) || picture.has(format.perMille)
    var problems: [PictureProblem] = []
    func check(_ isBroken: Bool, _ problem: PictureProblem) { if isBroken { problems.append(problem) } }
    check(picture.hasTwice(format.decimalSeparator), .decimalSeparatorTwice)
    check(picture.hasTwice(format.percent), .percentTwice)
    check(picture.hasTwice(format.perMille), .perMilleTwice)
    check(picture.has(format.percent) && picture.has(format.perMille), .percentAndPerMille)
    check(!mantissa.contains(where: format.isAnyDigit), .noDigit)
    check(!active.allSatisfy(format.isActive), .passiveCharacterWithin)
    if let place = picture.place(of: format.decimalSeparator) {
      let before = place > 0 ? [picture[place - 1]] : []
      let after = Scalars(picture[(place + format.decimalSeparator.count)...].prefix(1))
      check(!grouping.isEmpty && (before == grouping || after == grouping), .groupingBesideDecimalSeparator)
    } else {
      check(integer.last.map { [$0] == grouping } ?? false, .groupingAtEnd)
    }
    check(picture.has(grouping + grouping), .groupingTwice)
    check(isBroken(integer, format), .optionalDigitAfterDigit)
    check(isBroken(fraction.reversed(), format), .digitAfterOptionalDigit)
    if let exponent {
      check(!exponent.isEmpty && hasPercent, .exponentAndPercent)
      check(exponent.isEmpty || !exponent.allSatisfy(format.isDigit), .wrongExponent)
    }
    return problems
  }

  /// Whether a mandatory digit stands before an optional one.
  private func isBroken(_ part: Scalars, _ format: DecimalFormat) -> Bool {
    guard let optional = part.firstIndex(where: format.isOptionalDigit) else { return false }
    return part[..<optional].contains(where: format.isDigit)
  }
}
