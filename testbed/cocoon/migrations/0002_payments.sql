-- Up Migration

-- What every completed task is worth, and the operator's share of it.
CREATE TABLE earnings (
  entry_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  task_id bigint NOT NULL UNIQUE,
  worker_id text NOT NULL,
  account text NOT NULL,
  units integer NOT NULL,
  gross_nanoton bigint NOT NULL,
  fee_nanoton bigint NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX earnings_of_account ON earnings (account, entry_id);

CREATE TABLE worker_totals (
  worker_id text PRIMARY KEY,
  completed bigint NOT NULL
) WITH (fillfactor = 60);

-- The sums of an account, so that nothing has to be added up to know what it may still get: gross = fee + available +
-- pending + paid.
CREATE TABLE accounts (
  account text PRIMARY KEY,
  run text,
  threshold_nanoton bigint,
  completed bigint NOT NULL DEFAULT 0,
  gross_nanoton bigint NOT NULL DEFAULT 0,
  fee_nanoton bigint NOT NULL DEFAULT 0,
  pending_nanoton bigint NOT NULL DEFAULT 0,
  paid_nanoton bigint NOT NULL DEFAULT 0,
  -- Payouts that were made because the threshold was reached.
  periods integer NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

-- One external message of the treasury's wallet. A wallet takes each number once, so of all messages with the number of a
-- batch at most one is ever applied, whenever and however often they are sent.
CREATE TABLE batches (
  batch_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  seqno bigint NOT NULL,
  state text NOT NULL DEFAULT 'open',
  -- The message sent last, and the digests of all that were sent with this number.
  message text,
  digests text[] NOT NULL DEFAULT '{}',
  valid_until timestamptz,
  transaction_hash text,
  transaction_lt text,
  -- A height of the chain at which its transaction was certainly in a block.
  seen_height bigint,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX batches_unfinished ON batches (batch_id) WHERE state <> 'closed';

CREATE TABLE payouts (
  payout_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  idempotency_key text UNIQUE,
  account text NOT NULL,
  period integer,
  amount_nanoton bigint NOT NULL,
  run text,
  correlation_id text NOT NULL,
  -- accepted, sent, confirmed or failed.
  state text NOT NULL DEFAULT 'accepted',
  -- The batch that it is in; null while it waits for one.
  batch_id bigint,
  attempts integer NOT NULL DEFAULT 0,
  accepted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  sent_at timestamptz,
  ended_at timestamptz,
  transaction_hash text,
  depth integer,
  reason text,
  UNIQUE (account, period)
) WITH (fillfactor = 60);
CREATE INDEX payouts_waiting ON payouts (payout_id) WHERE batch_id IS NULL AND state IN ('accepted', 'sent');
CREATE INDEX payouts_of_batch ON payouts (batch_id) WHERE state = 'sent';
CREATE INDEX payouts_of_account ON payouts (account, payout_id);

-- Takes a payout on request: new, known (the key was used before, whatever for) or insufficient.
CREATE FUNCTION request_payout(
  wanted_key text, payee text, wanted_nanoton bigint, run_label text, correlation text, overdraft_nanoton bigint
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  available bigint;
BEGIN
  -- One request of an account at a time: nobody else can spend the same money, or use the same key for it.
  SELECT gross_nanoton - fee_nanoton - pending_nanoton - paid_nanoton INTO available
    FROM accounts WHERE account = payee FOR UPDATE;
  IF EXISTS (SELECT 1 FROM payouts WHERE idempotency_key = wanted_key) THEN RETURN 'known'; END IF;
  IF available IS NULL OR available + overdraft_nanoton < wanted_nanoton THEN RETURN 'insufficient'; END IF;
  INSERT INTO payouts (idempotency_key, account, amount_nanoton, run, correlation_id)
    VALUES (wanted_key, payee, wanted_nanoton, run_label, correlation);
  UPDATE accounts SET pending_nanoton = pending_nanoton + wanted_nanoton WHERE account = payee;
  RETURN 'new';
EXCEPTION WHEN unique_violation THEN
  -- Another account used the key at this very moment.
  RETURN 'known';
END
$$;
