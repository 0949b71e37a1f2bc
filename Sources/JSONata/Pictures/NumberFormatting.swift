internal import JobModel

/// `$formatNumber` (XPath and XQuery Functions and Operators 3.1, §4.7.5).
///
/// Numbers are rounded as the reference implementation rounds, halves to the even digit. Where it would write a
/// separator outside the digits, as a picture with irregular groups makes it do, there is none.
func formatNumber(_ value: Double, picture: String, options: JSONObject?) throws(JSONataError) -> String {
  try PictureProblem.checkLength(picture)
  let format = try DecimalFormat(options)
  let parts = Scalars(picture.unicodeScalars).parts(separatedBy: format.patternSeparator)
  if parts.count > 2 { throw PictureProblem.tooManySubPictures.error }
  let positive = try NumberPicture(parts[0], format)
  let negative = parts.count == 2 ? try NumberPicture(parts[1], format) : positive.negated(format)
  if value.isNaN { return format.notANumber.text }
  return FormattedNumber(value, value < 0 ? negative : positive, format).text
}

/// A number in the making.
private struct FormattedNumber {
  private let picture: NumberPicture
  private let format: DecimalFormat
  private var number: Double
  private var exponent: Int?

  init(_ value: Double, _ picture: NumberPicture, _ format: DecimalFormat) {
    self.picture = picture
    self.format = format
    number = picture.isPercent ? value * 100 : picture.isPerMille ? value * 1_000 : value
    if picture.minimumExponentDigits > 0, number.isFinite { scale() }
  }

  /// Chooses the exponent so that the mantissa has the picture's digits before its point.
  private mutating func scale() {
    let most = decimalPower(picture.scale)
    let least = decimalPower(picture.scale - 1)
    var exponent = 0
    // A picture may ask for more digits than a double has room for.
    while number != 0, number.magnitude < least, (number * 10).isFinite {
      number *= 10
      exponent -= 1
    }
    while number.magnitude > most {
      number /= 10
      exponent += 1
    }
    self.exponent = exponent
  }

  private func decimalPower(_ exponent: Int) -> Double { Double("1e\(exponent)") ?? .infinity }

  var text: String {
    guard number.isFinite else { return (picture.prefix + format.infinity + picture.suffix).text }
    let decimals = picture.maximumFractionDigits
    let digits = DecimalText.fixed(DecimalText.rounded(number, decimals: decimals), decimals: decimals)
    var integer = Scalars(digits.integer.unicodeScalars.drop { $0 == "0" })
    var fraction = Scalars(digits.fraction.unicodeScalars)
    while fraction.last == "0" { fraction.removeLast() }
    integer = Scalars(repeating: "0", count: max(0, picture.minimumIntegerDigits - integer.count)) + integer
    fraction += Scalars(repeating: "0", count: max(0, picture.minimumFractionDigits - fraction.count))

    var result = grouped(integer: format.localized(integer.text)) + format.decimalSeparator
    result += grouped(fraction: format.localized(fraction.text))
    if !picture.hasDecimalSeparator || fraction.isEmpty { result.removeLast(min(1, result.count)) }
    return (picture.prefix + result + exponentText + picture.suffix).text
  }

  private func grouped(integer: Scalars) -> Scalars {
    var result = Scalars()
    for (index, digit) in integer.enumerated() {
      let right = integer.count - index
      let isBoundary =
        picture.regularGrouping > 0
        ? right % picture.regularGrouping == 0 : picture.integerGrouping.contains(right)
      if index > 0, isBoundary { result += format.groupingSeparator }
      result.append(digit)
    }
    return result
  }

  private func grouped(fraction: Scalars) -> Scalars {
    var result = Scalars()
    for (index, digit) in fraction.enumerated() {
      if index > 0, picture.fractionGrouping.contains(index) { result += format.groupingSeparator }
      result.append(digit)
    }
    return result
  }

  private var exponentText: Scalars {
    guard let exponent else { return [] }
    let digits = String(abs(exponent))
    let zeros = String(repeating: "0", count: max(0, picture.minimumExponentDigits - digits.count))
    return format.exponentSeparator + (exponent < 0 ? format.minusSign : []) + format.localized(zeros + digits)
  }
}

/// `$formatBase`: the number is rounded to a whole one, halves to the even one, as is the radix, of 2 to 36.
///
/// - Throws: `D3100` for another radix.
func formatBase(_ value: Double, radix: Double) throws(JSONataError) -> String {
  let radix = DecimalText.rounded(radix, decimals: 0)
  guard (2...36).contains(radix) else { throw PictureProblem.wrongRadix(radix).error }
  return DecimalText.whole(DecimalText.rounded(value, decimals: 0), radix: Int(radix))
}
