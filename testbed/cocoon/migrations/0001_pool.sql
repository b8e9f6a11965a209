-- Up Migration

CREATE TABLE workers (
  worker_id text PRIMARY KEY,
  name text NOT NULL,
  gpu_model text NOT NULL,
  memory_mb integer NOT NULL,
  run text,
  -- Where what it earns is paid to, and from which sum on without being asked; null: its own id, and never.
  account text,
  threshold_nanoton bigint,
  registered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  left_at timestamptz
) WITH (fillfactor = 60);
-- last_seen_at has no index on purpose: its updates then stay within the page.
CREATE INDEX workers_present ON workers (worker_id) WHERE left_at IS NULL;

CREATE TABLE tasks (
  task_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  idempotency_key text NOT NULL UNIQUE,
  body_digest text NOT NULL,
  client_id text NOT NULL,
  run text,
  state text NOT NULL DEFAULT 'queued',
  memory_mb integer NOT NULL,
  priority integer NOT NULL,
  prompt text NOT NULL,
  -- Where the task stands in the queue, least first. It never changes, so that waiting is enough to come first.
  order_key double precision NOT NULL,
  accepted_at timestamptz NOT NULL,
  queued_at timestamptz NOT NULL,
  assigned_at timestamptz,
  ended_at timestamptz,
  able_idle_ms double precision NOT NULL DEFAULT 0,
  attempts integer NOT NULL DEFAULT 0,
  worker_id text,
  lease_id uuid,
  lease_expires_at timestamptz,
  output text,
  reason text
) WITH (fillfactor = 80);
CREATE INDEX tasks_queued ON tasks (order_key, task_id) WHERE state = 'queued';
CREATE INDEX tasks_leased ON tasks (lease_expires_at) WHERE state = 'running';
CREATE INDEX tasks_held ON tasks (worker_id) WHERE state = 'running';

-- Counts per minute, a row per writer and kind, so that no two writers wait for each other's row.
CREATE TABLE task_minutes (
  minute timestamptz NOT NULL,
  writer text NOT NULL,
  kind text NOT NULL,
  tasks bigint NOT NULL,
  wait_ms double precision NOT NULL DEFAULT 0,
  PRIMARY KEY (minute, writer, kind)
) WITH (fillfactor = 50);

-- When a worker was seen idle in a poll although a task that it could run was waiting. Written only in that case.
CREATE UNLOGGED TABLE idle_spans (
  poll_id text PRIMARY KEY,
  memory_mb integer NOT NULL,
  starts timestamptz NOT NULL,
  ends timestamptz NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE payout_outbox (
  outbox_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  task_id bigint NOT NULL,
  worker_id text NOT NULL,
  memory_mb integer NOT NULL,
  correlation_id text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- For how many ms since from_time an able worker was idle: the union of what the spans say and of what the caller's
-- own pollers did until now (arrays side by side: memory and time spent idle).
CREATE FUNCTION able_idle_since(
  from_time timestamptz, until_time timestamptz, needed_mb integer, poller_memories integer[], poller_idle_ms integer[]
) RETURNS double precision LANGUAGE sql STABLE AS $$
  SELECT coalesce(sum(extract(epoch FROM upper(span) - lower(span))) * 1000, 0)::double precision
  FROM (
    SELECT unnest(range_agg(tstzrange(starts, ends))) AS span FROM (
      SELECT greatest(starts, from_time) AS starts, least(ends, until_time) AS ends
      FROM idle_spans WHERE ends > from_time AND memory_mb >= needed_mb
      UNION ALL
      SELECT greatest(until_time - idle_ms * interval '1 millisecond', from_time), until_time
      FROM unnest(poller_memories, poller_idle_ms) AS poller(memory_mb, idle_ms) WHERE memory_mb >= needed_mb
    ) AS seen WHERE starts < ends
  ) AS united
$$;

-- Hands waiting tasks to the offered workers: the first worker gets the first task that fits its memory, and so on.
CREATE FUNCTION claim_tasks(
  worker_ids text[], memories integer[], poller_memories integer[], poller_idle_ms integer[], lease_ms integer
) RETURNS TABLE (
  worker_id text, task_id bigint, lease_id uuid, lease_expires_at timestamptz, memory_mb integer, priority integer, prompt text
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  moment timestamptz;
  picked record;
  nothing_up_to integer := 0;
BEGIN
  FOR place IN 1 .. cardinality(worker_ids) LOOP
    CONTINUE WHEN memories[place] <= nothing_up_to;
    SELECT queue.task_id, queue.queued_at, queue.memory_mb INTO picked
      FROM tasks AS queue
      WHERE queue.state = 'queued' AND queue.memory_mb <= memories[place]
      ORDER BY queue.order_key, queue.task_id LIMIT 1
      FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
      nothing_up_to := memories[place];
      CONTINUE;
    END IF;
    moment := clock_timestamp();
    RETURN QUERY UPDATE tasks AS given SET
        state = 'running',
        attempts = given.attempts + 1,
        assigned_at = coalesce(given.assigned_at, moment),
        able_idle_ms = given.able_idle_ms
          + able_idle_since(picked.queued_at, moment, picked.memory_mb, poller_memories, poller_idle_ms),
        worker_id = worker_ids[place],
        lease_id = gen_random_uuid(),
        lease_expires_at = moment + lease_ms * interval '1 millisecond'
      WHERE given.task_id = picked.task_id
      RETURNING given.worker_id, given.task_id, given.lease_id, given.lease_expires_at,
        given.memory_mb, given.priority, given.prompt;
  END LOOP;
END
$$;
