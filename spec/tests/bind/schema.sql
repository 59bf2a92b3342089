create table t (a integer, b text, c numeric(10,2), d varchar(5), e date, f float8, g bigint, h smallint, i boolean, j char(3), k timestamp, l interval, m real, n name);
create table s (a integer, x text, y bigint, c numeric(10,2));
create table u (z numeric, v varchar(9));
