-- For each rule an aggregate that breaks it and one that does not: lint.RULE_bad, lint.RULE_good.
CREATE SCHEMA lint;
SET search_path = lint, pg_catalog;

CREATE FUNCTION plus(int, int) RETURNS int LANGUAGE sql STRICT IMMUTABLE PARALLEL SAFE AS 'SELECT $1 + $2';
CREATE FUNCTION lax(int, int) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT $1 + $2';
CREATE FUNCTION whole(int, int) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS 'SELECT coalesce($1 + $2, $1, $2)';
CREATE FUNCTION unlabelled(int, int) RETURNS int LANGUAGE sql STRICT IMMUTABLE AS 'SELECT $1 + $2';
CREATE FUNCTION restricted(int, int) RETURNS int LANGUAGE sql STRICT IMMUTABLE PARALLEL RESTRICTED AS 'SELECT $1 + $2';
CREATE FUNCTION dice(int, int) RETURNS int LANGUAGE sql STRICT VOLATILE PARALLEL SAFE AS 'SELECT $1 + $2';
CREATE FUNCTION same(int) RETURNS int LANGUAGE sql STRICT IMMUTABLE PARALLEL SAFE AS 'SELECT $1';
CREATE FUNCTION minus(int, int) RETURNS int LANGUAGE sql STRICT IMMUTABLE PARALLEL SAFE AS 'SELECT $1 - $2';
CREATE FUNCTION lax_minus(int, int) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS 'SELECT $1 - coalesce($2, 0)';
CREATE FUNCTION joined(text, text) RETURNS varchar LANGUAGE sql STRICT IMMUTABLE PARALLEL SAFE AS 'SELECT $1 || $2';
CREATE FUNCTION raising(int, int) RETURNS int LANGUAGE plpgsql STRICT IMMUTABLE PARALLEL SAFE
    AS $$ BEGIN RAISE EXCEPTION 'no combining'; END $$;
CREATE FUNCTION lax_serialize(internal) RETURNS bytea LANGUAGE internal IMMUTABLE PARALLEL SAFE
    AS 'int8_avg_serialize';
CREATE FUNCTION lax_deserialize(bytea, internal) RETURNS internal LANGUAGE internal IMMUTABLE PARALLEL SAFE
    AS 'int8_avg_deserialize';

CREATE AGGREGATE safe_without_combine_bad(int) (SFUNC = plus, STYPE = int, PARALLEL = SAFE);
CREATE AGGREGATE safe_without_combine_good(int) (SFUNC = plus, STYPE = int);

CREATE AGGREGATE combine_without_safe_bad(int) (SFUNC = unlabelled, STYPE = int, COMBINEFUNC = plus, INITCOND = '0');
CREATE AGGREGATE combine_without_safe_good(int) (SFUNC = plus, STYPE = int, COMBINEFUNC = plus, PARALLEL = SAFE);

CREATE AGGREGATE internal_without_bytes_bad(int8) (
    SFUNC = int8_avg_accum, STYPE = internal, FINALFUNC = numeric_poly_avg, COMBINEFUNC = int8_avg_combine, PARALLEL = SAFE);
CREATE AGGREGATE internal_without_bytes_good(int8) (
    SFUNC = int8_avg_accum, STYPE = internal, FINALFUNC = numeric_poly_avg, COMBINEFUNC = int8_avg_combine,
    SERIALFUNC = int8_avg_serialize, DESERIALFUNC = int8_avg_deserialize, PARALLEL = SAFE);

CREATE AGGREGATE bytes_take_null_bad(int8) (
    SFUNC = int8_avg_accum, STYPE = internal, FINALFUNC = numeric_poly_avg, COMBINEFUNC = int8_avg_combine,
    SERIALFUNC = lax_serialize, DESERIALFUNC = lax_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE bytes_take_null_good(int8) (
    SFUNC = int8_avg_accum, STYPE = internal, SSPACE = 48, FINALFUNC = numeric_poly_sum, COMBINEFUNC = int8_avg_combine,
    SERIALFUNC = int8_avg_serialize, DESERIALFUNC = int8_avg_deserialize, PARALLEL = SAFE);

CREATE AGGREGATE combine_takes_null_bad(int) (SFUNC = plus, STYPE = int, COMBINEFUNC = lax, PARALLEL = SAFE);
CREATE AGGREGATE combine_takes_null_good(int) (
    SFUNC = plus, STYPE = int, COMBINEFUNC = lax, INITCOND = '0', PARALLEL = SAFE);

CREATE AGGREGATE strict_combine_loses_null_bad(int) (SFUNC = lax, STYPE = int, COMBINEFUNC = plus, INITCOND = '0', PARALLEL = SAFE);
CREATE AGGREGATE strict_combine_loses_null_good(int) (SFUNC = lax, STYPE = int, COMBINEFUNC = lax, INITCOND = '0', PARALLEL = SAFE);

CREATE AGGREGATE unsafe_support_in_worker_bad(int) (SFUNC = unlabelled, STYPE = int, COMBINEFUNC = plus, PARALLEL = SAFE);
CREATE AGGREGATE unsafe_support_in_worker_good(int) (SFUNC = unlabelled, STYPE = int);

CREATE AGGREGATE unsafe_support_in_leader_bad(int) (SFUNC = plus, STYPE = int, COMBINEFUNC = restricted, PARALLEL = SAFE);
CREATE AGGREGATE unsafe_support_in_leader_good(int) (SFUNC = plus, STYPE = int, COMBINEFUNC = plus, FINALFUNC = same, PARALLEL = SAFE);

CREATE AGGREGATE volatile_support_bad(int) (SFUNC = dice, STYPE = int, COMBINEFUNC = plus, PARALLEL = SAFE);
CREATE AGGREGATE volatile_support_good(int) (SFUNC = dice, STYPE = int);

CREATE AGGREGATE combine_signature_bad(text) (SFUNC = joined, STYPE = varchar, COMBINEFUNC = joined, PARALLEL = SAFE);
CREATE AGGREGATE combine_signature_good(text) (SFUNC = textcat, STYPE = text, COMBINEFUNC = textcat, PARALLEL = SAFE);

CREATE AGGREGATE final_destroys_state_bad(int) (
    SFUNC = plus, STYPE = int, COMBINEFUNC = plus, FINALFUNC = same, FINALFUNC_MODIFY = READ_WRITE, PARALLEL = SAFE);
CREATE AGGREGATE final_destroys_state_good(int) (
    SFUNC = plus, STYPE = int, COMBINEFUNC = plus, FINALFUNC = same, FINALFUNC_MODIFY = SHAREABLE, PARALLEL = SAFE);

CREATE AGGREGATE moving_strictness_bad(int) (
    SFUNC = plus, STYPE = int, MSFUNC = whole, MSTYPE = int, MINVFUNC = lax_minus);
CREATE AGGREGATE moving_strictness_good(int) (SFUNC = plus, STYPE = int, MSFUNC = plus, MSTYPE = int, MINVFUNC = minus);

CREATE OPERATOR <<~ (LEFTARG = int, RIGHTARG = int, FUNCTION = int4lt);
CREATE AGGREGATE sort_operator_bad(int) (SFUNC = int4smaller, STYPE = int, COMBINEFUNC = int4smaller, SORTOP = <<~, PARALLEL = SAFE);
CREATE AGGREGATE sort_operator_good(int) (SFUNC = int4smaller, STYPE = int, COMBINEFUNC = int4smaller, SORTOP = <, PARALLEL = SAFE);

CREATE AGGREGATE ordered_set_combine_bad(ORDER BY int) (SFUNC = plus, STYPE = int, COMBINEFUNC = plus, PARALLEL = SAFE);
CREATE AGGREGATE ordered_set_combine_good(ORDER BY int) (SFUNC = plus, STYPE = int, PARALLEL = SAFE);

CREATE AGGREGATE initcond_not_neutral_bad(int) (SFUNC = plus, STYPE = int, COMBINEFUNC = plus, INITCOND = '1', PARALLEL = SAFE);
CREATE AGGREGATE initcond_not_neutral_good(int) (SFUNC = plus, STYPE = int, COMBINEFUNC = plus, INITCOND = '0', PARALLEL = SAFE);

-- Corners: a combine function that raises, one that is not called, names that must be quoted.
CREATE AGGREGATE raises(int) (SFUNC = plus, STYPE = int, COMBINEFUNC = raising, INITCOND = '0', PARALLEL = SAFE);
CREATE AGGREGATE uncalled(int) (SFUNC = plus, STYPE = int, COMBINEFUNC = dice, INITCOND = '0', PARALLEL = SAFE);
CREATE AGGREGATE "Select, it's"(int) (SFUNC = plus, STYPE = int, COMBINEFUNC = plus, INITCOND = '1');
