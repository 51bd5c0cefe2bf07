/// What a method may use beyond lookups by name or position. [`Access`](super::access::Access) gives a
/// command what the table lists for its method, and nothing else.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Cost {
    /// Queries of the index that a client can make expensive. They take turns.
    Search,
    /// A write, which takes a turn of the writer and a sync of the disk.
    Write,
    /// Reading the whole log, in steps that take turns with other readers.
    Scan,
    /// A slot among the open watches, as long as the stream is open.
    Watch,
}

macro_rules! methods {
    ($($service:ident { $($method:ident: [$($cost:ident),*],)* })*) => {
        /// Every method of every service.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub(crate) enum Method {
            $($($method,)*)*
        }

        impl Method {
            #[cfg(test)]
            const ALL: &[(&str, Method)] = &[$($((stringify!($service), Method::$method),)*)*];

            /// The method's name, which is unique among all services.
            pub(crate) const fn name(self) -> &'static str {
                match self {
                    $($(Method::$method => stringify!($method),)*)*
                }
            }

            const fn costs(self) -> &'static [Cost] {
                match self {
                    $($(Method::$method => &[$(Cost::$cost),*],)*)*
                }
            }
        }
    };
}

methods! {
    EventService {
        GetEvent: [],
        BatchGetEvents: [],
        ListEvents: [Search],
        ListEventRevisions: [],
        SummarizeEvents: [Search],
        ExplainFilter: [Search],
        WatchEvents: [Watch],
    }
    PartnershipService {
        GetPartnership: [Search],
        ListPartnerships: [Search],
        CreatePartnership: [Search, Write],
        UpdatePartnership: [Write],
    }
    BodyService {
        GetBody: [],
        ListBodies: [Search],
        CreateBody: [Search, Write],
        UpdateBody: [Search, Write],
    }
    PublisherService {
        CreateEvent: [Search, Write],
        BatchCreateEvents: [Search, Write],
        UpdateEvent: [Write],
        RetractEvent: [Write],
        RestoreEvent: [Write],
        MergeEvents: [Write],
        GetTracking: [],
    }
    SubscriptionService {
        CreateSubscription: [Search, Write],
        GetSubscription: [Search],
        ListSubscriptions: [Search],
        UpdateSubscription: [Search, Write],
        DeleteSubscription: [Write],
        SeekSubscription: [Search, Write],
        ConsumeSubscription: [Watch, Write],
        AcknowledgeSubscription: [Write],
    }
    AdminService {
        GetServerInfo: [],
        ListWatches: [],
        DisconnectWatch: [],
        RedactEvent: [Write],
        RedactPartnership: [Write],
        RedactBody: [Write],
        VerifyStore: [Scan],
        ExportStore: [Scan],
    }
}

impl Method {
    /// Whether the method may use this.
    pub(super) const fn takes(self, cost: Cost) -> bool {
        let costs = self.costs();
        let mut at = 0;
        while at < costs.len() {
            if costs[at] as u8 == cost as u8 {
                return true;
            }
            at += 1;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::descriptors;

    #[test]
    fn every_method_of_every_service_is_here() {
        let services = descriptors().services();
        let services = services.filter(|service| service.package_name() == "entente.v1");
        let mut described: Vec<(String, String)> = services
            .flat_map(|service| {
                let name = service.name().to_owned();
                let methods: Vec<_> = service.methods().collect();
                methods
                    .into_iter()
                    .map(move |method| (name.clone(), method.name().to_owned()))
            })
            .collect();
        let here = Method::ALL.iter();
        let here = here.map(|(service, method)| ((*service).to_owned(), method.name().to_owned()));
        let mut here: Vec<_> = here.collect();
        described.sort();
        here.sort();
        assert_eq!(here, described);
    }

    #[test]
    fn no_two_services_have_a_method_of_the_same_name() {
        let mut names: Vec<_> = Method::ALL
            .iter()
            .map(|(_, method)| method.name())
            .collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Method::ALL.len());
    }
}
