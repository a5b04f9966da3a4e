-- $1 name (text)
SELECT 'hello ' || $1 AS greeting;
