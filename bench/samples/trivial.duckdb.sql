-- $name (text)
SELECT 'hello ' || $name AS greeting;
