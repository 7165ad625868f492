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
select a as x, x + 1 as y, y * 2 as z from t
select a as x, x as x, x from t
select sum(a) as s, s + 1 as s1 from t
select a as b, b from t
select count(*) as n, n + 1 from t group by b having n > 1
select b, sum(a) as s from t group by b having s > 1 order by s
select b, sum(a) as s from t group by b order by sum(a) desc, b
select b from t group by b order by max(c) desc
select b, count(*) from t group by b order by count(*) desc
select b, count(*) c from t group by 1 order by 2 desc
select upper(b) from t group by upper(b)
select upper(b), count(*) from t group by upper(b) order by upper(b)
select a + 1 from t group by a + 1
select a + 1, a + 1 + 1 from t group by a + 1
select a from t group by a + 1
select b, a + 1 from t group by b, a
select t.b from t group by t.b
select x.b from t as x group by b
select b as k from t group by b having k = 'x'
select b from t having count(*) > 1
select count(*) from t having count(*) > 1
select 1 from t having count(*) > 1
select distinct b from t order by b
select distinct b, a from t order by a
select distinct a + 1 as p from t order by p
select a, rank() over (order by a) r from t where r = 1
select a, rank() over (order by a) r from t order by r
select a from t order by rank() over (order by a)
select b, sum(sum(a)) over (order by b) from t group by b
select b, rank() over (order by sum(a) desc) from t group by b
select b, sum(a) over (partition by b) + count(*) from t group by b
select b, sum(a) over (partition by b) from t group by a, b
select b, sum(c) over (partition by b) from t group by b
select lag(a, 1, 0) over (order by a), lead(a) over (order by a), ntile(2) over (order by a), first(a) over (order by a), nth_value(a, 2) over (order by a), cume_dist() over (order by a), percent_rank() over (order by a), dense_rank() over (order by a) from t
select sum(a) over (order by a rows between 1 preceding and current row), sum(a) over (order by a range between 1 preceding and 1 following), avg(a) over (rows between unbounded preceding and unbounded following) from t
select sum(a) over w, count(*) over w from t window w as (partition by b order by a)
select sum(a) over (order by a range between 1 preceding and 1 following) from t
select sum(a) over (range between 1 preceding and 1 following) from t
select sum(a) over (order by a, b range between 1 preceding and 1 following) from t
select sum(a) over (order by a rows between 1 following and 1 preceding) from t
select sum(a) over (order by a rows between a preceding and current row) from t
select upper(b) over (partition by a) from t
select count(distinct a) over (partition by b) from t
select row_number() over (partition by b) from t
select explode(d) from t where explode(d) = 1
select a from t order by explode(d)
select sum(explode(d)) from t
select explode(collect_list(a)) from t
select b, explode(collect_list(a)) as v from t group by b
select a, v from t lateral view explode(d) x as v where v > 1
select a, x.v, p from t lateral view posexplode(d) x as p, v
select * from t lateral view explode(m) x
select * from t lateral view inline(array(s)) x as q, r
select * from t lateral view upper(b) x as q
select * from t lateral view explode(d) x as p, q
select * from explode(array(1, 2))
select * from explode(array(1, 2)) as x(v)
select * from u, explode(array(u.a, 1)) as x(v)
select * from u, lateral explode(array(u.a, 1)) as x(v)
select * from inline(array(struct(1 as p, 'x' as q)))
select * from posexplode(array(1))
select * from stack(2, 1, 2, 3, 4)
select * from range(0)
select * from range(10, 0, -1)
select * from range('x')
select * from nofunction(1)
select * from u join u on u.a = u.a
select * from u as x join u as y on x.a = y.a
select x.*, y.z from u as x join u as y on x.a = y.a
select * from u as x left join u as y using (a, z)
select a, x.a, y.a from u as x full outer join u as y using (a)
select x.*, y.* from u as x right join u as y using (a)
select * from u x natural full join u y
select * from u x left anti join u y on x.a = y.a
select y.a from u x left anti join u y on x.a = y.a
select * from u, t
select * from u cross join t
select * from u join t
select * from u join t on u.a
select * from u join t on sum(u.a) > 1
select u.a from t left join u on t.a = u.a
select t.a from t right join u on t.a = u.a
select * from u join lateral (select u.a + t.a as q from t) on true
select * from u left join lateral (select max(t.a) m from t where t.b = u.z)
select * from u where a in (select a from t)
select * from u where a not in (select a from t where t.b = u.z)
select * from u where exists (select * from t where t.a = u.a)
select * from u where not exists (select 1 from t where t.a = u.a and t.b = u.z)
select * from u where a = (select max(a) from t)
select * from u where (a, z) in (select a, b from t)
select * from u where a in (select b from t)
select * from u where a in (select d from t)
select * from u where a > (select nope from t)
select (select count(*) from t where t.a = u.a) c from u
select z, (select max(t.c) from t where t.a = u.a) from u order by 2
select u.z from u order by (select max(t.c) from t where t.a = u.a)
select a from t intersect select a from u
select a from t except select a from u
select a from t minus select a from u
select a from t except all select a from u
select a from t union all by name select a from u
select a, b from t union by name select z, a from u
select a from t union all select c from t
select a from t union all select de from t
select dt from t union all select ts from t
select a from t union all select null
select a from t union all select bo from t
select b from t union all select dt from t
select b from t union all select bo from t
select d from n union all select d from t
select s from t union all select named_struct('f', 1L, 'g', null)
select m from t union select m from t
select * from n
select a, b from n where a is not null
select coalesce(a, 1), nvl(b, 'x'), ifnull(a, 2), nvl2(a, 1, 2) from n
select case when a is null then 1 else 2 end, case when a = 1 then b end, if(a is null, 1, 0) from n
select a + 1, a = 1, a <=> 1, a is null, not (a = 1), a and true from n
select a + 1, a = 1, a <=> 1, a is null, not (a = 1), a > 1 and b = 'x' from n
select d[0], m['k'], e[0], e[0].f, e.f, e.f[0] from n
select element_at(d, 1), element_at(m, 'k'), size(d), array_contains(d, 1) from n
select count(a), sum(a), avg(a), min(a), max(a), first(a), collect_list(a) from n
select count(a), sum(a) from n group by b
select a, b, grouping_id() from n group by a, b with rollup
select a, b, count(*) from n group by a, b with cube
select a, b, count(*) from n group by grouping sets ((a, b), (a), ())
select a, grouping(b) from n group by rollup(a, b)
select grouping(c) from n group by rollup(a, b)
select grouping(a) from n
select grouping_id(b) from n group by rollup(a, b)
select a, count(*) from n group by cube(a) having grouping(a) = 1
select a, sum(c) from n group by rollup(a) order by grouping(a), a
select * from u pivot (max(a) as m, count(*) as c for z in ('x', 'y'))
select * from (select a, z from u) pivot (sum(a) for z in ('x' as xx))
select * from u pivot (a for z in ('x'))
select * from u pivot (sum(a) for z in (a))
select * from u pivot (sum(a) for z in (1))
select * from (select a, l, b from t) unpivot (v for k in (a, l))
select * from (select a, l, b from t) unpivot include nulls (v for k in (a as aa, l as ll))
select * from t unpivot (v for k in (a, nope))
with q as (select a from t), r as (select a + 1 as b1 from q) select * from r, q
with q(x, y) as (select a, b from t) select x from q
with q as (select a from t) select * from q x join q y on x.a = y.a
with q as (with p as (select 1 as one) select * from p) select one from q
with t as (select 1 as one) select * from t
with q(x, y) as (select a from t) select x from q
select * from (select a, b from t) as x(p, q) where p > 1
select * from (select a, b from t) as x(p)
select * from t as x where t.a = 1
select * from t where x.a = 1
select T.A, t.B from T
select `a b` from (select a as `a b` from t)
select `t`.`a` from t
select `t.a` from t
select a.b.c from t
select s.F, S.f from t
select s.f as f, s.* from t
select t.s.g from t
select t.* except (a, b, c, d, s, m) from t
select * except (nope) from t
select * except (a) from u
select s.* , t.a from t
select struct(*) from u
select struct(u.*) from u
select named_struct('p', a, 'q', z).q from u
select array(a, l, 1.5) from t
select array(a, z) from u
select map('a', 1, 'b', 2L), map(1, a) from u
select map(1, a, 'x', 2) from u
select map_from_arrays(array('a'), array(1)) from u
select cast(null as int), cast('1' as double), cast(1 as string), cast(1.5 as int), int('1'), string(1), date('2020-01-01')
select try_cast('x' as int), try_cast(300 as tinyint), '1'::int, cast(s as struct<p:string,q:string>) from t
select cast(array(1) as array<string>) from t
select cast(bo as date), cast(1 as timestamp) from t
select cast(a as boolean), cast(bo as int), cast(ts as bigint), cast(l as timestamp), cast(ts as int), cast(dt as timestamp), cast(ts as date) from t
select cast(bo as timestamp) from t
select cast(m as string), cast(d as string), cast(s as string) from t
select cast(a as binary) from t
select a between 1 and 2, a in (1, 2), a in ('1', 2), b in ('x'), a not in (null) from n
select a in (1, array(1)) from n
select a like 'x' from n
select 1 + 1.0, 1 + 1e0, 1L + 1, 1.0 * 2.55, 1 / 2, 1.0 / 3, 7 div 2, 7 % 2, -7, 2147483647 + 1, 1Y + 1S, cast(1 as float) + 1
select de + de, de * de, de / de, de - 1, de % 3, de + c, de = a, de > l from t
select sum(de), avg(de), sum(de * de), max(de) from t
select a || b, 'x' || null, concat(d, d) from t
select 1 = 1.0, 1 = '1', dt = '2020-01-01', ts > dt, bo = 'true' from t
select bo = 1 from t
select d = d, s = s, m = m from t
select a + b, a + bo from t
select b + 1, b * b from t
select d + 1 from t
select not a from t
select a and bo from t
select -b, -d from t
select upper(a), length(a), substring(a, 1, 1) from t
select upper(d) from t
select upper() from t
select upper(b, b) from t
select abs(b), sqrt(a), round(de), round(de, 1), round(a, 1), ceil(c), floor(de), pow(a, 2), exp(a), ln(a) from t
select year(dt), month(ts), day(b), hour(ts), date_format(dt, 'y'), to_timestamp(b), unix_timestamp(ts), from_unixtime(l) from t
select current_date, current_timestamp, current_date() from t
select a, current_date as a from t
select transform(d, x -> x * 2), transform(d, (x, i) -> x + i), filter(d, x -> x > a), exists(d, x -> x = 1), forall(d, x -> x > 0) from t
select aggregate(d, 0, (acc, x) -> acc + x, acc -> acc * 2), reduce(d, 0, (acc, x) -> acc + x) from t
select zip_with(d, d, (x, y) -> x + y), map_filter(m, (k, v) -> v > 1), transform_values(m, (k, v) -> v + 1), transform_keys(m, (k, v) -> upper(k)) from t
select transform(d, x -> nope) from t
select transform(d, (x, y, z) -> x) from t
select transform(d, (x, x) -> x) from t
select upper(x -> x) from t
select transform(a, x -> x) from t
select transform(d, a -> a + 1), a from t
select filter(d, x -> x + 1) from t
select aggregate(d, 0, (acc, x) -> acc + x * 1.5) from t
select aggregate(d, 0, (acc, x) -> array(acc)) from t
select array_sort(d), sort_array(d, false) from t
select array_sort(d, (l, r) -> l - r) from t
select count(*) filter (where a > 1), sum(a) filter (where b = 'x'), count(distinct a) filter (where c > 1) from t
select upper(distinct b) from t
select first(a) ignore nulls, last(a, true), any_value(a) from n
select percentile_cont(0.5) within group (order by a), mode(a), median(a), percentile_approx(a, 0.5) from t
select collect_list(a) within group (order by a) from t
select count() from t
select sum(a, b) from t
select count(a, b), count(*) from t
select max(m) from t
select max(s), min(d) from t
select approx_count_distinct(a), stddev(a), variance(a), corr(a, c), skewness(a), kurtosis(a) from t
select max_by(a, b), min_by(b, a), bool_and(bo), every(bo), count_if(a > 1), sum(distinct a) from t
select avg(a) + 1 as q, count(*) / 2 from t
select a from t order by a limit 5
select a from t order by a desc nulls last limit 1 offset 2
select a from t limit 0
select a from t limit null
select a from t limit 'x'
select a from t limit 1.5
select a from t offset 1
select a from t limit all
select a from t order by s
select a from t order by d, de, ts
select a from t order by m
select a from t order by -1
select a from t order by nope
select a as q from t order by q + 1
select a as q from t order by a
select a as c from t order by c
select a from t where rand() > 0.5 order by rand()
select * from t tablesample (10 percent)
select * from t tablesample (5 rows)
select md5(b), crc32(b) from t
select a, b from t cluster by a
select a from t distribute by b sort by a
values (1, 'x'), (2, null)
select * from values (1), (2L), (1.5) as v
select * from values (array(1)), (array('x')) as v
select * from values (1), ('x') as v
select * from values (a) as v
select * from values (1, 2) as v(x)
table u
from u select a
select a from u where z > 1
select a from u where z
select max(a) m from u where m > 1
select count(*) from u where count(*) > 1
select a, a from u
select a from (select a, a from u)
select a.* from u
select u.nope from u
select u.a.nope from u
select nope(a) from u
select builtin.upper(z) from u
select typeof(a), typeof(s) from t
select b, first_value(a) over (partition by b order by c), last_value(a) over (partition by b) from t
select m.k, m['nope'], m[a] from t
select d[a], d[l], d['0'] from t
select s['f'], s[0] from t
select e.nope from n
select b.x from n
select struct(a, b).a, struct(a, b).col1 from t
select date'2020-01-01' - interval 1 day, ts - interval 1 day, ts - dt, dt - ts, dt - 1, interval 1 day * 2, interval 1 day + interval 2 hour from t
select make_interval(1), interval '1' year, interval 1 month from t
select e from n order by e
select count(distinct *) from u
select sum(*) from u
select upper(*) from u
select coalesce(*) from u
select a, * from u
select `a+1` from (select a + 1 from u)
select `(a + 1)` from (select a + 1 from u)
select "x" as y, 'it' 's'
select a x, b `y z` from t
select 1 as `a.b`, 2 as c
select `a.b` from (select 1 as `a.b`)
select a.b from (select 1 as `a.b`)
