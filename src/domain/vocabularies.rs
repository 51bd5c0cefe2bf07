//! The vocabularies of the domain. Numbers and names are those of `entente.v1`, whose comments give
//! the meaning of each word.

use super::vocabulary::vocabulary;

vocabulary! {
    /// What sort of announcement an event is.
    Kind "KIND_" {
        Agreement = 1 "AGREEMENT",
        Meeting = 2 "MEETING",
        Statement = 3 "STATEMENT",
        Programme = 4 "PROGRAMME",
        Investment = 5 "INVESTMENT",
        Procurement = 6 "PROCUREMENT",
        Policy = 7 "POLICY",
        Other = 8 "OTHER",
    }

    /// The form of the agreement an event is about.
    Instrument "INSTRUMENT_" {
        Treaty = 1 "TREATY",
        Agreement = 2 "AGREEMENT",
        Memorandum = 3 "MEMORANDUM",
        LetterOfIntent = 4 "LETTER_OF_INTENT",
        JointStatement = 5 "JOINT_STATEMENT",
        Contract = 6 "CONTRACT",
        ExchangeOfNotes = 7 "EXCHANGE_OF_NOTES",
        Protocol = 8 "PROTOCOL",
        Convention = 9 "CONVENTION",
        Arrangement = 10 "ARRANGEMENT",
        Grant = 11 "GRANT",
        Loan = 12 "LOAN",
        Other = 13 "OTHER",
    }

    /// What a body is.
    BodyKind "BODY_KIND_" {
        Government = 1 "GOVERNMENT",
        Union = 2 "UNION",
        Intergovernmental = 3 "INTERGOVERNMENTAL",
        Company = 4 "COMPANY",
        University = 5 "UNIVERSITY",
        Research = 6 "RESEARCH",
        Association = 7 "ASSOCIATION",
        Finance = 8 "FINANCE",
        Other = 9 "OTHER",
    }

    /// What sort of name a body has.
    BodyNameType "BODY_NAME_TYPE_" {
        Official = 1 "OFFICIAL",
        Acronym = 2 "ACRONYM",
        Other = 3 "OTHER",
        Former = 4 "FORMER",
    }

    /// Where in its life an arrangement stands at an event.
    Step "STEP_" {
        NegotiationsOpened = 1 "NEGOTIATIONS_OPENED",
        Concluded = 2 "CONCLUDED",
        Signed = 3 "SIGNED",
        Approved = 4 "APPROVED",
        InForce = 5 "IN_FORCE",
        Renewed = 6 "RENEWED",
        Suspended = 7 "SUSPENDED",
        Ended = 8 "ENDED",
        Launched = 9 "LAUNCHED",
        Initialled = 10 "INITIALLED",
        OpenedForSignature = 11 "OPENED_FOR_SIGNATURE",
        Ratified = 12 "RATIFIED",
        Acceded = 13 "ACCEDED",
        ProvisionallyApplied = 14 "PROVISIONALLY_APPLIED",
        Adopted = 15 "ADOPTED",
        Other = 16 "OTHER",
    }

    /// What has become of the event in the world; [`State`] says what has become of its record.
    Status "STATUS_" {
        Rumoured = 1 "RUMOURED",
        Expected = 2 "EXPECTED",
        Scheduled = 3 "SCHEDULED",
        Postponed = 4 "POSTPONED",
        Cancelled = 5 "CANCELLED",
        Occurred = 6 "OCCURRED",
        Disputed = 7 "DISPUTED",
        InForce = 8 "IN_FORCE",
        Ended = 9 "ENDED",
    }

    /// The life of a record in this service.
    State "STATE_" {
        Active = 1 "ACTIVE",
        Retracted = 2 "RETRACTED",
        Redacted = 3 "REDACTED",
        Merged = 4 "MERGED",
    }

    /// Why a new revision was written.
    Reason "REASON_" {
        NewInformation = 1 "NEW_INFORMATION",
        Typo = 2 "TYPO",
        FactCorrected = 3 "FACT_CORRECTED",
        StatusChanged = 4 "STATUS_CHANGED",
        WithdrawnByParty = 5 "WITHDRAWN_BY_PARTY",
        Duplicate = 6 "DUPLICATE",
        Legal = 7 "LEGAL",
    }

    /// The part a party plays.
    Role "ROLE_" {
        Signatory = 1 "SIGNATORY",
        Host = 2 "HOST",
        CoChair = 3 "CO_CHAIR",
        Participant = 4 "PARTICIPANT",
        Investor = 5 "INVESTOR",
        Beneficiary = 6 "BENEFICIARY",
        Observer = 7 "OBSERVER",
        Speaker = 8 "SPEAKER",
        Lead = 9 "LEAD",
        Chair = 10 "CHAIR",
        Supplier = 11 "SUPPLIER",
        Grantor = 12 "GRANTOR",
        Declined = 13 "DECLINED",
        Other = 14 "OTHER",
    }

    /// What holds for one party of an agreement.
    Standing "STANDING_" {
        Signed = 1 "SIGNED",
        Ratified = 2 "RATIFIED",
        Acceded = 3 "ACCEDED",
        InForce = 4 "IN_FORCE",
        ProvisionallyApplied = 5 "PROVISIONALLY_APPLIED",
        Withdrawn = 6 "WITHDRAWN",
        Declined = 7 "DECLINED",
    }

    /// What a party is.
    PartyType "PARTY_TYPE_" {
        State = 1 "STATE",
        Union = 2 "UNION",
        Organisation = 3 "ORGANISATION",
        Company = 4 "COMPANY",
        Person = 5 "PERSON",
    }

    /// Who is behind a source document.
    SourceType "SOURCE_TYPE_" {
        Official = 1 "OFFICIAL",
        Press = 2 "PRESS",
        Commentary = 3 "COMMENTARY",
        Reconstructed = 4 "RECONSTRUCTED",
        Unverified = 5 "UNVERIFIED",
    }

    /// Whether the publisher of the record saw the facts in a source that it cites.
    Verification "VERIFICATION_" {
        Verified = 1 "VERIFIED",
        Unverified = 2 "UNVERIFIED",
    }

    /// Admiralty scale of how reliable a source is in general; unset reads as F.
    Reliability "RELIABILITY_" {
        A = 1 "A",
        B = 2 "B",
        C = 3 "C",
        D = 4 "D",
        E = 5 "E",
        F = 6 "F",
    }

    /// What became of a conflicting claim.
    Verdict "VERDICT_" {
        Disputed = 1 "DISPUTED",
        Accepted = 2 "ACCEPTED",
        Rejected = 3 "REJECTED",
    }

    /// How one event relates to another: "this event RELATION the other event".
    Relation "RELATION_" {
        Follows = 1 "FOLLOWS",
        Implements = 2 "IMPLEMENTS",
        ResultsIn = 3 "RESULTS_IN",
        Supersedes = 4 "SUPERSEDES",
        Extends = 5 "EXTENDS",
        PartOf = 6 "PART_OF",
        Contradicts = 7 "CONTRADICTS",
        DuplicateOf = 8 "DUPLICATE_OF",
        BackgroundTo = 9 "BACKGROUND_TO",
        OutcomeOf = 10 "OUTCOME_OF",
        SameOccasion = 11 "SAME_OCCASION",
        BringsIntoForce = 12 "BRINGS_INTO_FORCE",
        AccessionTo = 13 "ACCESSION_TO",
        Suspends = 14 "SUSPENDS",
        RescheduledAs = 15 "RESCHEDULED_AS",
        FulfilledBy = 16 "FULFILLED_BY",
    }

    /// Where a translation came from.
    TextOrigin "TEXT_ORIGIN_" {
        Official = 1 "OFFICIAL",
        Human = 2 "HUMAN",
        Machine = 3 "MACHINE",
    }

    /// How exact a sum of money or another number is.
    AmountQualifier "AMOUNT_QUALIFIER_" {
        Exact = 1 "EXACT",
        About = 2 "ABOUT",
        UpTo = 3 "UP_TO",
        MoreThan = 4 "MORE_THAN",
        Between = 5 "BETWEEN",
        InWords = 6 "IN_WORDS",
    }

    /// How people met.
    Mode "MODE_" {
        InPerson = 1 "IN_PERSON",
        Online = 2 "ONLINE",
        Hybrid = 3 "HYBRID",
    }

    /// What a change of the log did.
    ChangeType "CHANGE_TYPE_" {
        Created = 1 "CREATED",
        Updated = 2 "UPDATED",
        Retracted = 3 "RETRACTED",
        Restored = 4 "RESTORED",
        Redacted = 5 "REDACTED",
        Existing = 6 "EXISTING",
        Merged = 7 "MERGED",
    }
}
