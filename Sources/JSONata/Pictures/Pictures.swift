internal import JobModel

// Numbers and times by "picture" strings (XPath and XQuery Functions and Operators 3.1, §4.6, §4.7, §9.8).

/// `$formatNumber`. Options are the decimal format's properties (`decimal-separator` …).
func formatNumber(_ value: Double, picture: String, options: JSONObject?) throws(JSONataError) -> String { "" }

/// `$formatBase`: the radix is 2 to 36 (`D3100`).
func formatBase(_ value: Double, radix: Double) throws(JSONataError) -> String { "" }

/// `$formatInteger`.
func formatInteger(_ value: Double, picture: String) throws(JSONataError) -> String { "" }

/// `$parseInteger`: nil where the text is no such number.
func parseInteger(_ text: String, picture: String) throws(JSONataError) -> Double? { nil }

/// `$fromMillis`: ISO 8601 in UTC with milliseconds where there is no picture. The zone is `±HHMM`.
func formatDateTime(milliseconds: Double, picture: String?, zone: String?) throws(JSONataError) -> String { "" }

/// `$toMillis`: nil where the text does not fit the picture. `now` gives what the picture leaves out.
func parseDateTime(_ text: String, picture: String?, now: Instant) throws(JSONataError) -> Double? { nil }
