-- What is written and read by itself: what entente promises of an event, an order and one name.
CREATE TABLE log (
    position bigint GENERATED ALWAYS AS IDENTITY,
    name text PRIMARY KEY,
    event bytea NOT NULL
);
CREATE INDEX ON log (position);

-- What is listed, with the indexes that match.
CREATE TABLE listed (
    position bigint GENERATED ALWAYS AS IDENTITY,
    kind int NOT NULL,
    host text NOT NULL,
    topics text[] NOT NULL,
    date text NOT NULL,
    event bytea NOT NULL
);
CREATE INDEX ON listed (kind, host, date DESC, position DESC);
CREATE INDEX ON listed USING gin (topics);
