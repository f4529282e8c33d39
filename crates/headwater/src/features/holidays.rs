//! Retail calendars of five countries: by date rule, and by table where a festival follows the
//! moon.

use std::ops::RangeInclusive;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// A retail event. Thanksgiving and Black Friday share their week unless weeks start on a
/// Friday: use one of them, or the design has two equal columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
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
    /// The fourth Sunday of Lent, three weeks before Easter (United Kingdom).
    MotheringSunday,
    /// The first Monday of May (United Kingdom); 8 May in 2020.
    EarlyMayBankHoliday,
    /// The last Monday of May (United Kingdom); early June in jubilee years.
    SpringBankHoliday,
    /// The last Monday of August (England, Wales and Northern Ireland).
    SummerBankHoliday,
    /// 1 May.
    MayDay,
    /// 39 days after Easter.
    Ascension,
    /// 50 days after Easter.
    WhitMonday,
    /// 3 October.
    GermanUnityDay,
    /// The last Sunday of May, or the first of June where that is Pentecost (France).
    FeteDesMeres,
    /// 14 July.
    BastilleDay,
    /// 15 August.
    Assumption,
    /// 26 January (India).
    RepublicDay,
    /// The spring festival of India, by table.
    Holi,
    /// 15 August (India).
    IndianIndependenceDay,
    /// The tenth day of the autumn festival of India, by table.
    Dussehra,
    /// From two days before to two days after Diwali, by table.
    Diwali,
}

impl Holiday {
    /// Every event of the calendars.
    pub const ALL: [Holiday; 29] = [
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
        Holiday::MotheringSunday,
        Holiday::EarlyMayBankHoliday,
        Holiday::SpringBankHoliday,
        Holiday::SummerBankHoliday,
        Holiday::MayDay,
        Holiday::Ascension,
        Holiday::WhitMonday,
        Holiday::GermanUnityDay,
        Holiday::FeteDesMeres,
        Holiday::BastilleDay,
        Holiday::Assumption,
        Holiday::RepublicDay,
        Holiday::Holi,
        Holiday::IndianIndependenceDay,
        Holiday::Dussehra,
        Holiday::Diwali,
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
            Holiday::MotheringSunday => "mothering_sunday",
            Holiday::EarlyMayBankHoliday => "early_may_bank_holiday",
            Holiday::SpringBankHoliday => "spring_bank_holiday",
            Holiday::SummerBankHoliday => "summer_bank_holiday",
            Holiday::MayDay => "may_day",
            Holiday::Ascension => "ascension",
            Holiday::WhitMonday => "whit_monday",
            Holiday::GermanUnityDay => "german_unity_day",
            Holiday::FeteDesMeres => "fete_des_meres",
            Holiday::BastilleDay => "bastille_day",
            Holiday::Assumption => "assumption",
            Holiday::RepublicDay => "republic_day",
            Holiday::Holi => "holi",
            Holiday::IndianIndependenceDay => "indian_independence_day",
            Holiday::Dussehra => "dussehra",
            Holiday::Diwali => "diwali",
        }
    }

    /// The days of the event in a year, both ends included; none in a year that its
    /// [`table`](Self::table) does not hold.
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
            Holiday::MotheringSunday => day(easter_sunday(year).saturating_sub(21.days())),
            // moved for the anniversaries of the war's end (gov.uk/bank-holidays)
            Holiday::EarlyMayBankHoliday => match year {
                1995 | 2020 => day(date(year, 5, 8)),
                _ => day(nth_weekday(1, Weekday::Monday, year, 5)),
            },
            // moved for the Queen's jubilees
            Holiday::SpringBankHoliday => match year {
                2002 | 2012 => day(date(year, 6, 4)),
                2022 => day(date(year, 6, 2)),
                _ => day(nth_weekday(-1, Weekday::Monday, year, 5)),
            },
            Holiday::SummerBankHoliday => day(nth_weekday(-1, Weekday::Monday, year, 8)),
            Holiday::MayDay => day(date(year, 5, 1)),
            Holiday::Ascension => day(easter_sunday(year).saturating_add(39.days())),
            Holiday::WhitMonday => day(easter_sunday(year).saturating_add(50.days())),
            Holiday::GermanUnityDay => day(date(year, 10, 3)),
            Holiday::FeteDesMeres => {
                let usual = nth_weekday(-1, Weekday::Sunday, year, 5);
                let pentecost = easter_sunday(year).saturating_add(49.days());
                day(if usual == pentecost {
                    usual.saturating_add(7.days())
                } else {
                    usual
                })
            }
            Holiday::BastilleDay => day(date(year, 7, 14)),
            Holiday::Assumption | Holiday::IndianIndependenceDay => day(date(year, 8, 15)),
            Holiday::RepublicDay => day(date(year, 1, 26)),
            Holiday::Holi | Holiday::Dussehra => self.listed(year, 0),
            Holiday::Diwali => self.listed(year, 2),
        }
    }

    /// The festival's dates as month and day, one a year from [`TABLE_YEARS`] on; `None` where a
    /// rule gives them. From python-holidays 0.109, `IN`, which follows the circulars of the
    /// Government of India's Department of Personnel and Training and, ahead of them, the Hindu
    /// calendar: the later years may move by a day.
    pub fn table(self) -> Option<&'static [(i8, i8); 24]> {
        match self {
            Holiday::Holi => Some(&HOLI),
            Holiday::Dussehra => Some(&DUSSEHRA),
            Holiday::Diwali => Some(&DIWALI),
            _ => None,
        }
    }

    /// The day in the table with `around` days on either side.
    fn listed(self, year: i16, around: i32) -> RangeInclusive<Date> {
        let place = usize::try_from(year - TABLE_YEARS.start()).ok();
        let listed = self.table().and_then(|table| table.get(place?));
        match listed {
            Some(&(month, day)) => {
                let day = date(year, month, day);
                day.saturating_sub(around.days())..=day.saturating_add(around.days())
            }
            None => Date::MAX..=Date::MIN,
        }
    }

    /// Refuses weeks in years of which the event's table knows nothing.
    pub(super) fn check_years(self, weeks: &[Date]) -> Result<()> {
        let outside = |week: &&Date| !TABLE_YEARS.contains(&week.year());
        match (self.table(), weeks.iter().find(outside)) {
            (Some(_), Some(week)) => Err(Error::setting(
                format!(
                    "the dates of {} are known from {} to {}; the file has the week of {week}",
                    self.name(),
                    TABLE_YEARS.start(),
                    TABLE_YEARS.end()
                ),
                "leave the event out of `holidays` (and `country`), and add a control column with \
                 1 in its weeks",
            )),
            _ => Ok(()),
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

/// The years of the tables.
pub const TABLE_YEARS: RangeInclusive<i16> = 2012..=2035;

const HOLI: [(i8, i8); 24] = [
    (3, 8),
    (3, 27),
    (3, 17),
    (3, 6),
    (3, 24),
    (3, 13),
    (3, 2),
    (3, 21),
    (3, 10),
    (3, 29),
    (3, 18),
    (3, 8),
    (3, 25),
    (3, 14),
    (3, 4),
    (3, 22),
    (3, 11),
    (3, 1),
    (3, 20),
    (3, 9),
    (3, 27),
    (3, 16),
    (3, 5),
    (3, 24),
];

const DUSSEHRA: [(i8, i8); 24] = [
    (10, 24),
    (10, 13),
    (10, 3),
    (10, 22),
    (10, 11),
    (9, 30),
    (10, 19),
    (10, 8),
    (10, 25),
    (10, 15),
    (10, 5),
    (10, 24),
    (10, 12),
    (10, 2),
    (10, 20),
    (10, 9),
    (9, 27),
    (10, 16),
    (10, 6),
    (10, 25),
    (10, 14),
    (10, 3),
    (10, 22),
    (10, 11),
];

const DIWALI: [(i8, i8); 24] = [
    (11, 13),
    (11, 3),
    (10, 23),
    (11, 11),
    (10, 30),
    (10, 19),
    (11, 7),
    (10, 27),
    (11, 14),
    (11, 4),
    (10, 24),
    (11, 12),
    (10, 31),
    (10, 20),
    (11, 8),
    (10, 29),
    (10, 17),
    (11, 5),
    (10, 26),
    (11, 14),
    (11, 2),
    (10, 22),
    (11, 10),
    (10, 30),
];

/// A country whose retail events can be added by one setting: `country = "GB"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Country {
    /// The United States.
    Us,
    /// The United Kingdom, with the bank holidays of England.
    Gb,
    /// Germany.
    De,
    /// France.
    Fr,
    /// India.
    In,
}

impl Country {
    /// The events that move a country's shops, in the order of the year.
    ///
    /// ```
    /// use headwater::features::{Country, Holiday};
    /// assert!(Country::In.holidays().contains(&Holiday::Diwali));
    /// ```
    pub fn holidays(self) -> &'static [Holiday] {
        use Holiday::*;
        match self {
            Country::Us => &[
                Valentines,
                Easter,
                MothersDay,
                MemorialDay,
                IndependenceDay,
                LaborDay,
                Halloween,
                BlackFriday,
                Christmas,
            ],
            Country::Gb => &[
                Valentines,
                MotheringSunday,
                Easter,
                EarlyMayBankHoliday,
                SpringBankHoliday,
                SummerBankHoliday,
                BlackFriday,
                Christmas,
            ],
            Country::De => &[
                Easter,
                MayDay,
                MothersDay,
                Ascension,
                WhitMonday,
                GermanUnityDay,
                BlackFriday,
                Christmas,
            ],
            Country::Fr => &[
                Easter,
                MayDay,
                Ascension,
                FeteDesMeres,
                BastilleDay,
                Assumption,
                BlackFriday,
                Christmas,
            ],
            Country::In => &[
                RepublicDay,
                Holi,
                IndianIndependenceDay,
                Dussehra,
                Diwali,
                Christmas,
            ],
        }
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
