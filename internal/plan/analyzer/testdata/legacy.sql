select 1 union all select '2'
select a from t union all select c from t
select cast(1 as float) union all select 1
select b from t union all select dt from t
select b from t union all select bo from t
select d from t union all select array('x')
select coalesce(1, '2'), coalesce(cast(1 as float), 1), coalesce(1, 1.5), greatest(1, 1.5), array(1, '2'), if(true, 1, '2')
select case when a > 1 then 1 else 'x' end, nvl(a, 'x') from t
select 1 + '2', '1' + '2', 1 = '1', b > 1, b = dt, bo = 'true' from t
select bo = 1 from t where l = 1
select 10 / 4, 10 div 4, 10 % 3, a + l, de * de, -b, a / c from t
select a in (1, '2'), a between '1' and 2, b in (1) from t
select cast('x' as int), cast(c as int), cast(dt as int), cast(bo as timestamp), cast(a as binary), cast(ts as boolean) from t
select cast(d as int) from t
select sum(b), avg(b), max(b), sum(a), sum(de) from t
select upper(a), length(c), substring(a, 1, 1), concat(a, b), a || b from t
select d[0], d['0'], m['k'], m[1], element_at(d, 1) from t
select * from t where b
select * from t where a
select abs(b), sqrt(b), round(b), year(b) from t
select a from t order by b limit '1'
select transform(d, x -> x + '1'), aggregate(d, 0, (acc, x) -> acc + x) from t
select map(1, 'a', '2', 'b') from t
select a = d from t
select not b from t
select * from values (1), ('x') as v
select * from u where a in (select b from t)
select * from u join t on u.a = t.b
select to_date(b), to_timestamp(b), make_date(1, 2, 3), date_add(b, 1) from t
