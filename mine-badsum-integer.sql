-- mine.badsum(integer) breaks [law.unit] one state, combined with the initial one, is unchanged: 3 is not 2
BEGIN;
CREATE TEMP TABLE parts (part int, c int, x1 integer) PARTITION BY LIST (part);
CREATE TEMP TABLE part0 PARTITION OF parts FOR VALUES IN (0);
CREATE TEMP TABLE part1 PARTITION OF parts FOR VALUES IN (1);
INSERT INTO parts VALUES (0, 1, 1);
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT c, mine.badsum(x1) FROM parts GROUP BY c; -- one pass
SET LOCAL enable_partitionwise_aggregate = on;
EXPLAIN (COSTS OFF) SELECT c, mine.badsum(x1) FROM parts GROUP BY c;
SELECT c, mine.badsum(x1) FROM parts GROUP BY c; -- one state a part
ROLLBACK;
