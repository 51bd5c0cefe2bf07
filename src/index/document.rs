//! What the index knows of one revision: the terms, words, dates and numbers by which it is found.

use crate::{
    domain::{
        Day, EventContent, Instrument, Kind, Micros, Mode, PartyType, Reason, Relation,
        Reliability, Role, SourceType, State, Status, Step, Verdict, Verification, Vocabulary,
        words,
    },
    filter::Field,
    proto::v1,
};

/// Values of fields. Their text lies in one piece, as there are dozens of short ones.
#[derive(Clone, Debug, Default)]
pub(super) struct Terms {
    text: String,
    /// Fields with the numbers of their names and the ends of their values.
    ends: Vec<(Field, u32, usize)>,
}

/// An exact value or a word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Term<'a> {
    pub field: Field,
    /// Of words, which of the field's names they are in, counted from 0.
    pub nth: u32,
    pub value: &'a str,
}

/// The entry of one revision. Made from the message rather than from the domain's value, so that a
/// record stays readable when the domain's rules grow stricter.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// Full name of the resource.
    pub(super) name: String,
    pub(super) partnership: bool,
    /// Whether an event has not happened yet, by its status, and no other stands for it.
    pub(super) awaited: bool,
    /// Exact values and, for text fields, words.
    pub(super) terms: Terms,
    pub(super) annotations: Vec<(String, String)>,
    pub(super) dates: Vec<(Field, Option<Day>, Option<Day>)>,
    pub(super) revision: i64,
    pub(super) ordinal: Option<i64>,
}

impl Document {
    /// Of an event with its state, revision, author and note filled in.
    pub fn of_event(event: &v1::Event) -> Document {
        let mut document = Document {
            name: event.name.clone(),
            revision: i64::from(event.revision),
            awaited: is_awaited(event),
            terms: Terms::with_room(),
            ..Document::default()
        };
        document.add_classification(event);
        document.add_texts(event);
        document.add_parties(&event.parties);
        document.add_links(event);
        document.add_sources(&event.sources);
        document.add_record(event.change_note.as_ref(), &event.author);
        for (field, date) in [
            (Field::Date, &event.date),
            (Field::AnnounceDate, &event.announce_date),
            (Field::EffectiveDate, &event.effective_date),
            (Field::EndDate, &event.end_date),
        ] {
            document.add_date(field, date.as_ref());
        }
        document
    }

    /// Of a partnership with its revision, author and note filled in.
    pub fn of_partnership(partnership: &v1::Partnership) -> Document {
        let mut document = Document {
            name: partnership.name.clone(),
            partnership: true,
            revision: i64::from(partnership.revision),
            ..Document::default()
        };
        document.add(Field::Resource, "PARTNERSHIP");
        // A partnership belongs to itself, so that whoever follows it learns of its corrections.
        document.add(Field::Partnership, slug(&partnership.name));
        document.add(Field::Form, &partnership.form);
        document.add(Field::Status, &partnership.status);
        document.add_language(&partnership.language_code);
        document.add_words(Field::Text, [partnership.display_name.as_str()]);
        document.add_translations(&partnership.translations);
        document.add_parties(&partnership.parties);
        document.add_all(Field::Topic, &partnership.topics);
        document.add_sources(&partnership.sources);
        document.add_record(partnership.change_note.as_ref(), &partnership.author);
        document.add_date(Field::Established, partnership.established.as_ref());
        document
    }

    /// Whether the event was still awaited although the last day of its date was past, in UTC.
    pub fn overdue_at(&self, micros: i64) -> bool {
        let latest = self.dates.iter().find(|(field, ..)| *field == Field::Date);
        let latest = latest.and_then(|(.., latest)| *latest);
        self.awaited && latest.is_some_and(|latest| latest < Micros(micros).day())
    }

    fn add_classification(&mut self, event: &v1::Event) {
        self.add(Field::Resource, "EVENT");
        self.add_word::<Kind>(Field::Kind, event.kind);
        self.add(Field::Subkind, &event.subkind);
        self.add_word::<Instrument>(Field::Instrument, event.instrument);
        self.add_word::<Step>(Field::Step, event.step);
        self.add_word::<Status>(Field::Status, event.status);
        self.add_word::<State>(Field::State, event.state);
        self.add_word::<Verification>(Field::Verification, event.verification);
        if let Some(binding) = event.binding {
            self.add_flag(Field::Binding, binding);
        }
        self.add_flag(Field::Exercise, event.exercise);
        self.add_flag(Field::PartiesIncomplete, event.parties_incomplete);
        self.add_all(Field::Topic, &event.topics);
        if let Some(place) = &event.place {
            self.add_words(Field::PlaceCity, [place.city.as_str()]);
            self.add(Field::PlaceCountry, &place.country_code);
            self.add_word::<Mode>(Field::PlaceMode, place.mode);
        }
        for amount in &event.amounts {
            self.add(Field::AmountCurrency, &amount.currency_code);
            self.add(Field::AmountRole, &amount.role);
        }
    }

    fn add_texts(&mut self, event: &v1::Event) {
        self.add_language(&event.language_code);
        self.add_words(Field::Text, [event.title.as_str(), event.summary.as_str()]);
        self.add_translations(&event.translations);
    }

    fn add_translations(&mut self, translations: &[v1::Translation]) {
        for translation in translations {
            self.add(Field::Language, &translation.language_code);
            self.add_words(
                Field::Text,
                [translation.title.as_str(), translation.summary.as_str()],
            );
        }
    }

    fn add_parties(&mut self, parties: &[v1::Party]) {
        let (mut organisations, mut people) = (Vec::new(), Vec::new());
        for party in parties {
            self.add(Field::Party, &party.country_code);
            match Role::from_code(party.role) {
                Some(Role::Signatory) => self.add(Field::Signatory, &party.country_code),
                Some(Role::Host) => self.add(Field::Host, &party.country_code),
                Some(Role::Investor) => self.add(Field::Investor, &party.country_code),
                _ => {}
            }
            let names = || {
                let local = party.local_names.values().map(String::as_str);
                std::iter::once(party.display_name.as_str()).chain(local)
            };
            match PartyType::from_code(party.r#type) {
                Some(PartyType::Organisation | PartyType::Company) => {
                    organisations.extend(names());
                }
                Some(PartyType::Person) => people.extend(names()),
                _ => {}
            }
            self.add_words(Field::Text, names());
        }
        self.add_names(Field::Organisation, organisations);
        self.add_names(Field::Person, people);
    }

    fn add_links(&mut self, event: &v1::Event) {
        for partnership in &event.partnerships {
            self.add(Field::Partnership, slug(partnership));
        }
        for related in &event.related_events {
            self.add(Field::Related, slug(&related.event));
        }
        if let Some(series) = &event.series {
            self.add(Field::Series, &series.series);
            self.ordinal = (series.ordinal != 0).then_some(i64::from(series.ordinal));
        }
        for claim in &event.claims {
            self.add_word::<Verdict>(Field::ClaimVerdict, claim.verdict);
            self.add(Field::ClaimField, &claim.field_path);
        }
        for (key, value) in &event.annotations {
            self.annotations.push((key.clone(), value.clone()));
        }
    }

    fn add_sources(&mut self, sources: &[v1::Source]) {
        for source in sources {
            self.add(Field::SourceId, &source.id);
            self.add_word::<SourceType>(Field::SourceType, source.r#type);
            // A source that nobody judged reads as F.
            let reliability = Reliability::from_code(source.reliability);
            self.add(
                Field::SourceReliability,
                reliability.unwrap_or(Reliability::F).as_str(),
            );
            self.add(Field::SourceLanguage, &source.language_code);
        }
        let publishers = sources.iter().map(|source| source.publisher.as_str());
        self.add_names(Field::SourcePublisher, publishers.collect());
    }

    fn add_record(&mut self, note: Option<&v1::ChangeNote>, author: &str) {
        if let Some(note) = note {
            self.add_word::<Reason>(Field::ChangeReason, note.reason);
        }
        self.add(Field::Author, author);
    }

    fn add_language(&mut self, code: &str) {
        self.add(Field::Language, if code.is_empty() { "en" } else { code });
    }

    fn add_date(&mut self, field: Field, date: Option<&v1::FuzzyDate>) {
        let Some(date) = date else { return };
        let (earliest, latest) = (day(&date.earliest), day(&date.latest));
        if earliest.is_some() || latest.is_some() {
            self.dates.push((field, earliest, latest));
        }
    }

    /// Names of which a field can have several. Words of one are not words of another.
    fn add_names(&mut self, field: Field, mut names: Vec<&str>) {
        names.sort_unstable();
        names.dedup();
        let mut nth = 0;
        for name in names {
            let before = self.terms.ends.len();
            words::index_words(name, |word| self.terms.push(field, nth, word));
            nth += u32::from(self.terms.ends.len() > before);
        }
    }

    fn add_words<'a>(&mut self, field: Field, texts: impl IntoIterator<Item = &'a str>) {
        for text in texts {
            words::index_words(text, |word| self.terms.push(field, 0, word));
        }
    }

    fn add_word<V: Vocabulary>(&mut self, field: Field, code: i32) {
        if let Some(word) = V::from_code(code) {
            self.add(field, word.as_str());
        }
    }

    fn add_flag(&mut self, field: Field, flag: bool) {
        self.add(field, if flag { "true" } else { "false" });
    }

    fn add_all(&mut self, field: Field, values: &[String]) {
        for value in values {
            self.add(field, value);
        }
    }

    fn add(&mut self, field: Field, value: &str) {
        if !value.is_empty() {
            self.terms.push(field, 0, value);
        }
    }
}

impl Terms {
    /// With room for those of most events.
    fn with_room() -> Terms {
        Terms {
            text: String::with_capacity(1024),
            ends: Vec::with_capacity(128),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Term<'_>> {
        let mut begin = 0;
        self.ends.iter().map(move |(field, nth, end)| {
            let value = &self.text[begin..*end];
            begin = *end;
            Term {
                field: *field,
                nth: *nth,
                value,
            }
        })
    }

    fn push(&mut self, field: Field, nth: u32, value: &str) {
        self.text.push_str(value);
        self.ends.push((field, nth, self.text.len()));
    }
}

/// A day as the server derived it, YYYY-MM-DD; `None` when the end of the date is open.
fn day(text: &str) -> Option<Day> {
    let mut parts = text.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    Day::from_ymd(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

fn is_awaited(event: &v1::Event) -> bool {
    let relations = event.related_events.iter();
    let relations = relations.filter_map(|related| Relation::from_code(related.relation));
    Status::from_code(event.status)
        .is_some_and(|status| EventContent::is_awaited(status, relations))
}

fn slug(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, slug)| slug)
}
