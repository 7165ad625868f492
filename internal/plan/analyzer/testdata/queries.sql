select cast('1' as int) x, cast(b as int) from t
select cast(cast(1.5 as double) as int) x, cast(300 as tinyint) y, cast(1 as decimal(1,0)), try_cast(1 as bigint) z, try_cast('1' as int)
select coalesce(1,'2'), coalesce(1, 1.5), coalesce(cast(1 as float), 1), coalesce(1L, 1.5BD)
select 1 union all select '2'
select greatest(1,'2'), array(1,'2'), if(true, 1, '2')
select date'2020-01-01' + 1, date'2020-01-01' - date'2019-01-01', ts - ts, ts + interval 1 day, -a, a||b from t
select 1 + '2', 1 = '1', 1.5 + 1, 1.5BD * 2.25BD, 1.5 / 3, 10 / 4, 10 div 4, 10 % 3, de + a, de + 1, de * l, c + de, l/de from t
select transform(d, x -> x + 1), aggregate(d, 0L, (acc, x) -> acc + x), filter(d, (x,i) -> i > 1), s.f, s.f + 1, t.s.f + 2, d[0], m['k'], m.k, A, A + 1 from t
select a from t order by b
select distinct a from t order by b
select a, sum(c) c from t group by a order by sum(c)
select a from t group by a order by count(*)
select a from t group by a having sum(c) > 1 order by max(b)
select a, b from t group by a
select a as x, x + 1 from t
select rollup.a from t rollup
select a, sum(c), grouping(a), grouping_id() from t group by rollup(a)
select * from t join u using (a)
select t.a, u.a from t join u using (a)
select u.a from t full join u using (a)
select a from t join u on t.a = u.a
select foo from t
select a+ from t
select struct(a, s.f, a+1, b as q) from t
select count(*), count(distinct a, b), sum(distinct a), count(t.*), avg(a) filter (where a > 1) from t
select a from (select a, b from t) x order by c
select a from (select a, b from t limit 3) order by b
select a from t limit 3 order by b
select x.a, t.b from t x
select x from t order by foo
select a from t where sum(a) > 1
select a, count(*) from t group by 1
select a as k, count(*) from t group by k
select a, b, count(*) from t group by all
select * from t order by all
select a, explode(d) from t
select a, explode(m), b from t
select posexplode(d), inline(array(s)) from t
select explode(d) + 1 from t
select explode_outer(d) as q from t
select stack(2, 1, 'a', 2, 'b')
select sum(a) over (partition by b order by c) from t
select rank() over (order by a), row_number() over (partition by b order by a desc nulls last) from t
select sum(sum(a)) over (partition by b) from t group by b
select b, a + sum(a) from t group by b
select a from t union select b from t
select a from t union select a, b from t
select s from t union all select d from t
select (select max(a) from u) x, exists (select 1 from u where u.a = t.a), a in (select a from u) from t
select (select a from u) from t
select (select a, z from u) from t
select (select z from u where u.a = t.a) from t
select (select max(z) from u where u.a = t.a) from t
select a in (select a, z from u) from t
select nofunc(a) from t
select * from nothere
select * from db.nothere
select s.nofield from t
select c.x from t
select d.x from t
select d['x'], m[1] from t
select case when a > 1 then 1 else 'x' end, case a when 1 then 1.5 end, nvl(a, 1) from t
select case when a then 1 end from t
select * from t where a
select cast(d as int) from t
select cast(dt as int) from t
select sum(distinct a), count(distinct a, b), count(1), count(a) from t
select sum(b), sum(d) from t
select a from t where a = b and b like 'x%' and a between 1 and 2 and a in (1,2,'3') and not (a is null)
select substring(b, 1, 2), upper(b) u, abs(a), round(c, 1), length(b), a = 1 as e, -a, +a, ~a, !bo, a <=> 1, a <> 1, a != 2 from t
select t1.a from t t1 join t t2 on t1.a = t2.a
select * from t t1 natural join u
select * from t left semi join u on t.a = u.a
select a, u.* from u
select s.* from t
select nope.* from t
select * from values (1, 'a'), (2.5, null) as v(x, y)
select * from values (1, 'a'), (2)
select count(*) from t group by grouping sets ((a), (b), ())
select a, b, count(*), grouping_id(a, b) from t group by cube(a, b) order by grouping(a)
select * from range(5)
select * from range(1, 5, 2) r(x)
select * from t lateral view explode(d) e as x
select * from t lateral view outer posexplode(d) e
select * from u, lateral (select u.a + 1 as b1)
select * from u pivot (count(1) for z in ('x' as xx, 'y'))
select * from u unpivot (v for n in (a, z))
with q as (select 1 as x) select * from q q1, q q2 where q1.x = q2.x
select a, sum(a) from t
select a from t having a > 1
select a, rand() from t order by 3
select a from t order by 2
select a from t group by 2
select sum(a) from t group by 1
select max(sum(a)) from t
select row_number() from t
select a from t where row_number() over (order by a) = 1
select first(a), last(a), collect_list(a), min(b), max(b), avg(de), sum(l), sum(de) from t
select if(a>1, null, 2), nullif(a,1), coalesce(null, null), null, array(), map() from t
select struct()
select make_date(1,2,3), year(dt), date_format(ts, 'y'), current_date() is null, to_date(b), unix_timestamp() is null from t
select a limit 1 from t
select a from t limit a
select a from t limit -1
select a from t limit 1+1 offset 2
select interval 1 day, date'2020-01-01', timestamp'2020-01-01', X'1F', 1.0, 1e3, 1f, 'it''s', "dq", true, 2147483648, 99999999999999999999, 1Y, 1S from t
select `a`, t.`a` as `x y`, (a), ((a + 1)) from t
select concat(b, 'x'), b || 'y' || 1, concat_ws(',', b, b) from t
select a is null, a is not null, not a is null, b like 'x', b rlike 'x', b not like 'x', a not in (1), a not between 1 and 2, b is distinct from 'x' from t
select date_add(dt, 1), datediff(dt, dt), trunc(dt, 'year'), extract(year from dt), date_trunc('year', ts) from t
