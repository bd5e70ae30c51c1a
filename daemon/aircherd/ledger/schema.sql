-- Made by `python daemon/generate/schema.py` from what steps.py does.
CREATE TABLE "operations" (
   "id" TEXT PRIMARY KEY,
   "started_at" TEXT NOT NULL,
   "task" TEXT NOT NULL,
   "client" TEXT NOT NULL,
   "workspace" TEXT,
   "reason" TEXT
, counted INTEGER);
CREATE TABLE entries (
            id INTEGER PRIMARY KEY,
            operation TEXT NOT NULL REFERENCES operations(id),
            attempt INTEGER NOT NULL,
            provider TEXT NOT NULL,
            model TEXT NOT NULL,
            task TEXT NOT NULL,
            workspace TEXT,
            state TEXT NOT NULL CHECK (state IN ('held', 'settled', 'released')),
            outcome TEXT,
            amount INTEGER NOT NULL CHECK (amount >= 0),
            cost INTEGER CHECK (cost >= 0),
            price_version TEXT,
            input INTEGER,
            output INTEGER,
            cache_read INTEGER,
            cache_write INTEGER,
            cache_write_long INTEGER,
            reasoning INTEGER,
            estimated INTEGER NOT NULL DEFAULT 0,
            overrun INTEGER NOT NULL DEFAULT 0,
            reported_cost INTEGER,
            created_at TEXT NOT NULL,
            settled_at TEXT,
            duration_ms INTEGER,
            first_token_ms INTEGER,
            owner TEXT NOT NULL, day TEXT, branch TEXT,
            UNIQUE (operation, attempt)
        );
CREATE INDEX entries_by_time ON entries (created_at);
CREATE INDEX entries_held ON entries (owner) WHERE state = 'held';
CREATE TABLE daily (
            day TEXT NOT NULL,
            task TEXT NOT NULL,
            provider TEXT NOT NULL,
            model TEXT NOT NULL,
            workspace TEXT NOT NULL,
            branch TEXT NOT NULL,
            operations INTEGER NOT NULL,
            attempts INTEGER NOT NULL,
            done INTEGER NOT NULL,
            cost INTEGER NOT NULL CHECK (cost >= 0),
            input INTEGER NOT NULL,
            output INTEGER NOT NULL,
            cache_read INTEGER NOT NULL,
            cache_write INTEGER NOT NULL,
            cache_write_long INTEGER NOT NULL,
            unpriced INTEGER NOT NULL,
            estimated INTEGER NOT NULL,
            PRIMARY KEY (day, task, provider, model, workspace, branch)
        ) WITHOUT ROWID;
CREATE TABLE daily_models (
            day TEXT NOT NULL,
            task TEXT NOT NULL,
            provider TEXT NOT NULL,
            model TEXT NOT NULL,
            operations INTEGER NOT NULL,
            attempts INTEGER NOT NULL,
            done INTEGER NOT NULL,
            cost INTEGER NOT NULL CHECK (cost >= 0),
            input INTEGER NOT NULL,
            output INTEGER NOT NULL,
            cache_read INTEGER NOT NULL,
            cache_write INTEGER NOT NULL,
            cache_write_long INTEGER NOT NULL,
            unpriced INTEGER NOT NULL,
            estimated INTEGER NOT NULL,
            PRIMARY KEY (day, task, provider, model)
        ) WITHOUT ROWID;
CREATE TRIGGER entries_end_once BEFORE UPDATE ON entries WHEN OLD.state <> 'held'
        BEGIN SELECT RAISE(ABORT, 'this entry has ended; the books are never rewritten'); END;
CREATE TRIGGER entries_stay BEFORE DELETE ON entries
        BEGIN SELECT RAISE(ABORT, 'the books are never rewritten'); END;
CREATE TABLE book (id TEXT NOT NULL, carried INTEGER NOT NULL);
CREATE TABLE alerts (
            scope TEXT NOT NULL,
            period TEXT NOT NULL,
            amount INTEGER NOT NULL,
            threshold REAL NOT NULL,
            said_at TEXT NOT NULL,
            PRIMARY KEY (scope, period, amount, threshold)
        ) WITHOUT ROWID;
CREATE TABLE keys (
            key TEXT PRIMARY KEY,
            fingerprint TEXT NOT NULL,
            operation TEXT NOT NULL,
            owner TEXT NOT NULL,
            claimed_at TEXT NOT NULL,
            answer TEXT
        ) WITHOUT ROWID;
