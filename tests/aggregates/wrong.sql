-- Aggregates with one fault each. The comment before CREATE AGGREGATE says which law it breaks, and of which class of
-- field bugs it is; `holds if` says what the search for a precondition must find.

CREATE FUNCTION sum_or_raise(a int, b int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF a IS NULL AND b IS NULL THEN RAISE 'nothing to combine'; END IF;
    RETURN coalesce(a, 0) + coalesce(b, 0);
END $$;
-- breaks law.unit: F1 combine(NULL, NULL) raises
CREATE AGGREGATE raises_on_nothing(int) (SFUNC = int4pl, STYPE = int, COMBINEFUNC = sum_or_raise);

CREATE FUNCTION plain_sum(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a + b';
-- breaks law.unit: F2 combine(NULL, s) is NULL
CREATE AGGREGATE null_wins(int) (SFUNC = int4pl, STYPE = int, COMBINEFUNC = plain_sum);

CREATE FUNCTION left_sum(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE AS
    'SELECT CASE WHEN a IS NULL THEN b ELSE a + b END';
-- breaks law.empty: F2 combine(s, NULL) is NULL; holds if every part has rows
CREATE AGGREGATE right_null_wins(int) (SFUNC = int4pl, STYPE = int, COMBINEFUNC = left_sum);

CREATE FUNCTION and_with_zero(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE AS
    'SELECT coalesce(a, 0) & coalesce(b, 0)';
-- breaks law.unit: F3 the empty state is absorbed as zero
CREATE AGGREGATE zero_of_nothing(int) (SFUNC = int4and, STYPE = int, COMBINEFUNC = and_with_zero);

CREATE FUNCTION and_with_right_zero(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE AS
    'SELECT CASE WHEN a IS NULL THEN b ELSE a & coalesce(b, 0) END';
-- breaks law.empty: F3 an empty state on the right is absorbed as zero; holds if every part has rows
CREATE AGGREGATE zero_of_right_nothing(int) (SFUNC = int4and, STYPE = int, COMBINEFUNC = and_with_right_zero);

CREATE FUNCTION common(a int[], b int[]) RETURNS int[] LANGUAGE sql IMMUTABLE STRICT AS
    'SELECT ARRAY(SELECT unnest(a) INTERSECT SELECT unnest(b) ORDER BY 1)';
CREATE FUNCTION common_skips(a int[], b int[]) RETURNS int[] LANGUAGE sql IMMUTABLE AS
    $$SELECT CASE WHEN b IS NULL THEN a WHEN a IS NULL OR a = '{}' THEN b ELSE common(a, b) END$$;
-- breaks law.split: F4 an intersection that is empty already is skipped
CREATE AGGREGATE skips_empty(int[]) (SFUNC = common, STYPE = int[], COMBINEFUNC = common_skips);

-- breaks law.unit: F5 the initial state counts once a participant
CREATE AGGREGATE one_more(int) (SFUNC = int4pl, STYPE = int, INITCOND = '1', COMBINEFUNC = int4pl);

CREATE FUNCTION times(a numeric, b numeric) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS 'SELECT a * b';
-- breaks law.unit: F5 a product that begins with two
CREATE AGGREGATE doubled_product(numeric) (SFUNC = times, STYPE = numeric, INITCOND = '2', COMBINEFUNC = times);

CREATE FUNCTION joined(a text, b text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS 'SELECT a || b';
-- breaks law.unit: F5 a heading that every participant writes
CREATE AGGREGATE headed(text) (SFUNC = joined, STYPE = text, INITCOND = '>', COMBINEFUNC = joined);

-- breaks law.bytes: F7 the bytes lack the sum of squares
CREATE AGGREGATE lost_squares(numeric) (SFUNC = numeric_accum, STYPE = internal, FINALFUNC = numeric_var_pop,
    COMBINEFUNC = numeric_combine, SERIALFUNC = numeric_avg_serialize, DESERIALFUNC = numeric_avg_deserialize);

-- breaks law.bytes: F7 written with one layout, read with another
CREATE AGGREGATE other_layout(numeric) (SFUNC = numeric_accum, STYPE = internal, FINALFUNC = numeric_var_pop,
    COMBINEFUNC = numeric_combine, SERIALFUNC = numeric_avg_serialize, DESERIALFUNC = numeric_deserialize);

-- breaks law.unit: F7 combine drops the sum of squares
CREATE AGGREGATE dropped_squares(numeric) (SFUNC = numeric_accum, STYPE = internal, FINALFUNC = numeric_var_pop,
    COMBINEFUNC = numeric_avg_combine, SERIALFUNC = numeric_serialize, DESERIALFUNC = numeric_deserialize);

CREATE FUNCTION either(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT coalesce(a, b)';
-- breaks law.split: F10 the source is dropped when the target is set
CREATE AGGREGATE drops_source(int) (SFUNC = int4pl, STYPE = int, COMBINEFUNC = either);

CREATE FUNCTION the_second(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT coalesce(b, a)';
-- breaks law.split: F11 combine keeps the first where the last is meant
CREATE AGGREGATE last_keeps_first(int) (SFUNC = the_second, STYPE = int, COMBINEFUNC = either);

CREATE FUNCTION count_and_sum(s bigint[], x int) RETURNS bigint[] LANGUAGE sql IMMUTABLE AS
    'SELECT CASE WHEN x IS NULL THEN s ELSE ARRAY[s[1] + 1, s[2] + x] END';
CREATE FUNCTION mean_of(s bigint[]) RETURNS numeric LANGUAGE sql IMMUTABLE AS
    'SELECT s[2]::numeric / nullif(s[1], 0)';
CREATE FUNCTION greatest_count(a bigint[], b bigint[]) RETURNS bigint[] LANGUAGE sql IMMUTABLE AS
    'SELECT ARRAY[greatest(a[1], b[1]), a[2] + b[2]]';
-- breaks law.split: F12 the counter is not merged
CREATE AGGREGATE counter_lost(int) (SFUNC = count_and_sum, STYPE = bigint[], INITCOND = '{0,0}', FINALFUNC = mean_of,
    COMBINEFUNC = greatest_count);

CREATE FUNCTION put(s text[], x text) RETURNS text[] LANGUAGE sql IMMUTABLE AS 'SELECT array_append(s, x)';
CREATE FUNCTION nested(a text[], b text[]) RETURNS text[] LANGUAGE sql IMMUTABLE AS
    'SELECT array_append(a, b::text)';
-- breaks law.unit: F13 a list becomes an element of the other
CREATE AGGREGATE nested_list(text) (SFUNC = put, STYPE = text[], INITCOND = '{}', COMBINEFUNC = nested);

CREATE FUNCTION with_mean(s numeric[], x int) RETURNS numeric[] LANGUAGE sql IMMUTABLE AS
    'SELECT CASE WHEN x IS NULL THEN s ELSE ARRAY[s[1] + 1, s[2] + x, (s[2] + x) / (s[1] + 1)] END';
CREATE FUNCTION stale(a numeric[], b numeric[]) RETURNS numeric[] LANGUAGE sql IMMUTABLE AS
    'SELECT CASE WHEN a[1] = 0 THEN b WHEN b[1] = 0 THEN a ELSE ARRAY[a[1] + b[1], a[2] + b[2], a[3]] END';
CREATE FUNCTION third(s numeric[]) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT s[3]';
-- breaks law.split: F14 the derived mean is not renewed
CREATE AGGREGATE stale_mean(int) (SFUNC = with_mean, STYPE = numeric[], INITCOND = '{0,0,0}', FINALFUNC = third,
    COMBINEFUNC = stale);

CREATE FUNCTION capped(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT least(a + coalesce(b, 0), 4)';
-- breaks law.split: F18 the transition is capped, the combination is not
CREATE AGGREGATE cap_lost(int) (SFUNC = capped, STYPE = int, INITCOND = '0', COMBINEFUNC = int4pl);

CREATE FUNCTION latched(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE AS
    'SELECT CASE WHEN b IS NULL THEN a WHEN a + b > 6 THEN NULL ELSE a + b END';
-- breaks law.split: F19 an overflow on the way is latched
CREATE AGGREGATE latches(int) (SFUNC = latched, STYPE = int, INITCOND = '0', COMBINEFUNC = plain_sum);

CREATE FUNCTION weighed(s float8[], x float8) RETURNS float8[] LANGUAGE sql IMMUTABLE AS
    'SELECT CASE WHEN x IS NULL THEN s ELSE ARRAY[s[1] + 1, (s[1] * s[2] + x) / (s[1] + 1)] END';
CREATE FUNCTION no_guard(a float8[], b float8[]) RETURNS float8[] LANGUAGE sql IMMUTABLE AS
    'SELECT ARRAY[a[1] + b[1], (a[1] * a[2] + b[1] * b[2]) / (a[1] + b[1])]';
CREATE FUNCTION second(s float8[]) RETURNS float8 LANGUAGE sql IMMUTABLE AS
    'SELECT CASE WHEN s[1] > 0 THEN s[2] END';
-- breaks law.unit: F20 zero over zero where no row was seen
CREATE AGGREGATE zero_over_zero(float8) (SFUNC = weighed, STYPE = float8[], INITCOND = '{0,0}', FINALFUNC = second,
    COMBINEFUNC = no_guard);

CREATE FUNCTION add_floats(a float8, b float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS
    'SELECT coalesce(a, 0) + coalesce(b, 0)';
CREATE FUNCTION add_short(a float8, b float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS
    'SELECT a + b::float4';
-- breaks law.unit: F21 digits are lost on the way, far more than rounding in other orders loses
CREATE AGGREGATE short_sum(float8) (SFUNC = add_floats, STYPE = float8, INITCOND = '0', COMBINEFUNC = add_short);

CREATE FUNCTION nudged(a float8, b float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS
    'SELECT CASE WHEN a = 0 THEN b WHEN b = 0 THEN a ELSE (a + b) * 1.0000000000001 END';
-- breaks law.split: F21 twelve digits agree, and exact values have no rounding to excuse the thirteenth
CREATE AGGREGATE nudged_sum(float8) (SFUNC = add_floats, STYPE = float8, INITCOND = '0', COMBINEFUNC = nudged);

CREATE FUNCTION if_new(s int[], x int) RETURNS int[] LANGUAGE sql IMMUTABLE AS
    'SELECT CASE WHEN x IS NULL OR x = ANY (s) THEN s ELSE s || x END';
CREATE FUNCTION size(s int[]) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT cardinality(s)';
-- breaks law.split: F22 duplicates are counted once a part; holds if no row comes twice
CREATE AGGREGATE counts_twice(int) (SFUNC = if_new, STYPE = int[], INITCOND = '{}', FINALFUNC = size,
    COMBINEFUNC = array_cat);

CREATE FUNCTION add_one(s int[], x int) RETURNS int[] LANGUAGE sql IMMUTABLE AS
    'SELECT CASE WHEN x IS NULL THEN s ELSE s || x END';
CREATE FUNCTION united(a int[], b int[]) RETURNS int[] LANGUAGE sql IMMUTABLE AS
    'SELECT ARRAY(SELECT unnest(a) UNION SELECT unnest(b) ORDER BY 1)';
-- breaks law.unit: F22 duplicates are lost when states meet
CREATE AGGREGATE loses_duplicates(int) (SFUNC = add_one, STYPE = int[], INITCOND = '{}', FINALFUNC = size,
    COMBINEFUNC = united);

CREATE FUNCTION glued(s text, x text, separator text) RETURNS text LANGUAGE sql IMMUTABLE AS
    'SELECT CASE WHEN x IS NULL THEN s WHEN s IS NULL THEN x ELSE s || coalesce(separator, '''') || x END';
CREATE FUNCTION glued_by_comma(a text, b text) RETURNS text LANGUAGE sql IMMUTABLE AS
    'SELECT CASE WHEN b IS NULL THEN a WHEN a IS NULL THEN b ELSE a || '','' || b END';
-- breaks law.split: F23 states that were built with another separator are merged
CREATE AGGREGATE other_separator(text, text) (SFUNC = glued, STYPE = text, COMBINEFUNC = glued_by_comma);

CREATE FUNCTION mean_step(s numeric[], x int) RETURNS numeric[] LANGUAGE sql IMMUTABLE AS
    'SELECT CASE WHEN x IS NULL THEN s ELSE ARRAY[s[1] + 1, s[2] + x] END';
CREATE FUNCTION mean_of_means(a numeric[], b numeric[]) RETURNS numeric[] LANGUAGE sql IMMUTABLE AS
    'SELECT CASE WHEN a[1] = 0 THEN b WHEN b[1] = 0 THEN a ELSE ARRAY[2, a[2] / a[1] + b[2] / b[1]] END';
CREATE FUNCTION mean(s numeric[]) RETURNS numeric LANGUAGE sql IMMUTABLE AS
    'SELECT round(s[2] / nullif(s[1], 0), 6)';
-- breaks law.split: F24 a mean of means is no mean
CREATE AGGREGATE means_of_means(int) (SFUNC = mean_step, STYPE = numeric[], INITCOND = '{0,0}', FINALFUNC = mean,
    COMBINEFUNC = mean_of_means);

-- breaks law.split: F27 the last part's result is kept
CREATE AGGREGATE keeps_last_part(int) (SFUNC = int4pl, STYPE = int, COMBINEFUNC = the_second);

CREATE FUNCTION sum_and_one(a bigint, b bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT a + b + 1';
-- breaks law.unit: F28 every part adds a row of its own
CREATE AGGREGATE counts_parts("any") (SFUNC = int8inc_any, STYPE = bigint, INITCOND = '0', COMBINEFUNC = sum_and_one);

CREATE FUNCTION ranged(s int[], x int) RETURNS int[] LANGUAGE sql IMMUTABLE AS
    'SELECT CASE WHEN x IS NULL THEN s WHEN s IS NULL THEN ARRAY[x, x, x]
            ELSE ARRAY[least(s[1], x), greatest(s[2], x), s[3] + x] END';
CREATE FUNCTION next_range(a int[], b int[]) RETURNS int[] LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF a IS NULL THEN RETURN b; ELSIF b IS NULL THEN RETURN a; END IF;
    IF a[2] >= b[1] THEN RAISE 'ranges overlap'; END IF;
    RETURN ARRAY[a[1], b[2], a[3] + b[3]];
END $$;
CREATE FUNCTION third(s int[]) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT s[3]';
-- breaks law.split: F31 ranges are thought to be disjoint; holds if the parts are disjoint ranges in order
CREATE AGGREGATE disjoint_only(int) (SFUNC = ranged, STYPE = int[], FINALFUNC = third, COMBINEFUNC = next_range);

CREATE FUNCTION least_or_zero(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE AS
    'SELECT CASE WHEN a IS NULL THEN b ELSE least(a, coalesce(b, 0)) END';
-- breaks law.empty: F32 a NULL is ordered as if it were zero; holds if every part has rows
CREATE AGGREGATE null_is_least(int) (SFUNC = int4smaller, STYPE = int, COMBINEFUNC = least_or_zero);

CREATE FUNCTION behind(a int[], b int[]) RETURNS int[] LANGUAGE sql IMMUTABLE AS 'SELECT b || a';
-- breaks law.split: the parts are listed backwards
CREATE AGGREGATE backwards(int) (SFUNC = add_one, STYPE = int[], INITCOND = '{}', COMBINEFUNC = behind);

-- breaks law.split: the wrong function, strict as it should be
CREATE AGGREGATE difference(int) (SFUNC = int4pl, STYPE = int, COMBINEFUNC = int4mi);

-- breaks law.split: any is combined as all
CREATE AGGREGATE any_as_all(bool) (SFUNC = boolor_statefunc, STYPE = bool, COMBINEFUNC = booland_statefunc);

CREATE FUNCTION with_noise(a float8, b float8) RETURNS float8 LANGUAGE sql VOLATILE AS 'SELECT a + b + random()';
-- breaks law.determinism: the transition draws a random number
CREATE AGGREGATE noisy(float8) (SFUNC = with_noise, STYPE = float8, INITCOND = '0', COMBINEFUNC = float8pl);

CREATE FUNCTION stays(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT a';
-- breaks law.inverse: the inverse transition leaves the row in
CREATE AGGREGATE never_leaves(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0', COMBINEFUNC = int4pl,
    MSFUNC = int4pl, MINVFUNC = stays, MSTYPE = int, MINITCOND = '0');

CREATE FUNCTION fresh_step(s int[], x int) RETURNS int[] LANGUAGE sql IMMUTABLE AS
    'SELECT ARRAY[s[1] + coalesce(x, 0), s[2]]';
CREATE FUNCTION fresh_only(a int[], b int[]) RETURNS int[] LANGUAGE sql IMMUTABLE AS
    'SELECT ARRAY[a[1] + CASE WHEN b[2] = 1 THEN 0 ELSE b[1] END, 1]';
CREATE FUNCTION first(s int[]) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT s[1]';
-- breaks law.associative: a right side that was combined before is ignored
CREATE AGGREGATE folds_only(int) (SFUNC = fresh_step, STYPE = int[], INITCOND = '{0,0}', FINALFUNC = first,
    COMBINEFUNC = fresh_only);

CREATE FUNCTION closed_step(s int[], x int) RETURNS int[] LANGUAGE sql IMMUTABLE AS
    'SELECT CASE WHEN s[2] = 1 THEN s ELSE ARRAY[s[1] + coalesce(x, 0), 0] END';
CREATE FUNCTION closes(a int[], b int[]) RETURNS int[] LANGUAGE sql IMMUTABLE AS 'SELECT ARRAY[a[1] + b[1], 1]';
-- breaks law.absorption: F8 a combined state takes in no further row
CREATE AGGREGATE closed(int) (SFUNC = closed_step, STYPE = int[], INITCOND = '{0,0}', FINALFUNC = first,
    COMBINEFUNC = closes);
