-- Aggregates without a fault: the comment says how their answers depend on the order of rows.

-- any order, but for overflow on the way
CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0', COMBINEFUNC = int4pl, PARALLEL = SAFE);
-- any order, but for overflow on the way
CREATE AGGREGATE total_or_null(int) (SFUNC = int4pl, STYPE = int, COMBINEFUNC = int4pl, PARALLEL = SAFE);
-- any order
CREATE AGGREGATE least_of(int) (SFUNC = int4smaller, STYPE = int, COMBINEFUNC = int4smaller, PARALLEL = SAFE);
-- any order
CREATE AGGREGATE latest(date) (SFUNC = date_larger, STYPE = date, COMBINEFUNC = date_larger, PARALLEL = SAFE);
-- any order
CREATE AGGREGATE greatest_text(text) (SFUNC = text_larger, STYPE = text, COMBINEFUNC = text_larger);
-- any order
CREATE AGGREGATE how_many("any") (SFUNC = int8inc_any, STYPE = bigint, INITCOND = '0', COMBINEFUNC = int8pl);
-- any order
CREATE AGGREGATE rows_seen(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = '0', COMBINEFUNC = int8pl, PARALLEL = SAFE);
-- any order
CREATE AGGREGATE all_true(bool) (SFUNC = booland_statefunc, STYPE = bool, COMBINEFUNC = booland_statefunc);
-- any order
CREATE AGGREGATE all_bits(int) (SFUNC = int4and, STYPE = int, COMBINEFUNC = int4and);
-- any order
CREATE AGGREGATE sum_of(numeric) (SFUNC = numeric_add, STYPE = numeric, INITCOND = '0', COMBINEFUNC = numeric_add);
-- input order only
CREATE AGGREGATE all_text(text) (SFUNC = textcat, STYPE = text, COMBINEFUNC = textcat);
-- any order
CREATE AGGREGATE mean_of(numeric) (SFUNC = numeric_avg_accum, STYPE = internal, FINALFUNC = numeric_avg,
    COMBINEFUNC = numeric_avg_combine, SERIALFUNC = numeric_avg_serialize, DESERIALFUNC = numeric_avg_deserialize,
    PARALLEL = SAFE);
-- any order
CREATE AGGREGATE spread_of(bigint) (SFUNC = int8_accum, STYPE = internal, FINALFUNC = numeric_var_samp,
    COMBINEFUNC = numeric_combine, SERIALFUNC = numeric_serialize, DESERIALFUNC = numeric_deserialize);
-- any order, but for the last digits of floats
CREATE AGGREGATE spread_of(float8) (SFUNC = float8_accum, STYPE = float8[], INITCOND = '{0,0,0}',
    FINALFUNC = float8_var_samp, COMBINEFUNC = float8_combine, PARALLEL = SAFE);
-- any order
CREATE AGGREGATE span_of(int4range) (SFUNC = range_merge, STYPE = int4range, COMBINEFUNC = range_merge);
-- any order, but for overflow on the way
CREATE AGGREGATE time_of(interval) (SFUNC = interval_pl, STYPE = interval, COMBINEFUNC = interval_pl);

CREATE FUNCTION put_one(s int[], x int) RETURNS int[] LANGUAGE sql IMMUTABLE AS
    'SELECT CASE WHEN x IS NULL THEN s ELSE s || x END';
-- input order only
CREATE AGGREGATE list_of(int) (SFUNC = put_one, STYPE = int[], INITCOND = '{}', COMBINEFUNC = array_cat);

CREATE FUNCTION set_of(a int[], b int[]) RETURNS int[] LANGUAGE sql IMMUTABLE AS
    'SELECT ARRAY(SELECT unnest(a) UNION SELECT unnest(b) ORDER BY 1)';
CREATE FUNCTION put_new(s int[], x int) RETURNS int[] LANGUAGE sql IMMUTABLE AS
    'SELECT CASE WHEN x IS NULL THEN s ELSE set_of(s, ARRAY[x]) END';
-- any order
CREATE AGGREGATE set_of(int) (SFUNC = put_new, STYPE = int[], INITCOND = '{}', COMBINEFUNC = set_of);

CREATE FUNCTION in_both(a int[], b int[]) RETURNS int[] LANGUAGE sql IMMUTABLE STRICT AS
    'SELECT ARRAY(SELECT unnest(a) INTERSECT SELECT unnest(b) ORDER BY 1)';
-- any order
CREATE AGGREGATE in_all(int[]) (SFUNC = in_both, STYPE = int[], COMBINEFUNC = in_both);

CREATE FUNCTION keep_first(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT coalesce(a, b)';
CREATE FUNCTION keep_last(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT coalesce(b, a)';
-- input order only
CREATE AGGREGATE first_of(int) (SFUNC = keep_first, STYPE = int, COMBINEFUNC = keep_first);
-- input order only
CREATE AGGREGATE last_of(int) (SFUNC = keep_last, STYPE = int, COMBINEFUNC = keep_last);

CREATE FUNCTION weigh(s numeric[], x int, weight int) RETURNS numeric[] LANGUAGE sql IMMUTABLE STRICT AS
    'SELECT ARRAY[s[1] + weight, s[2] + x::numeric * weight]';
CREATE FUNCTION add_pairs(a numeric[], b numeric[]) RETURNS numeric[] LANGUAGE sql IMMUTABLE AS
    'SELECT ARRAY[a[1] + b[1], a[2] + b[2]]';
CREATE FUNCTION ratio(s numeric[]) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT s[2] / nullif(s[1], 0)';
-- any order
CREATE AGGREGATE weighted_mean(int, int) (SFUNC = weigh, STYPE = numeric[], INITCOND = '{0,0}', FINALFUNC = ratio,
    COMBINEFUNC = add_pairs);

CREATE FUNCTION add_logarithm(s float8[], x float8) RETURNS float8[] LANGUAGE sql IMMUTABLE AS
    'SELECT CASE WHEN x IS NULL THEN s ELSE ARRAY[s[1] + 1, s[2] + ln(abs(x) + 1)] END';
CREATE FUNCTION add_float_pairs(a float8[], b float8[]) RETURNS float8[] LANGUAGE sql IMMUTABLE AS
    'SELECT ARRAY[a[1] + b[1], a[2] + b[2]]';
CREATE FUNCTION exponential(s float8[]) RETURNS float8 LANGUAGE sql IMMUTABLE AS
    'SELECT CASE WHEN s[1] > 0 THEN exp(s[2] / s[1]) END';
-- any order, but for the last digits of floats
CREATE AGGREGATE geometric_mean(float8) (SFUNC = add_logarithm, STYPE = float8[], INITCOND = '{0,0}',
    FINALFUNC = exponential, COMBINEFUNC = add_float_pairs);

-- any order, but for overflow on the way
CREATE AGGREGATE sliding_total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0', COMBINEFUNC = int4pl,
    MSFUNC = int4pl, MINVFUNC = int4mi, MSTYPE = int, MINITCOND = '0');

CREATE TYPE mood AS ENUM ('low', 'middle', 'high');
-- any order
CREATE AGGREGATE best_mood(mood) (SFUNC = enum_larger, STYPE = mood, COMBINEFUNC = enum_larger);

CREATE DOMAIN small AS int CHECK (VALUE BETWEEN -3 AND 3);
CREATE FUNCTION add_small(s int, x small) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT s + x';
-- any order
CREATE AGGREGATE small_total(small) (SFUNC = add_small, STYPE = int, INITCOND = '0', COMBINEFUNC = int4pl);

CREATE FUNCTION append_any(s anyarray, x anyelement) RETURNS anyarray LANGUAGE sql IMMUTABLE AS
    'SELECT array_append(s, x)';
CREATE FUNCTION cat_any(a anyarray, b anyarray) RETURNS anyarray LANGUAGE sql IMMUTABLE AS 'SELECT array_cat(a, b)';
-- input order only
CREATE AGGREGATE everything(anyelement) (SFUNC = append_any, STYPE = anyarray, INITCOND = '{}', COMBINEFUNC = cat_any);
