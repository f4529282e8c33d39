//! The retail calendar of the United States, by date rule.

use std::ops::RangeInclusive;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};
use serde::{Deserialize, Serialize};

/// A retail event. Thanksgiving and Black Friday share their week unless weeks start on a
/// Friday: use one of them, or the design has two equal columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holiday {
    /// 1 January.
    NewYear,
    /// 14 February.
    Valentines,
    /// Easter Sunday of the Western church.
    Easter,
    /// The second Sunday of May.
    MothersDay,
    /// The last Monday of May.
    MemorialDay,
    /// 4 July.
    IndependenceDay,
    /// The whole of August.
    BackToSchool,
    /// The first Monday of September.
    LaborDay,
    /// 31 October.
    Halloween,
    /// 11 November.
    SinglesDay,
    /// The fourth Thursday of November.
    Thanksgiving,
    /// From the Friday after Thanksgiving to Cyber Monday.
    BlackFriday,
    /// From 18 to 26 December.
    Christmas,
}

impl Holiday {
    /// Every event of the calendar, in the order of the year.
    pub const ALL: [Holiday; 13] = [
        Holiday::NewYear,
        Holiday::Valentines,
        Holiday::Easter,
        Holiday::MothersDay,
        Holiday::MemorialDay,
        Holiday::IndependenceDay,
        Holiday::BackToSchool,
        Holiday::LaborDay,
        Holiday::Halloween,
        Holiday::SinglesDay,
        Holiday::Thanksgiving,
        Holiday::BlackFriday,
        Holiday::Christmas,
    ];

    /// The name in `headwater.toml`, and of the column.
    pub fn name(self) -> &'static str {
        match self {
            Holiday::NewYear => "new_year",
            Holiday::Valentines => "valentines",
            Holiday::Easter => "easter",
            Holiday::MothersDay => "mothers_day",
            Holiday::MemorialDay => "memorial_day",
            Holiday::IndependenceDay => "independence_day",
            Holiday::BackToSchool => "back_to_school",
            Holiday::LaborDay => "labor_day",
            Holiday::Halloween => "halloween",
            Holiday::SinglesDay => "singles_day",
            Holiday::Thanksgiving => "thanksgiving",
            Holiday::BlackFriday => "black_friday",
            Holiday::Christmas => "christmas",
        }
    }

    /// The days of the event in a year, both ends included.
    pub fn window(self, year: i16) -> RangeInclusive<Date> {
        let thanksgiving = || nth_weekday(4, Weekday::Thursday, year, 11);
        let day = |day: Date| day..=day;
        match self {
            Holiday::NewYear => day(date(year, 1, 1)),
            Holiday::Valentines => day(date(year, 2, 14)),
            Holiday::Easter => day(easter_sunday(year)),
            Holiday::MothersDay => day(nth_weekday(2, Weekday::Sunday, year, 5)),
            Holiday::MemorialDay => day(nth_weekday(-1, Weekday::Monday, year, 5)),
            Holiday::IndependenceDay => day(date(year, 7, 4)),
            Holiday::BackToSchool => date(year, 8, 1)..=date(year, 8, 31),
            Holiday::LaborDay => day(nth_weekday(1, Weekday::Monday, year, 9)),
            Holiday::Halloween => day(date(year, 10, 31)),
            Holiday::SinglesDay => day(date(year, 11, 11)),
            Holiday::Thanksgiving => day(thanksgiving()),
            Holiday::BlackFriday => {
                let friday = thanksgiving().saturating_add(1.day());
                friday..=friday.saturating_add(3.days())
            }
            Holiday::Christmas => date(year, 12, 18)..=date(year, 12, 26),
        }
    }

    /// `1` for every week of which at least one of its 7 days falls into the event, `0`
    /// elsewhere. `weeks` holds first days, on any weekday.
    ///
    /// ```
    /// use headwater::features::Holiday;
    /// use jiff::civil::date;
    /// let weeks = [date(2024, 11, 18), date(2024, 11, 25), date(2024, 12, 2)];
    /// // 29 November to Cyber Monday, 2 December
    /// assert_eq!(Holiday::BlackFriday.flag(&weeks), [0.0, 1.0, 1.0]);
    /// ```
    pub fn flag(self, weeks: &[Date]) -> Vec<f64> {
        let overlaps = |first: Date| {
            let last = first.saturating_add(6.days());
            // a week that spans the turn of the year touches the events of both years
            [first.year(), last.year()].into_iter().any(|year| {
                let window = self.window(year);
                *window.start() <= last && first <= *window.end()
            })
        };
        weeks
            .iter()
            .map(|&week| f64::from(u8::from(overlaps(week))))
            .collect()
    }
}

fn nth_weekday(nth: i8, weekday: Weekday, year: i16, month: i8) -> Date {
    date(year, month, 1)
        .nth_weekday_of_month(nth, weekday)
        .expect("every month has four of each weekday and a last one")
}

/// Easter Sunday by the computus of the Gregorian calendar: the Sunday after the first
/// ecclesiastical full moon on or after 21 March (Meeus, Astronomical Algorithms, chapter 8).
///
/// ```
/// use headwater::features::holidays::easter_sunday;
/// assert_eq!(easter_sunday(2025), jiff::civil::date(2025, 4, 20));
/// ```
pub fn easter_sunday(year: i16) -> Date {
    let year_number = i32::from(year);
    let golden = year_number.rem_euclid(19);
    let (century, of_century) = (year_number.div_euclid(100), year_number.rem_euclid(100));
    let lunar_correction = (century - (century + 8).div_euclid(25) + 1).div_euclid(3);
    // days from 21 March to the full moon
    let mut moon =
        (19 * golden + century - century.div_euclid(4) - lunar_correction + 15).rem_euclid(30);
    if moon == 29 || (moon == 28 && golden > 10) {
        moon -= 1;
    }
    let weekday = (32 + 2 * century.rem_euclid(4) + 2 * (of_century / 4) - moon - of_century % 4)
        .rem_euclid(7);
    date(year, 3, 22).saturating_add((moon + weekday).days())
}
