-- What is written and read by itself: what entente promises of an event, an order and one name.
CREATE TABLE log (
    position bigint GENERATED ALWAYS AS IDENTITY,
    name text PRIMARY KEY,
    event bytea NOT NULL
);
CREATE INDEX ON log (position);

-- What is found by its terms, with the indexes that match.
CREATE TABLE listed (
    position bigint NOT NULL,
    kind int NOT NULL,
    host text NOT NULL,
    topics text[] NOT NULL,
    subkind text NOT NULL,
    date text NOT NULL,
    event bytea NOT NULL
);
CREATE INDEX ON listed (kind, host, date DESC, position DESC);
CREATE INDEX ON listed USING gin (topics);
CREATE INDEX ON listed (subkind, position);

-- What is counted: a row for each party of an event.
CREATE TABLE counted (
    party text NOT NULL,
    year int NOT NULL
);
CREATE INDEX ON counted (party, year);
