//! Points in time as RFC 3339 writes them.

/// Seconds since 1970 of an RFC 3339 time in UTC (`2021-01-12T11:53:27Z`, a fraction of up to 9 digits is dropped);
/// `None` for anything else: other offsets, lower case, leap seconds, dates that the calendar does not have.
pub fn rfc3339_utc(text: &str) -> Option<i64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    if !(1..=9).contains(&fraction.len()) || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let [year, month, day] = fields(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = fields(time, ':', [2, 2, 2])?;
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let february = if leap { 29 } else { 28 };
    let days = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let month = usize::try_from(month).ok()?.checked_sub(1)?;
    if !(1..=*days.get(month)?).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let days_before: i64 = days_before_year(year) + days[..month].iter().sum::<i64>() + day - 1;
    Some(((days_before * 24 + hour) * 60 + minute) * 60 + second)
}

/// Days from 1970-01-01 to the first day of `year` (0 to 9999) in the Gregorian calendar.
fn days_before_year(year: i64) -> i64 {
    let leap_days = |year: i64| year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    365 * (year - 1970) + leap_days(year - 1) - leap_days(1969)
}

/// Three numbers of so many digits each.
fn fields(text: &str, separator: char, widths: [usize; 3]) -> Option<[i64; 3]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; 3];
    for (number, width) in numbers.iter_mut().zip(widths) {
        let part = parts.next().filter(|part| part.len() == width && part.bytes().all(|b| b.is_ascii_digit()))?;
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::rfc3339_utc;

    #[test]
    fn times_are_those_of_the_calendar() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1969-12-31T23:59:59Z", -1),
            ("2000-02-29T12:00:00Z", 951_825_600),
            ("2021-01-12T11:53:27.000Z", 1_610_452_407),
            ("2100-03-01T00:00:00Z", 4_107_542_400),
            ("9999-12-31T23:59:59.999999999Z", 253_402_300_799),
            ("0000-01-01T00:00:00Z", -62_167_219_200),
        ] {
            assert_eq!(rfc3339_utc(text), Some(seconds), "{text}");
        }
        for bad in [
            "",
            "2021-01-12",
            "2021-01-12 11:53:27Z",
            "2021-01-12T11:53:27",
            "2021-01-12T11:53:27+00:00",
            "2021-1-12T11:53:27Z",
            "2021-02-29T00:00:00Z",
            "2100-02-29T00:00:00Z",
            "2021-00-01T00:00:00Z",
            "2021-13-01T00:00:00Z",
            "2021-01-00T00:00:00Z",
            "2021-01-32T00:00:00Z",
            "2021-01-12T24:00:00Z",
            "2021-01-12T11:60:00Z",
            "2016-12-31T23:59:60Z",
            "2021-01-12T11:53:27.Z",
            "2021-01-12T11:53:27.0000000000Z",
            "+021-01-12T11:53:27Z",
        ] {
            assert_eq!(rfc3339_utc(bad), None, "{bad}");
        }
    }
}
