internal import JobModel

/// The forms of texts that say when.
extension JobFileForm {
  /// `2026-11-21`.
  static let date = TextCheck { text in
    CivilDate(text) == nil ? TextProblem(message: "is no date such as `2026-11-21`: `\(text.prefix(40))`") : nil
  }

  /// What bounds a schedule.
  static let moment = TextCheck { text in
    Moment(text) == nil
      ? TextProblem(
        message: "is no date such as `2026-11-21`, no local time such as `2026-11-21T03:00:00`, and no instant such as "
          + "`2026-11-21T03:00:00Z` or `2026-11-21T03:00:00+09:00`: `\(text.prefix(40))`") : nil
  }

  /// A length of time, or a multiple of the median.
  static let allowance = TextCheck { text in
    Allowance(written: text) == nil
      ? TextProblem(
        message:
          "is neither a length of time such as `2h` nor a multiple of the job's median run such as `3x` (more than "
          + "1x, at most 100x): `\(text.prefix(40))`") : nil
  }

  static let calendarFile = TextCheck { text in
    text.lowercased().hasSuffix(".ics")
      ? nil : TextProblem(message: "is no path of an iCalendar file, such as `holidays.ics`: `\(text.prefix(100))`")
  }

  /// A name like a job's, which is not the word for no such thing.
  static let plainName = TextCheck { text in
    if text == "none" { return TextProblem(message: "is `none`, which means no such thing; choose another name") }
    return JobName(text) == nil
      ? TextProblem(
        message: "is no name: it takes a letter or digit, then letters, digits, `-` and `_`, at most "
          + "\(Limits.jobNameLength) in all: `\(text.prefix(100))`") : nil
  }
}
