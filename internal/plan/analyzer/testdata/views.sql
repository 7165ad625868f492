create or replace temp view t as select * from values (1,'x',1.5D,array(1,2),named_struct('f',1,'g','h'),map('k',1), date'2020-01-01', timestamp'2020-01-01 00:00:00', cast(1.5 as decimal(10,2)), cast(1 as bigint), true) as v(a,b,c,d,s,m,dt,ts,de,l,bo)
create or replace temp view u as select * from values (1,'x'),(2,'y') as v(a,z)
create or replace temp view n as select * from values (1,'x',1.5D,array(1,null),array(named_struct('f',1,'g','h')),map('k',1),date'2020-01-01'), (null,null,null,null,null,null,null) as v(a,b,c,d,e,m,dt)
